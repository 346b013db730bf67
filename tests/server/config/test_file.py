"""Each wrong file is answered with the key that is wrong; each right one with what it says."""

import json
from pathlib import Path

import pytest

from server.config.file import load
from server.errors import ConfigError
from voice.policy import BACKCHANNELS, EndpointingPolicy, HistoryPolicy, TurnPolicy

AGENT = '[agent]\ninstructions = "Be brief."\n'
KEY = "sk-" + "a1b2" * 6

WRONG = {
    "no instructions": ("[agent]\nname = 'x'\n", "agent.instructions", "is missing"),
    "empty instructions": ("[agent]\ninstructions = ''\n", "agent.instructions", "is empty"),
    "no agent": ("[voice]\n", "agent", "is missing"),
    "misspelt section": (AGENT + "[voise]\n", "voise", "did you mean 'voice'"),
    "misspelt key": (AGENT + "[voice]\nsst = 'local/x'\n", "voice.sst", "did you mean 'stt'"),
    "misspelt number": (AGENT + "[voice.endpointing]\nmin_delai = 1\n", "voice.endpointing.min_delai", "'min_delay'"),
    "section in the wrong place": (AGENT + "[endpointing]\nmin_delay = 1\n", "endpointing", "'voice.endpointing'"),
    "text for a number": (AGENT + "[voice.idle]\nafter = '5'\n", "voice.idle.after", "a number, not text"),
    "number for text": ("[agent]\ninstructions = 3\n", "agent.instructions", "text in quotes, not the number 3"),
    "text for a switch": (AGENT + "[voice]\npreemptive = 'yes'\n", "voice.preemptive", "true or false, not text"),
    "value for a section": (AGENT + "[voice]\ngate = 3\n", "voice.gate", "should be a table"),
    "negative time": (
        AGENT + "[voice.endpointing]\nmax_delay = -1\n",
        "voice.endpointing.max_delay",
        "not be negative, not -1",
    ),
    "infinite time": (AGENT + "[voice.endpointing]\nmax_delay = inf\n", "voice.endpointing.max_delay", "finite"),
    "no probability": (AGENT + "[voice.gate]\nthreshold = 50\n", "voice.gate.threshold", "between 0 and 1, not 50"),
    "gate that never closes": (AGENT + "[voice.gate]\nrelease = 0.9\n", "voice.gate.release", "threshold (0.5)"),
    "no history": (AGENT + "[voice.history]\nmax_tokens = 100\n", "voice.history.max_tokens", "at least 500"),
    "no turns kept": (AGENT + "[voice.history]\nkeep_turns = 0\n", "voice.history.keep_turns", "at least 1"),
    "negative probability": (AGENT + "[voice.gate]\nrelease = -1\n", "voice.gate.release", "more than 0, not -1"),
    "endless questions": (AGENT + "[voice.endpointing]\nrescore = 0\n", "voice.endpointing.rescore", "more than 0"),
    "negative count": (AGENT + "[voice]\npreemptive_tries = -1\n", "voice.preemptive_tries", "not be negative, not -1"),
    "no steps": (AGENT + "[voice.reply]\nmax_steps = 0\n", "voice.reply.max_steps", "at least 1"),
    "unknown provider": (AGENT + "[voice]\nllm = 'antropic/x'\n", "voice.llm", "did you mean 'anthropic'"),
    "unknown rule": (AGENT + "[voice]\nturn_text = 'of'\n", "voice.turn_text", "did you mean 'off'"),
    "no language": (AGENT + "language = 'plain English'\n", "agent.language", "language tag"),
    "server without command": (AGENT + "[mcpServers.cafe]\nargs = []\n", "mcpServers.cafe", "needs a `command`"),
    "server's own settings": (
        AGENT + "[mcpServers.cafe]\ncommand = 'x'\nfrontdesk = {timout = 3}\n",
        "mcpServers.cafe.frontdesk.timout",
        "did you mean timeout",
    ),
    "unset variable": (
        AGENT + "[mcpServers.cafe]\nurl = 'https://x'\nheaders = {A = '${FRONTDESK_NOT_SET}'}\n",
        "mcpServers.cafe.headers.A",
        "FRONTDESK_NOT_SET is not set",
    ),
    "misspelt servers": (AGENT + "[mcpservers.cafe]\ncommand = 'x'\n", "mcpservers", "did you mean 'mcpServers'"),
    "key among the options": (
        AGENT + f"[voice.llm_options]\napi_key = '{KEY}'\n",
        "voice.llm_options.api_key",
        "environment",
    ),
    "key under another name": (
        AGENT + f"[voice.llm_options]\nbase_url = 'https://u:{KEY}@host'\n",
        "voice.llm_options.base_url",
        "environment",
    ),
    "key in a header": (
        AGENT + f"[mcpServers.a]\nurl = 'https://x'\nheaders = {{Authorization = 'Bearer {KEY}'}}\n",
        "mcpServers.a.headers.Authorization",
        'write "Bearer ${MY_TOKEN}"',
    ),
    "key in the environment of a server": (
        AGENT + "[mcpServers.a]\ncommand = 'x'\nenv = {GITHUB_TOKEN = 'abcdefghijkl'}\n",
        "mcpServers.a.env.GITHUB_TOKEN",
        'write "${GITHUB_TOKEN}"',
    ),
    "key in an argument": (
        AGENT + f"[mcpServers.a]\ncommand = 'x'\nargs = ['--key', '{KEY}']\n",
        "mcpServers.a.args[1]",
        "environment",
    ),
    "missing JSON file": ("mcp = 'no.json'\n" + AGENT, "no.json", "cannot be read"),
    "not TOML": ("[agent\n", "frontdesk.toml", "not valid TOML"),
}


