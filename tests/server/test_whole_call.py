"""`frontdesk call` from end to end: what it leaves when it goes well, when it fails, and when it is stopped."""

import asyncio
import json
import os
import select
import signal
import subprocess
import sys
import threading
import wave
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.fakes import loop
from tests.fakes.command_line import CLOCK, QUICK, SCRIPTED, configured, frontdesk, heed_interrupts, here, speech
from tests.fakes.openai_server import KEY, Answer, Failure, OpenAIServer, text
from voice.events import AgentSaid, AgentSpeechStarted, Failed, SessionEnded, SessionStarted, from_json

ROOT = Path(__file__).parents[2]
RESULTS = ["events.jsonl", "recording.wav", "transcript.json"]
UNGREETED = SCRIPTED.replace('greeting = "Hello, this is Mira."\n', "")
STORY = "Once upon a time. There was a king. He had three daughters. And a very long name. " * 2
TELLS = (
    SCRIPTED.replace("Hello, this is Mira.", "Hello.")
    + f"[voice.stt_options]\ntexts = ['a story']\n[voice.llm_options]\nreplies = ['{STORY}']\n"
)
ANSWERS = UNGREETED + "[voice.stt_options]\ntexts = ['hello']\n[voice.llm_options]\nreplies = ['Hi.']\n"


@pytest.fixture
def virtual_time(monkeypatch):
    monkeypatch.setattr("server.cli.call.run_loop", loop.run)


def events(out):
    return [from_json(line) for line in (out / "events.jsonl").read_text().splitlines()]


def sides(out):
    """Seconds recorded, and the samples of caller and agent."""
    with wave.open(str(out / "recording.wav")) as file:
        assert (file.getnchannels(), file.getsampwidth()) == (2, 2)
        rate = file.getframerate()
        samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").reshape(-1, 2)
    return rate, samples[:, 0], samples[:, 1]


# It goes well


def test_a_call_in_real_time_and_a_process_of_its_own_is_answered_and_ends_with_0(tmp_path):
    configured(tmp_path, ANSWERS + QUICK)
    done = frontdesk("call", speech(tmp_path / "a.wav", seconds=0.5), cwd=tmp_path)
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[-1] == "every file was answered (1 of 1)"
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == RESULTS
    records = events(tmp_path / "out")
    assert records[0].event == SessionStarted("Mira")
    assert records[-1].event == SessionEnded("hangup")
    _, caller, agent = sides(tmp_path / "out")
    assert np.abs(caller).max() > 1000
    assert np.abs(agent).max() > 500


