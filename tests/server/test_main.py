"""The command line as a user meets it: help, exit codes, no traceback, no secret."""

import json
import os
import re
import signal
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
import soundfile

from tests.fakes.command_line import CLOCK, QUICK, SCRIPTED, configured, frontdesk, heed_interrupts, here, speech

KEY = "sk-" + "a1b2" * 6
COMMANDS = ("call", "console", "models", "check", "doctor")


def test_help_names_every_command_and_the_exit_codes(tmp_path):
    done = here("--help", cwd=tmp_path)
    assert done.code == 0
    assert all(f"\n    {command} " in done.out for command in COMMANDS)
    assert "exit codes: 0" in done.out


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(tmp_path, command):
    done = here(command, "--help", cwd=tmp_path)
    assert done.code == 0
    assert len(done.out.splitlines()) > 3


def test_the_installed_command_starts(tmp_path):
    assert frontdesk("--version", cwd=tmp_path).out == f"frontdesk {version('frontdesk')}\n"


def test_the_version_is_that_of_the_package(tmp_path):
    assert here("--version", cwd=tmp_path).out == f"frontdesk {version('frontdesk')}\n"


@pytest.mark.parametrize("arguments", [(), ("cal",), ("call",), ("models",), ("console", "--voice", "--text")])
def test_wrong_usage_ends_with_2_and_the_usage(tmp_path, arguments):
    done = here(*arguments, cwd=tmp_path)
    assert done.code == 2
    assert done.err.startswith("usage: frontdesk")


@pytest.mark.parametrize("arguments", [("check",), ("console",), ("call", "speech.wav")])
@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("[agent]\n", "frontdesk.toml:1: agent.instructions: is missing"),
        ("answered_by = 'x'\n" + SCRIPTED, "frontdesk.toml:1: answered_by: chooses among [agents.NAME] tables"),
        ("[agent\n", "frontdesk.toml: is not valid TOML"),
        (
            SCRIPTED + "[voice.llm_options]\ntokken = 1\n",
            "frontdesk.toml:14: voice.llm_options.tokken: there is no option",
        ),
        (SCRIPTED + "[voice.llm_options]\ntoken = 'x'\n", "voice.llm_options.token: should be a number, not text"),
    ],
)
def test_a_wrong_configuration_ends_every_command_with_2_and_one_message(tmp_path, arguments, text, key):
    configured(tmp_path, text)
    speech(tmp_path / "speech.wav")
    done = here(*arguments, cwd=tmp_path)
    assert done.code == 2
    assert key in done.err
    assert "Traceback" not in done.said
    assert (done.out, len(done.err.splitlines())) == ("", 1)


def test_a_misspelt_option_is_answered_with_the_right_one(tmp_path):
    configured(tmp_path, SCRIPTED + "[voice.llm_options]\nfirst_tokens = 1\n")
    assert "did you mean 'first_token'? There are: replies, first_token, token" in here("check", cwd=tmp_path).err


def test_a_missing_configuration_says_what_to_do(tmp_path):
    done = here("check", cwd=tmp_path)
    assert (done.code, "--config FILE" in done.err) == (2, True)


def test_a_missing_key_is_named_and_ends_with_1(tmp_path):
    configured(tmp_path, SCRIPTED.replace("scripted/echo", "openai/some-model"))
    for command in (("check",), ("console", "--text")):
        done = here(*command, cwd=tmp_path, env={"OPENAI_API_KEY": ""})
        assert done.code == 1
        assert "voice.llm = 'openai/some-model': no API key: set the environment variable OPENAI_API_KEY" in done.said
        assert "Traceback" not in done.said


def test_a_missing_model_is_named_with_the_command_that_fetches_it(tmp_path):
    configured(tmp_path, SCRIPTED.replace("scripted/loud", "local/silero-v6"))
    speech(tmp_path / "speech.wav")
    empty = {"FRONTDESK_MODELS": str(tmp_path / "models")}
    for command in (("check",), ("call", "speech.wav")):
        done = here(*command, cwd=tmp_path, env=empty)
        assert done.code == 1
        assert "frontdesk models pull silero-v6" in done.said
        assert "Traceback" not in done.said


# --- check


def test_check_says_that_nobody_detects_manual_turns(tmp_path):
    configured(tmp_path, SCRIPTED.replace('turn = "off"', 'turn = "manual"'))
    done = here("check", cwd=tmp_path)
    assert done.code == 0
    assert "turn      nobody: turns are manual" in done.out


