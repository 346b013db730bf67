"""From a provider string and its options to the provider."""

import pytest

from server.config.file import load
from server.errors import ConfigError, NotReady
from server.providers import build, checked_options, option_defaults, stage_of
from tests.fakes.command_line import SCRIPTED, configured


def test_an_unknown_model_is_a_configuration_error_with_its_line(tmp_path):
    with pytest.raises(
        ConfigError, match=r"frontdesk.toml:10: voice.vad: 'local/nothing': no local VAD model 'nothing'"
    ):
        build(load(configured(tmp_path, SCRIPTED.replace("scripted/loud", "local/nothing"))), "vad")


def test_a_missing_package_is_named(tmp_path, monkeypatch):
    def gone(stage, name):
        raise ModuleNotFoundError("no", name="onnxruntime")

    monkeypatch.setattr("server.providers.constructor", gone)
    with pytest.raises(NotReady, match=r"voice.llm = 'scripted/echo' needs the package onnxruntime"):
        build(load(configured(tmp_path)), "llm")


def test_a_missing_package_of_a_local_model_is_named_with_what_brings_it(tmp_path, monkeypatch):
    def gone(model: str):
        raise ModuleNotFoundError("no", name="hibari")

    monkeypatch.setattr("server.providers.constructor", lambda stage, name: gone)
    with pytest.raises(NotReady, match=r"needs the package hibari, .* pip install -e '\.\[local\]'"):
        build(load(configured(tmp_path, SCRIPTED.replace("scripted/hum", "local/hibari"))), "tts")


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("tokken = 1", "there is no option of 'scripted/echo' called 'tokken'; did you mean 'token'?"),
        ("token = 'x'", "should be a number, not text"),
    ],
)
def test_a_wrong_option_is_a_configuration_error(tmp_path, option, message):
    config = load(configured(tmp_path, f"{SCRIPTED}[voice.llm_options]\n{option}\n"))
    with pytest.raises(ConfigError) as refused:
        build(config, "llm")
    assert message in str(refused.value)


def test_options_are_converted_to_the_types_the_provider_wants(tmp_path):
    _, options = checked_options(
        load(configured(tmp_path, SCRIPTED + "[voice.tts_options]\nrate = 30\n")), "tts", "scripted/x"
    )
    assert options == {"rate": 30.0}
    assert isinstance(options["rate"], float)


def test_the_text_turn_detector_is_looked_for_among_the_turn_detectors():
    assert [stage_of(key) for key in ("stt", "turn", "turn_text")] == ["stt", "turn", "turn"]


def test_only_what_a_file_can_say_is_an_option():
    class Provider:
        def __init__(self, model: str, *, rate: float = 1.0, path: str | None = None, store: object = None) -> None:
            raise NotImplementedError

    class Store:
        pass

    Provider.__init__.__annotations__["store"] = Store
    assert option_defaults(Provider) == {"rate": 1.0, "path": None}
