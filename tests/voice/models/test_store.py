"""From a name to files, without ever fetching one."""

from pathlib import Path

import pytest

from tests.fakes.tiny_model import capitals, hub, model_of
from voice.errors import ModelMissing
from voice.models.catalogue import Installed, Model
from voice.models.store import ModelStore, cache_root

FILES = {"a.bin": b"alpha", "b.bin": b"beta"}
NOWHERE = "http://127.0.0.1:9"


def store_of(model: Model, root: Path) -> ModelStore:
    return ModelStore(root, {model.name: model})


def put(directory: Path, files: dict[str, bytes]) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (directory / name).write_bytes(data)
    return directory


def test_the_cache_is_where_frontdesk_models_says():
    assert Path("/somewhere") == cache_root({"FRONTDESK_MODELS": "/somewhere", "XDG_CACHE_HOME": "/cache"})


def test_the_cache_is_in_the_users_cache_otherwise():
    assert Path("/cache/frontdesk/models") == cache_root({"XDG_CACHE_HOME": "/cache"})
    assert Path.home() / ".cache/frontdesk/models" == cache_root({})


def test_files_in_the_cache_are_found(tmp_path):
    store = store_of(model_of(FILES, hub(NOWHERE, FILES)), tmp_path)
    directory = put(tmp_path / "tiny", FILES)
    assert {"a.bin": directory / "a.bin", "b.bin": directory / "b.bin"} == store.files("tiny")


def test_a_missing_file_is_a_missing_model_and_the_message_says_what_to_do(tmp_path):
    store = store_of(model_of(FILES, hub(NOWHERE, FILES)), tmp_path)
    put(tmp_path / "tiny", {"a.bin": b"alpha"})
    with pytest.raises(ModelMissing, match="frontdesk models pull tiny"):
        store.files("tiny")


def test_a_file_of_the_wrong_size_does_not_count(tmp_path):
    store = store_of(model_of(FILES, hub(NOWHERE, FILES)), tmp_path)
    put(tmp_path / "tiny", FILES | {"b.bin": b"bet"})
    with pytest.raises(ModelMissing):
        store.files("tiny")


def test_a_given_directory_comes_before_the_cache(tmp_path):
    store = store_of(model_of(FILES, hub(NOWHERE, FILES)), tmp_path)
    put(tmp_path / "tiny", FILES)
    given = put(tmp_path / "mine", {"a.bin": b"other weights", "b.bin": b"too"})
    assert given / "a.bin" == store.files("tiny", given)["a.bin"]


def test_a_given_file_serves_for_a_model_of_one_file_under_any_name(tmp_path):
    store = store_of(model_of({"a.bin": b"alpha"}), tmp_path)
    given = put(tmp_path, {"mine.onnx": b"other weights"}) / "mine.onnx"
    assert given == store.path("tiny", str(given))


def test_the_environment_can_give_a_path(tmp_path, monkeypatch):
    given = put(tmp_path / "mine", FILES)
    monkeypatch.setenv("FRONTDESK_MODEL_TINY", str(given))
    store = store_of(model_of(FILES), tmp_path)
    assert given / "a.bin" == store.files("tiny")["a.bin"]
    assert store.state("tiny").origin == "given"


def test_the_variable_of_a_model_is_its_name_in_capitals():
    assert ModelStore.variable("qwen2.5-coder-0.5b") == "FRONTDESK_MODEL_QWEN2_5_CODER_0_5B"


def test_a_given_path_that_is_wrong_is_named(tmp_path):
    store = store_of(model_of(FILES), tmp_path)
    put(tmp_path / "tiny", FILES)
    with pytest.raises(ModelMissing, match=r"nowhere/a\.bin was given but does not exist"):
        store.files("tiny", tmp_path / "nowhere")


def test_an_installed_distribution_with_the_same_bytes_serves(tmp_path):
    path = Path(pytest.__file__)
    model = model_of({"init": path.read_bytes()}, Installed("pytest", {"init": "pytest/__init__.py"}))
    store = store_of(model, tmp_path)
    assert path == store.path("tiny")
    assert store.state("tiny").origin == "installed"


def test_an_installed_distribution_with_other_bytes_does_not(tmp_path):
    size = len(Path(pytest.__file__).read_bytes())
    model = model_of({"init": b"x" * size}, Installed("pytest", {"init": "pytest/__init__.py"}))
    with pytest.raises(ModelMissing):
        store_of(model, tmp_path).path("tiny")


def test_a_distribution_that_is_not_installed_is_passed_over(tmp_path):
    model = model_of(FILES, Installed("no-such-distribution", {name: name for name in FILES}))
    assert store_of(model, tmp_path).state("tiny").origin is None


def test_a_model_is_not_ready_before_its_derived_files_are_there(tmp_path):
    model = model_of(FILES, derived=capitals(*FILES))
    store = store_of(model, tmp_path)
    put(tmp_path / "tiny", FILES)
    state = store.state("tiny")
    assert (state.origin, state.ready, state.size) == ("cache", False, 9)
    with pytest.raises(ModelMissing, match="converted"):
        store.files("tiny")


def test_derived_files_lie_under_a_key_of_sources_converter_and_runtime(tmp_path):
    first, changed = model_of(FILES, derived=capitals(*FILES)), model_of(FILES, derived=capitals(*FILES, version=2))
    other = model_of(FILES | {"a.bin": b"ALPHA"}, derived=capitals(*FILES))
    put(tmp_path / "tiny", FILES)
    keys = set()
    for model in (first, changed, other):
        store = store_of(model, tmp_path)
        keys.add(store.derived_directory(model, store.originals("tiny")))
    assert len(keys) == 3
    assert all(f"pytest-{pytest.__version__}" in key.name for key in keys)


def test_a_given_path_has_derived_files_of_its_own(tmp_path):
    model = model_of(FILES, derived=capitals(*FILES))
    store = store_of(model, tmp_path)
    put(tmp_path / "tiny", FILES)
    given = store.originals("tiny", put(tmp_path / "mine", FILES | {"a.bin": b"ALPHA"}))
    assert store.derived_directory(model, store.originals("tiny")) != store.derived_directory(model, given)


def test_an_unknown_model_is_refused_with_those_there_are(tmp_path):
    with pytest.raises(ValueError, match="no model 'grand' in the catalogue; there are: tiny"):
        store_of(model_of(FILES), tmp_path).state("grand")