@pytest.mark.usefixtures("virtual_time")
@pytest.mark.parametrize(
    ("rate", "channels", "kind"),
    [(8_000, 1, "ULAW"), (8_000, 1, "ALAW"), (11_025, 1, "PCM_U8"), (44_100, 2, "PCM_16"), (48_000, 2, "FLOAT")],
)
def test_a_file_of_any_kind_is_heard_and_recorded_at_its_own_pitch_and_length(tmp_path, rate, channels, kind):
    tone = 0.4 * np.sin(2 * np.pi * 440 * np.arange(rate) / rate)
    soundfile.write(tmp_path / "a.wav", np.stack([tone] * channels, axis=1), rate, subtype=kind)
    configured(tmp_path, ANSWERS)
    done = here("call", "a.wav", cwd=tmp_path)
    assert done.code == 0
    assert "caller  hello" in done.out
    recorded, caller, _ = sides(tmp_path / "out")
    loud = np.flatnonzero(np.abs(caller) > 1000)
    assert (loud[-1] - loud[0]) / recorded == pytest.approx(1.0, abs=0.01)
    middle = caller[loud[0] : loud[0] + recorded // 2]
    assert np.argmax(np.abs(np.fft.rfft(middle))) * 2 == pytest.approx(440, abs=2)


@pytest.mark.usefixtures("virtual_time")
def test_nothing_of_an_earlier_call_is_left_in_the_folder(tmp_path):
    (tmp_path / "out").mkdir()
    for name in RESULTS:
        (tmp_path / "out" / name).write_text("of an earlier call " * 100_000)
    configured(tmp_path, ANSWERS)
    assert here("call", speech(tmp_path / "a.wav"), cwd=tmp_path).code == 0
    assert events(tmp_path / "out")[-1].event == SessionEnded("hangup")
    assert json.loads((tmp_path / "out" / "transcript.json").read_text())["ended"] == "hangup"
    assert len(sides(tmp_path / "out")[1]) > 0


# It cannot begin


@pytest.mark.usefixtures("virtual_time")
@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ("[voices]\n", "voices: unknown key"),
        ("[voice.endpointing]\nmin_delai = 1\n", "voice.endpointing.min_delai: unknown key; did you mean 'min_delay'?"),
        ("[voice.llm_options]\ntokken = 1\n", "voice.llm_options.tokken: there is no option"),
        (
            "[mcpServers.a.frontdesk]\nmodule = 'mcp_servers.clock:create'\nprefix = 'x'\n"
            "[mcpServers.b.frontdesk]\nmodule = 'mcp_servers.clock:create'\nprefix = 'x'\n",
            "mcpServers.b: its tool 'today' would be called 'x_today'",
        ),
    ],
)
def test_a_wrong_configuration_ends_with_2_and_leaves_nothing(tmp_path, wrong, message):
    configured(tmp_path, SCRIPTED + wrong)
    done = here("call", speech(tmp_path / "a.wav"), cwd=tmp_path)
    assert (done.code, done.out) == (2, "")
    assert message in done.err
    assert not (tmp_path / "out").exists()


@pytest.mark.usefixtures("virtual_time")
@pytest.mark.parametrize(
    ("here_is", "missing"),
    [("scripted/echo", "openai/some-model"), ("scripted/loud", "local/silero-v6")],
    ids=["key", "model"],
)
def test_what_is_missing_on_this_machine_ends_with_1_and_leaves_nothing(tmp_path, here_is, missing):
    configured(tmp_path, SCRIPTED.replace(here_is, missing))
    env = {"OPENAI_API_KEY": "", "FRONTDESK_MODELS": str(tmp_path / "models")}
    done = here("call", speech(tmp_path / "a.wav"), cwd=tmp_path, env=env)
    assert (done.code, done.out, missing in done.err) == (1, "", True)
    assert not (tmp_path / "out").exists()


@pytest.mark.usefixtures("virtual_time")
@pytest.mark.parametrize("name", RESULTS)
def test_a_result_that_cannot_be_written_is_named_before_anybody_speaks(tmp_path, name):
    (tmp_path / "out" / name).mkdir(parents=True)
    configured(tmp_path, ANSWERS)
    done = here("call", speech(tmp_path / "a.wav"), cwd=tmp_path)
    assert (done.code, done.out) == (2, "")
    assert done.err == f"--out out: cannot be made: out/{name}: Is a directory\n"


# It fails on the way


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Failure(401, "invalid_request_error", "invalid_api_key", f"Incorrect API key: {KEY}"), "401"),
        (Answer(text("Well, you see."), then="cut"), ""),
    ],
    ids=["key refused", "stream cut"],
)
async def test_an_llm_that_fails_ends_with_1_and_the_last_line_says_so(tmp_path, answer, reason):
    async with OpenAIServer(answer, answer) as server:
        options = f"base_url = '{server.url}/v1'\n[voice.reply]\nretries = 0\n[voice.phrases]\napology = 'No.'\n{QUICK}"
        configured(tmp_path, ANSWERS.replace("scripted/echo", "openai/x").replace("replies = ['Hi.']\n", options))
        wave_file = speech(tmp_path / "a.wav", seconds=0.4)
        done = await asyncio.to_thread(frontdesk, "call", wave_file, cwd=tmp_path, env={"OPENAI_API_KEY": KEY})
    assert (done.code, done.err) == (1, "")
    last = done.out.splitlines()[-1]
    assert last.startswith("the call failed: in turn 1 the agent could not answer (llm openai: ")
    assert reason in last
    assert KEY not in done.out
    assert KEY not in "".join(path.read_text() for path in (tmp_path / "out").glob("*.json*"))
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == RESULTS
    assert [record.event.stage for record in events(tmp_path / "out") if isinstance(record.event, Failed)] == ["llm"]


