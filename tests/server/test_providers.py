"""From a provider string to the provider, or to one line that says what is wrong with it."""

import pytest

from server.config.file import load
from server.errors import ConfigError, NotReady
from server.providers import Providers, checked_options, option_defaults
from tests.fakes.command_line import SCRIPTED, configured
from voice.providers.scripted import ScriptedSTT

VOICE = SCRIPTED[SCRIPTED.index("[voice]") :]
SALES = "[agents.sales]\ninstructions = 'Sell.'\n[agents.sales.voice]\nturn = 'scripted/x'\n"


def get(folder, text, key, agent="agent"):
    config = load(configured(folder, text))
    return Providers(config).get(config.choice(agent, key))


def test_the_model_and_the_options_arrive_at_the_constructor(tmp_path):
    config = load(configured(tmp_path, SCRIPTED + "[voice.stt_options]\ntexts = ['a', 'b']\ndelay = 1\n"))
    made = Providers(config).get(config.choice("agent", "stt"))
    assert isinstance(made, ScriptedSTT)
    assert made.model == "texts"
    assert checked_options(config, config.choice("agent", "stt"))[1] == {"texts": ["a", "b"], "delay": 1.0}


def test_the_same_model_with_the_same_options_is_built_once(tmp_path):
    config = load(configured(tmp_path, VOICE.replace("[voice]", "[agents.other]\ninstructions = 'x'\n[voice]") + SALES))
    providers = Providers(config)
    assert providers.get(config.choice("sales", "llm")) is providers.get(config.choice("other", "llm"))


def test_audio_and_text_detectors_of_one_name_are_one(tmp_path):
    config = load(configured(tmp_path, SCRIPTED.replace('"off"', '"scripted/x"')))
    providers = Providers(config)
    assert providers.get(config.choice("agent", "turn")) is providers.get(config.choice("agent", "turn_text"))


def test_an_unknown_model_is_a_configuration_error_with_its_line(tmp_path):
    with pytest.raises(
        ConfigError, match=r"frontdesk.toml:10: voice.vad: 'local/nothing': no local VAD model 'nothing'"
    ):
        get(tmp_path, SCRIPTED.replace("scripted/loud", "local/nothing"), "vad")


@pytest.mark.parametrize(
    ("wrong", "key", "place"),
    [
        ("turn_options = {rat = 1}\n", "turn", "agents.sales.voice.turn_options.rat: there is no option"),
        ("stt_options = {delay = 'x'}\n", "stt", "agents.sales.voice.stt_options.delay: should be a number"),
        (VOICE + "[voice.stt_options]\ndelay = 'x'\n", "stt", "voice.stt_options.delay: should be a number"),
    ],
    ids=["of its own model", "of a shared model", "of all"],
)
def test_a_wrong_option_is_named_where_it_stands(tmp_path, wrong, key, place):
    text = SALES + wrong + ("" if "[voice]" in wrong else VOICE)
    line = len((SALES + wrong).splitlines())
    with pytest.raises(ConfigError) as caught:
        get(tmp_path, text, key, "sales")
    assert str(caught.value).startswith(f"{tmp_path / 'frontdesk.toml'}:{line}: {place}")


def test_a_missing_key_is_named_with_the_agent_that_needs_it(tmp_path, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "")
    with pytest.raises(NotReady, match=r"^agents\.sales\.voice\.llm = 'openai/x': no API key"):
        get(tmp_path, SALES + "llm = 'openai/x'\n" + VOICE, "llm", "sales")


def test_a_missing_package_is_named_with_the_extra_that_brings_it(tmp_path, monkeypatch):
    def gone(stage, name):
        raise ModuleNotFoundError("no", name="onnxruntime")

    monkeypatch.setattr("server.providers.constructor", gone)
    text = SCRIPTED.replace("scripted/loud", "local/silero-v6")
    with pytest.raises(
        NotReady, match=r"voice.vad = 'local/silero-v6' needs the package onnxruntime.*pip install -e '\.\[local"
    ):
        get(tmp_path, text, "vad")


def test_only_what_a_file_can_say_is_an_option():
    class Provider:
        def __init__(self, model: str, *, rate: float = 1.0, path: str | None = None, store: object = None) -> None:
            raise NotImplementedError

    class Store:
        pass

    Provider.__init__.__annotations__["store"] = Store
    assert option_defaults(Provider) == {"rate": 1.0, "path": None}
