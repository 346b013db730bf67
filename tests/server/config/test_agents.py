"""One agent or several: each with what it says itself, and the rest from [voice]."""

import pytest

from server.config.file import load
from server.errors import ConfigError
from voice.policy import Phrases

TWO = """
[agents.reception]
instructions = "Answer."
[agents.sales]
instructions = "Sell."
"""
KEY = "sk-" + "a1b2" * 6

WRONG = {
    "both forms": ("[agent]\ninstructions = 'x'\n" + TWO, "agent", "there is also [agents.reception]"),
    "no agent": ("[voice]\n", "agent", "write [agent] with its instructions, or [agents.NAME]"),
    "no agent in the table of agents": ("[agents]\n", "agent", "is missing"),
    "no instructions": (TWO + "[agents.third]\nname = 'x'\n", "agents.third.instructions", "is missing: write what"),
    "empty instructions": (TWO + "[agents.third]\ninstructions = ''\n", "agents.third.instructions", "is empty"),
    "keys of an agent without its name": ("[agents]\ninstructions = 'x'\n", "agents.instructions", "should be a table"),
    "an agent below [agent]": (
        "[agent]\ninstructions = 'x'\n[agent.sales]\n",
        "agent.sales",
        "did you mean [agents.sales]",
    ),
    "manual turns of one agent": (
        TWO + "[agents.sales.voice]\nturn = 'manual'\n",
        "agents.sales.voice.turn",
        "write it in [voice]",
    ),
    "misspelt key": (TWO + "greating = 'x'\n", "agents.sales.greating", "did you mean 'greeting'"),
    "key of the voice": (TWO + "tts = 'local/hibari'\n", "agents.sales.tts", "'agents.sales.voice.tts'"),
    "phrases of the voice": (TWO + "[agents.sales.phrases]\n", "agents.sales.phrases", "'agents.sales.voice.phrases'"),
    "misspelt phrase": (
        TWO + "[agents.sales.voice.phrases]\nfiler = 'x'\n",
        "agents.sales.voice.phrases.filer",
        "did you mean 'filler'",
    ),
    "number of the call": (
        TWO + "[agents.sales.voice.endpointing]\nmin_delay = 1\n",
        "agents.sales.voice.endpointing",
        "did you mean 'voice.endpointing'",
    ),
    "VAD of its own": (TWO + "[agents.sales.voice]\nvad = 'local/x'\n", "agents.sales.voice.vad", "'voice.vad'"),
    "unknown provider": (
        TWO + "[agents.sales.voice]\nllm = 'antropic/x'\n",
        "agents.sales.voice.llm",
        "did you mean 'anthropic'",
    ),
    "text for patterns": (TWO + "tools = 'shop_*'\n", "agents.sales.tools", "should be a list, not text"),
    "empty pattern": (TWO + "tools = ['']\n", "agents.sales.tools[0]", "is empty"),
    "no language": (TWO + "language = 'plain English'\n", "agents.sales.language", "language tag"),
    "name in quotes": ("[agents.'the sales']\ninstructions = 'x'\n", "agents.the sales", "letters, digits, - and _"),
    "unknown agent answers": ('answered_by = "sails"\n' + TWO, "answered_by", "did you mean 'sales'"),
    "answering where there is one agent": (
        "answered_by = 'agent'\n[agent]\ninstructions = 'x'\n",
        "answered_by",
        "there are none: delete it",
    ),
    "answering below an agent": (TWO + 'answered_by = "sales"\n', "agents.sales.answered_by", "at the top of the file"),
    "key among the options": (
        TWO + f"[agents.sales.voice.llm_options]\napi_key = '{KEY[3:]}'\n",
        "agents.sales.voice.llm_options.api_key",
        "environment",
    ),
    "key among the options of one agent": (
        f"[agent]\ninstructions = 'x'\n[agent.voice.llm_options]\napi_key = '{KEY[3:]}'\n",
        "agent.voice.llm_options.api_key",
        "environment",
    ),
}


def loaded(folder, text):
    path = folder / "frontdesk.toml"
    path.write_text(text, encoding="utf-8")
    return load(path)


@pytest.mark.parametrize(("text", "key", "remedy"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_agent_is_refused_naming_file_key_and_remedy(tmp_path, text, key, remedy):
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, text)
    message = str(caught.value)
    assert f" {key}: " in message
    assert remedy in message
    assert len(message.splitlines()) == 1
    assert KEY[3:] not in message


@pytest.mark.parametrize(
    ("more", "line"),
    [("greating = 'x'\n", 6), ("[agents.sales.voice]\nllm = 'nobody/x'\n", 7), ("[agents.third]\n", 6)],
)
def test_the_line_of_a_wrong_key_is_named(tmp_path, more, line):
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, TWO + more)
    assert [problem.line for problem in caught.value.problems] == [line]