def test_check_shows_what_everything_resolved_to(tmp_path):
    configured(tmp_path, SCRIPTED + "[voice.endpointing]\nmin_delay = 0.35\n" + CLOCK)
    done = here("check", cwd=tmp_path)
    assert done.code == 0
    for line in (
        "Mira (en), greets with 'Hello, this is Mira.'",
        "llm       scripted/echo  (ready)",
        "first_token=0.1",
        "turn      off",
        "endpointing   min_delay 0.35, sure_delay 0.4",
        "clock  in-process, MCP 2026-07-28, ready, 3 tools",
        "  today          Tell today's date, the weekday and the time.",
        "frontdesk.toml: ready",
    ):
        assert line in done.out


AGENTS = """
[agents.reception]
name = "Mira"
instructions = "You answer the phone."
greeting = "Hello."
[agents.sales]
instructions = "You sell."
tools = ["to*", "shop_*"]
[agents.sales.voice.llm_options]
first_token = 0.3
[agents.sales.voice.phrases]
filler = "Wait."
"""


def test_check_shows_each_agent_with_what_it_resolved_to(tmp_path):
    configured(tmp_path, AGENTS + SCRIPTED[SCRIPTED.index("[voice]") :] + CLOCK)
    done = here("check", cwd=tmp_path)
    assert done.code == 0
    reception, sales, rest = re.split(r"^agent sales\n|^voice\n", done.out, flags=re.MULTILINE)
    assert reception.startswith("agent reception, takes calls\n  Mira (en), greets with 'Hello.'\n")
    assert "llm       scripted/echo  (ready)  first_token=0.1" in reception
    assert "phrase" not in reception
    assert "  sales (en), waits for the caller to speak\n" in sales
    assert "llm       scripted/echo  (ready)  first_token=0.3" in sales
    assert "tts       scripted/hum" in sales
    assert "phrase    filler 'Wait.'" in sales
    assert "vad       scripted/loud  (ready)" in rest
    assert "  agent sales has 1 of 3 tools: today\n    warning: no tool is called 'shop_*'\n" in rest
    assert "agent reception has" not in rest


def test_what_two_agents_miss_is_said_once(tmp_path):
    voice = SCRIPTED[SCRIPTED.index("[voice]") :].replace("scripted/echo", "openai/some-model")
    configured(tmp_path, AGENTS.partition("[agents.sales.voice")[0] + voice)
    done = here("check", cwd=tmp_path, env={"OPENAI_API_KEY": ""})
    assert done.code == 1
    assert done.out.count("missing: voice.llm = 'openai/some-model'") == 1


def test_a_missing_key_is_named_with_the_agent_that_needs_it(tmp_path):
    own = AGENTS.partition("[agents.sales.voice")[0] + "[agents.sales.voice]\nllm = 'openai/some-model'\n"
    configured(tmp_path, own + SCRIPTED[SCRIPTED.index("[voice]") :])
    done = here("check", cwd=tmp_path, env={"OPENAI_API_KEY": ""})
    assert "missing: agents.sales.voice.llm = 'openai/some-model': no API key" in done.out


def test_check_ends_with_1_when_a_server_is_missing_and_still_shows_the_others(tmp_path):
    configured(tmp_path, SCRIPTED + CLOCK + "[mcpServers.gone]\ncommand = '/nowhere/at/all'\n")
    done = here("check", cwd=tmp_path)
    assert done.code == 1
    assert "missing: MCP server gone: cannot be started: No such file or directory: /nowhere/at/all" in done.out
    assert "clock  in-process, MCP 2026-07-28, ready" in done.out


def test_check_reads_a_pasted_file_and_shows_disabled_servers(tmp_path):
    root = str(Path(__file__).parents[2])
    clock = {"command": sys.executable, "args": ["-m", "mcp_servers.clock"], "cwd": root}
    servers = {"clock": clock, "off": {"command": "x", "frontdesk": {"enabled": False}}}
    (tmp_path / "mcp.json").write_text(json.dumps({"mcpServers": servers}))
    configured(tmp_path, 'mcp = "mcp.json"\n' + SCRIPTED)
    done = here("check", cwd=tmp_path)
    assert done.code == 0
    assert "off  disabled" in done.out
    assert "clock  stdio, MCP" in done.out


# --- doctor, models


def test_doctor_tells_what_is_here_and_never_fails(tmp_path):
    done = here("doctor", cwd=tmp_path, env={"OPENAI_API_KEY": KEY, "FRONTDESK_MODELS": str(tmp_path)})
    assert done.code == 0
    for line in ("Python 3.", "processor cores", "extra local", "extra audio", "silero-v6", "frontdesk models pull"):
        assert line in done.out
    assert "OPENAI_API_KEY     present" in done.out
    assert KEY not in done.said