# It is stopped


@contextmanager
def started(folder, *arguments):
    """A call in a process of its own that is killed if it takes too long: (process, function that awaits a line)."""
    with subprocess.Popen(
        [sys.executable, "-u", "-m", "server", "call", *map(str, arguments)],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        preexec_fn=heed_interrupts,
    ) as process:
        watchdog = threading.Timer(60, process.kill)
        watchdog.start()

        def until(part):
            assert process.stdout is not None
            assert any(part in line for line in process.stdout), f"the call ended without {part!r}"

        try:
            yield process, until
        finally:
            watchdog.cancel()
            process.kill()


@pytest.mark.parametrize(
    ("number", "code", "word"), [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "terminated")]
)
def test_a_stop_in_mid_sentence_is_a_hang_up(tmp_path, number, code, word):
    configured(tmp_path, TELLS)
    with started(tmp_path, speech(tmp_path / "a.wav", seconds=0.4)) as (process, until):
        until("agent   There was a king.")
        process.send_signal(number)
        out, error = process.communicate(timeout=30)
    assert (process.returncode, error) == (code, f"{word}\n")
    assert out.splitlines()[-1] == "the call was stopped after 1 of 1 files"
    records = events(tmp_path / "out")
    assert records[0].event == SessionStarted("Mira")
    assert records[-1].event == SessionEnded("interrupted")
    rate, caller, agent = sides(tmp_path / "out")
    began = [record.at for record in records if isinstance(record.event, AgentSpeechStarted)]
    assert len(began) == 2
    assert np.abs(agent[round((began[1] - 0.05) * rate) :]).max() > 500
    assert np.abs(caller).max() > 1000
    written = json.loads((tmp_path / "out" / "transcript.json").read_text())
    assert [entry["who"] for entry in written["entries"]] == ["agent", "caller", "agent"]
    assert written["entries"][-1]["interrupted"]
    heard = written["entries"][-1]["text"]
    assert heard.startswith("Once upon a time.")
    assert "daughters" not in heard
    assert written["ended"] == "interrupted"


def test_an_interrupt_before_anybody_speaks_leaves_nothing(tmp_path):
    """A server holds up the start: it was asked and does not answer."""
    silent = "[mcpServers.silent]\ncommand = 'sh'\nargs = ['-c', 'read line; echo > asked; cat > rest']\n"
    silent += f"cwd = '{tmp_path}'\n[mcpServers.silent.frontdesk]\nconnect_timeout = 60\n"
    os.mkfifo(tmp_path / "asked")
    asked = os.open(tmp_path / "asked", os.O_RDWR)  # to be read only would wait for a writer
    configured(tmp_path, SCRIPTED + CLOCK + silent)
    with started(tmp_path, speech(tmp_path / "a.wav")) as (process, _):
        assert select.select([asked], [], [], 60)[0]
        os.close(asked)
        process.send_signal(signal.SIGINT)
        out, error = process.communicate(timeout=30)
    assert (process.returncode, out, error) == (130, "", "interrupted\n")
    assert not (tmp_path / "out").exists()


def test_a_call_that_is_killed_leaves_a_recording_that_plays_and_events_that_can_be_read(tmp_path):
    configured(tmp_path, TELLS)
    with started(tmp_path, speech(tmp_path / "a.wav", seconds=0.4)) as (process, until):
        until("agent   There was a king.")
        process.kill()
        process.communicate(timeout=30)
    said = events(tmp_path / "out")[-1]
    assert said.event == AgentSaid(2, "There was a king.")
    rate, caller, agent = sides(tmp_path / "out")
    assert len(agent) / rate > said.at - 0.6
    assert np.abs(caller).max() > 1000
    assert np.abs(agent[-rate // 4 :]).max() > 500