def test_one_agent_is_called_frontdesk_and_takes_calls(tmp_path):
    config = loaded(tmp_path, "[agent]\ninstructions = 'Be brief.'\n")
    assert list(config.agents) == ["agent"]
    assert (config.agent.name, config.agent.instructions, config.agent.tools) == ("frontdesk", "Be brief.", ("*",))


def test_several_agents_are_called_as_their_tables_unless_they_have_a_name(tmp_path):
    config = loaded(tmp_path, TWO + 'name = "Max"\n')
    assert {name: agent.name for name, agent in config.agents.items()} == {"reception": "reception", "sales": "Max"}


def test_the_first_agent_in_the_file_takes_calls(tmp_path):
    assert loaded(tmp_path, TWO).answered_by == "reception"
    assert loaded(tmp_path, TWO).agent.instructions == "Answer."


def test_another_agent_takes_calls_when_the_file_says_so(tmp_path):
    assert loaded(tmp_path, 'answered_by = "sales"\n' + TWO).agent.instructions == "Sell."


def test_an_agent_has_from_voice_what_it_does_not_say(tmp_path):
    config = loaded(
        tmp_path,
        TWO
        + """
[agents.sales.voice]
tts = "scripted/other"
turn = "off"
[agents.sales.voice.phrases]
filler = "Let me look."
[voice]
llm = "scripted/x"
tts = "scripted/hum"
[voice.phrases]
filler = "Wait."
apology = "Sorry."
[voice.idle]
after = 3
""",
    )
    reception, sales = config.agents["reception"].voice, config.agents["sales"].voice
    assert (reception.llm, reception.tts, reception.turn) == ("scripted/x", "scripted/hum", "local/smart-turn-v3.2")
    assert (sales.llm, sales.tts, sales.turn) == ("scripted/x", "scripted/other", "off")
    assert reception.phrases == Phrases(filler="Wait.", apology="Sorry.")
    assert sales.phrases == Phrases(filler="Let me look.", apology="Sorry.")
    assert config.voice.idle.after == 3


OPTIONS = """
[voice]
llm = "openai/small"
[voice.llm_options]
base_url = "http://localhost:8080/v1"
temperature = 0.1
"""


@pytest.mark.parametrize(
    ("own", "options"),
    [
        ("", {"base_url": "http://localhost:8080/v1", "temperature": 0.1}),
        ("llm = 'openai/large'", {"base_url": "http://localhost:8080/v1", "temperature": 0.1}),
        ("llm_options = {temperature = 0.9}", {"base_url": "http://localhost:8080/v1", "temperature": 0.9}),
        ("llm = 'anthropic/x'", {}),
        ("llm = 'anthropic/x'\nllm_options = {temperature = 0.9}", {"temperature": 0.9}),
    ],
    ids=["nothing", "another model", "another option", "another provider", "another provider with options"],
)
def test_options_come_from_voice_one_by_one_while_the_provider_is_the_same(tmp_path, own, options):
    config = loaded(tmp_path, TWO + f"[agents.sales.voice]\n{own}\n" + OPTIONS)
    choice = config.choice("sales", "llm")
    assert choice.options == options
    assert config.choice("reception", "llm").options == config.voice.llm_options


@pytest.mark.parametrize(
    ("own", "key", "place"),
    [
        ("llm = 'openai/large'", ("llm",), ("agents", "sales", "voice", "llm")),
        ("", ("llm",), ("voice", "llm")),
        ("llm_options = {temperature = 1}", ("llm_options", "temperature"), ("agents", "sales", "voice")),
        ("llm_options = {temperature = 1}", ("llm_options", "base_url"), ("voice",)),
        ("", ("stt",), ("voice", "stt")),
    ],
)
def test_it_is_known_where_a_choice_stands(tmp_path, own, key, place):
    config = loaded(tmp_path, TWO + f"[agents.sales.voice]\n{own}\n" + OPTIONS)
    assert config.place(config.choice("sales", "llm"), *key)[: len(place)] == place


def test_the_vad_is_the_same_for_all_agents(tmp_path):
    config = loaded(tmp_path, TWO + "[voice]\nvad = 'scripted/x'\n")
    assert config.choice("sales", "vad") == config.choice("reception", "vad")
    assert config.choice("sales", "vad").provider == "scripted/x"


def test_the_one_agent_may_have_all_that_one_of_several_may_have(tmp_path):
    config = loaded(
        tmp_path, "[agent]\ninstructions = 'x'\ntools = ['a_*', 'b']\n[agent.voice]\nllm = 'scripted/own'\n"
    )
    assert config.agent.tools == ("a_*", "b")
    assert config.place(config.choice("agent", "llm"), "llm") == ("agent", "voice", "llm")


def test_an_agent_may_have_no_tools(tmp_path):
    assert loaded(tmp_path, TWO + "tools = []\n").agents["sales"].tools == ()