def write(folder: Path, text: str) -> Path:
    path = folder / "frontdesk.toml"
    path.write_text(text, encoding="utf-8")
    return path


def refused(path: Path) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        load(path)
    return caught.value


@pytest.mark.parametrize(("text", "key", "remedy"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_file_is_refused_naming_file_key_and_remedy(tmp_path, text, key, remedy):
    message = str(refused(write(tmp_path, text)))
    assert f"{key}: " in message
    assert remedy in message
    assert str(tmp_path) in message
    assert len(message.splitlines()) == 1


@pytest.mark.parametrize("text", [text for text, _, _ in WRONG.values() if KEY in text])
def test_a_secret_is_not_repeated_in_the_message(tmp_path, text):
    assert KEY not in str(refused(write(tmp_path, text)))


def test_the_secret_of_a_json_file_is_refused_by_name_only(tmp_path):
    servers = {"mcpServers": {"hub": {"command": "x", "env": {"API_KEY": "abcdefghijkl", "MAX_TOKEN": "100"}}}}
    (tmp_path / "mcp.json").write_text(json.dumps(servers))
    message = str(refused(write(tmp_path, 'mcp = "mcp.json"\n' + AGENT)))
    assert "mcp.json: mcpServers.hub.env.API_KEY: looks like a secret" in message
    (tmp_path / "mcp.json").write_text("// from my editor\n" + json.dumps(servers))
    assert message == str(refused(write(tmp_path, 'mcp = "mcp.json"\n' + AGENT)))
    assert "abcdefghijkl" not in message
    assert "MAX_TOKEN" not in message


def test_all_problems_are_named_at_once_each_with_its_line(tmp_path):
    text = AGENT + "[voice]\nllm = 'nobody/x'\nturn = 'nothing'\n\n[voice.idle]\nafter = -1\n[mcpServers.a]\n"
    assert {problem.line for problem in refused(write(tmp_path, text)).problems} == {4, 5, 8, 9}


def test_a_value_that_is_none_of_its_kind_hides_no_other_problem(tmp_path):
    text = AGENT + "[voice]\nllm = 'nobody/x'\npreemptive = 'yes'\n[voice.gate]\nthreshold = 0.2\nrelease = 5\n"
    keys = [problem.key for problem in refused(write(tmp_path, text)).problems]
    assert sorted(keys) == ["voice.gate.release", "voice.llm", "voice.preemptive"]


def test_a_missing_file_is_refused_with_what_to_do(tmp_path):
    assert "--config FILE" in str(refused(tmp_path / "nothing.toml"))


def test_a_folder_is_refused(tmp_path):
    assert "cannot be read" in str(refused(tmp_path))


def test_a_file_that_is_not_utf8_is_refused(tmp_path):
    path = tmp_path / "frontdesk.toml"
    path.write_bytes('[agent]\ninstructions = "Café"\n'.encode("latin-1"))
    assert "UTF-8" in str(refused(path))


def test_instructions_and_a_server_are_enough_and_everything_else_is_local(tmp_path):
    config = load(write(tmp_path, AGENT + "[mcpServers.cafe]\ncommand = 'python'\nargs = ['-m', 'cafe']\n"))
    voice = config.voice
    assert {"local"} == {p.partition("/")[0] for p in (voice.stt, voice.llm, voice.tts, voice.vad, voice.turn)}
    assert voice.turn_text == "auto"
    assert TurnPolicy() == voice.turn_policy
    assert (config.servers["cafe"].command, config.servers["cafe"].args) == ("python", ("-m", "cafe"))


def test_every_section_arrives_where_it_belongs(tmp_path):
    config = load(
        write(
            tmp_path,
            """
[agent]
name = "Mira"
instructions = "Be brief."
greeting = "Hello."
language = "en-GB"
[voice]
llm = "openai/some-model"
turn = "off"
turn_text = "rule/english"
preemptive = false
preemptive_tries = 1
[voice.llm_options]
base_url = "http://localhost:8080/v1"
[voice.endpointing]
min_delay = 1
[voice.interruption]
min_words = 2
backchannels = ["aha"]
[voice.idle]
prompts = 1
[voice.gate]
min_speech = 0.2
[voice.phrases]
filler = ""
[voice.history]
max_tokens = 9000
""",
        )
    )
    voice, turn = config.voice, config.voice.turn_policy
    assert (config.agent.name, config.agent.greeting, config.agent.language) == ("Mira", "Hello.", "en-GB")
    assert (voice.llm, voice.turn, voice.turn_text) == ("openai/some-model", "off", "rule/english")
    assert voice.llm_options == {"base_url": "http://localhost:8080/v1"}
    assert (turn.preemptive, turn.preemptive_tries) == (False, 1)
    assert EndpointingPolicy(min_delay=1.0) == turn.endpointing
    assert (turn.interruption.min_words, turn.interruption.backchannels) == (2, ("aha",))
    assert (voice.history.max_tokens, voice.history.keep_turns) == (9000, HistoryPolicy().keep_turns)
    assert (turn.idle.prompts, voice.gate.min_speech, voice.phrases.filler) == (1, 0.2, "")


def test_backchannels_left_out_are_the_usual_ones(tmp_path):
    assert load(write(tmp_path, AGENT)).voice.interruption.backchannels == BACKCHANNELS


def test_servers_may_stand_in_a_pasted_json_file_beside_the_toml(tmp_path, monkeypatch):
    monkeypatch.setenv("HUB_TOKEN", "abcdefghijkl")
    pasted = {
        "mcpServers": {
            "hub": {"type": "http", "url": "https://hub.example/mcp", "headers": {"Authorization": "${HUB_TOKEN}"}},
            "files": {"command": "files", "disabled": False},
        }
    }
    (tmp_path / "mcp.json").write_text(json.dumps(pasted))
    config = load(write(tmp_path, 'mcp = "mcp.json"\n' + AGENT + "[mcpServers.cafe]\ncommand = 'x'\n"))
    assert list(config.servers) == ["cafe", "hub", "files"]
    assert config.servers["hub"].headers["Authorization"] == "abcdefghijkl"
    assert "abcdefghijkl" not in repr(config)


def test_a_server_in_both_files_is_refused(tmp_path):
    (tmp_path / "mcp.json").write_text('{"mcpServers": {"cafe": {"command": "x"}}}')
    error = refused(write(tmp_path, 'mcp = "mcp.json"\n' + AGENT + "[mcpServers.cafe]\ncommand = 'x'\n"))
    assert "mcpServers.cafe: is in the TOML file too" in str(error)