def test_models_list_shows_sizes_licences_and_what_is_missing(tmp_path):
    done = here("models", "list", cwd=tmp_path, env={"FRONTDESK_MODELS": str(tmp_path)})
    assert done.code == 0
    [row] = [line.split() for line in done.out.splitlines() if line.startswith("silero-v6")]
    assert row[:5] == ["silero-v6", "1.3", "MB", "missing", "MIT"]


def test_an_unknown_model_is_wrong_input(tmp_path):
    for action in ("pull", "path"):
        done = here("models", action, "silero", cwd=tmp_path)
        assert (done.code, "did you mean 'silero-v6'" in done.err) == (2, True)


def test_the_path_of_a_model_is_printed_or_the_command_that_fetches_it(tmp_path):
    given = {"FRONTDESK_MODELS": str(tmp_path)}
    assert here("models", "path", cwd=tmp_path, env=given).out == f"{tmp_path}\n"
    done = here("models", "path", "silero-v6", cwd=tmp_path, env=given)
    assert (done.code, "frontdesk models pull silero-v6" in done.err) == (1, True)


# --- everywhere


def test_a_secret_of_the_environment_is_printed_by_no_command(tmp_path):
    """Given to a provider that fails with it, and to a server that is down."""
    servers = "[mcpServers.hub]\nurl = 'http://127.0.0.1:9/mcp'\nheaders = {Authorization = 'Bearer ${HUB}'}\n"
    servers += "[mcpServers.child]\ncommand = '/nowhere'\nargs = ['${HUB}']\nenv = {TOKEN = '${HUB}'}\n"
    servers += (
        "[mcpServers.hub.frontdesk]\nconnect_timeout = 0.2\n[mcpServers.child.frontdesk]\nconnect_timeout = 0.2\n"
    )
    text = SCRIPTED.replace("scripted/echo", "openai/some-model").replace("Hello, this is Mira.", "")
    text += (
        "[voice.reply]\nretries = 0\n[voice.phrases]\napology = 'No.'\n[voice.stt_options]\ntexts = ['hello']\n" + QUICK
    )
    configured(tmp_path, text + "[voice.llm_options]\nbase_url = 'http://127.0.0.1:9/v1'\n" + servers)
    speech(tmp_path / "speech.wav", seconds=0.4)
    secrets = {"OPENAI_API_KEY": KEY, "HUB": "hunter2-hunter2-hunter2"}
    for command in (("check",), ("doctor",), ("console", "--text"), ("call", "speech.wav")):
        if command[0] in ("console", "call"):
            done = frontdesk(*command, cwd=tmp_path, stdin="hello\n", env=secrets)
        else:
            done = here(*command, cwd=tmp_path, env=secrets)
        assert "Traceback" not in done.said
        left = [path.read_text() for path in (tmp_path / "out").glob("*.json*")]
        assert not any(secret in text for secret in secrets.values() for text in (done.said, *left)), command


@pytest.mark.parametrize("command", [("console", "--text"), ("call", "speech.wav")])
def test_an_interrupt_ends_with_130_and_no_traceback(tmp_path, command):
    configured(tmp_path)
    speech(tmp_path / "speech.wav", seconds=30)
    root = Path(__file__).parents[2]
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "server", *command],
        cwd=tmp_path,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(root)},
        preexec_fn=heed_interrupts,
    )
    assert process.stdout is not None
    assert "agent   Hello, this is Mira." in process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=30)
    assert (process.returncode, error) == (130, "interrupted\n")
    if command[0] == "call":  # what there was until then is kept, whole
        assert 0 < soundfile.info(tmp_path / "out" / "recording.wav").duration < 30
        transcript = json.loads((tmp_path / "out" / "transcript.json").read_text())
        assert [entry["who"] for entry in transcript["entries"]] == ["agent"]


def test_a_reader_that_has_seen_enough_gets_no_traceback(tmp_path):
    root = Path(__file__).parents[2]
    done = subprocess.run(
        f"{sys.executable} -m server doctor | head -n 1",
        shell=True,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "PYTHONPATH": str(root)},
    )
    assert (done.stdout, done.stderr) == ("machine\n", "")


def test_a_full_disk_is_one_line_and_exit_code_1(tmp_path, monkeypatch, capsys):
    import server.cli.doctor as doctor
    from server.__main__ import main

    def full(args):
        raise ExceptionGroup("tasks", [OSError(28, "No space left on device")])

    monkeypatch.setattr(doctor, "run", full)
    assert main(["doctor"]) == 1
    assert "No space left on device" in capsys.readouterr().err
