"""`frontdesk call`: whole calls through the command, with scripted providers and the clock server, in virtual time."""

import json
import wave

import numpy as np
import pytest

from server.cli.call import verdict
from tests.fakes import loop
from tests.fakes.command_line import CLOCK, SCRIPTED, configured, here, speech
from voice.events import FORMAT, Failed, Record, ReplyEnded, SessionEnded, ToolCallFinished, from_json
from voice.transports.wav import CallScript

OPTIONS = """
[voice.stt_options]
texts = ["what day is it", "tell me a story", "stop"]
[voice.llm_options]
replies = [
    [{tool = "today"}], "It is a nice day.",
    "Once upon a time there was a king who had three daughters and a very long name.",
    "Fine.",
]
"""


@pytest.fixture(autouse=True)
def _virtual_time(monkeypatch):
    monkeypatch.setattr("server.cli.call.run_loop", loop.run)


@pytest.fixture
def call(tmp_path):
    """Hold a call with three utterances, the last of which barges in."""

    def hold(*arguments, text=SCRIPTED + OPTIONS + CLOCK):
        configured(tmp_path, text)
        files = [speech(tmp_path / f"{name}.wav") for name in "abc"]
        return here("call", *(arguments or (files[0], files[1], f"{files[2]}@2")), cwd=tmp_path)

    return hold


def transcript(folder):
    return json.loads((folder / "out" / "transcript.json").read_text())


def test_every_file_is_answered_and_the_last_line_says_so(call, tmp_path):
    done = call()
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[-1] == "every file was answered (3 of 3)"


def test_the_live_transcript_shows_both_sides_the_tools_and_what_was_really_heard(call):
    lines = [line[9:] for line in call().out.splitlines()]
    heard = next(line for line in lines if "the caller heard" in line)
    assert "caller  what day is it" in lines
    assert "agent   Hello, this is Mira." in lines
    assert "tool    today()" in lines
    assert any(line.startswith("tool    today -> It is ") and line.endswith(" s)") for line in lines)
    assert "Once upon a time" in heard
    assert "name" not in heard


def test_a_table_shows_where_the_time_of_each_turn_went(call):
    lines = call().out.splitlines()
    header = next(number for number, line in enumerate(lines) if line.startswith("turn  ended by"))
    rows = [line.split() for line in lines[header + 1 : header + 4]]
    assert [row[0] for row in rows] == ["1", "2", "3"]
    for row in rows:
        decided, token, audio, total = (int(number) for number in row[2:10:2])
        assert total == pytest.approx(decided + token + audio, abs=2)


def test_the_recording_holds_caller_left_and_agent_right_in_the_right_order(call, tmp_path):
    call()
    with wave.open(str(tmp_path / "out" / "recording.wav")) as file:
        rate = file.getframerate()
        sides = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").reshape(-1, 2)
    loud = [np.flatnonzero(np.abs(sides[:, side]) > 500) / rate for side in (0, 1)]
    records = transcript(tmp_path)["entries"]
    first = {who: next(entry["at"] for entry in records if entry["who"] == who) for who in ("agent", "caller")}
    assert loud[1][0] == pytest.approx(first["agent"], abs=0.05)
    assert loud[0][0] == pytest.approx(first["caller"] - 1.2, abs=0.3)
    assert len(sides) / rate == pytest.approx(transcript(tmp_path)["seconds"], abs=0.1)


def test_the_event_log_has_one_readable_event_a_line(call, tmp_path):
    call()
    lines = (tmp_path / "out" / "events.jsonl").read_text().splitlines()
    records = [from_json(line) for line in lines]
    assert {json.loads(line)["v"] for line in lines} == {FORMAT}
    assert [record.at for record in records] == sorted(record.at for record in records)
    assert records[-1].event == SessionEnded("hangup")
    assert [record.event.name for record in records if isinstance(record.event, ToolCallFinished)] == ["today"]


def test_the_transcript_holds_turns_tools_and_timings(call, tmp_path):
    call()
    data = transcript(tmp_path)
    assert (data["format"], data["agent"], data["ended"]) == (1, "Mira", "hangup")
    spoken = [entry["who"] for entry in data["entries"] if entry["who"] != "tool"]
    assert spoken == ["agent", "caller", "agent", "caller", "agent", "caller", "agent"]
    [tool] = [entry for entry in data["entries"] if entry["who"] == "tool"]
    assert (tool["turn"], tool["name"], tool["arguments"], tool["is_error"]) == (1, "today", {}, False)
    story = next(entry for entry in data["entries"] if entry.get("interrupted"))
    assert story["text"].startswith("Once upon")
    assert [timing["turn"] for timing in data["timings"]] == [1, 2, 3]
    assert all(timing["total"] > 0 for timing in data["timings"])


def test_the_folder_for_the_results_can_be_chosen(call, tmp_path):
    assert call(speech(tmp_path / "a.wav"), "--out", tmp_path / "deep" / "er").code == 0
    assert {path.name for path in (tmp_path / "deep" / "er").iterdir()} == {
        "recording.wav",
        "events.jsonl",
        "transcript.json",
    }


def test_telephone_speech_is_understood(call, tmp_path):
    done = call(speech(tmp_path / "phone.wav", rate=8_000, subtype="ULAW"))
    assert "caller  what day is it" in done.out


def test_a_file_that_is_not_understood_fails_the_call_and_is_named(call, tmp_path):
    done = call(text=SCRIPTED + "[voice.stt_options]\ntexts = ['hello', '', '', 'again']\n")
    assert done.code == 1
    assert done.out.splitlines()[-1] == "the call failed: no answer to b.wav"


def test_the_reason_is_what_kept_the_agent_from_answering_not_what_did_no_harm():
    records = [
        Record(1.0, 1, Failed("llm", "provider_unavailable", "llm x: gone")),
        Record(1.1, 1, Failed("turn", "provider_unavailable", "too late")),
        Record(2.0, 1, ReplyEnded(1, "Sorry.", interrupted=False)),
        Record(3.0, 2, Failed("stt", "provider_unavailable", "later")),
        Record(4.0, 2, SessionEnded("hangup")),
    ]
    script = CallScript([], 0.0, greeted=False)
    assert verdict(records, script, 0, "Sorry.") == "in turn 1 the agent could not answer (llm x: gone)"
    assert verdict(records, script, 0, "Pardon?") is None


def test_a_missing_server_is_said_and_the_call_goes_on(call, tmp_path):
    done = call(text=SCRIPTED + OPTIONS + "[mcpServers.gone]\ncommand = '/nowhere/at/all'\n")
    assert done.code == 0
    assert done.out.splitlines()[0].startswith("MCP server gone is not available: cannot be started")


def test_wrong_files_are_all_named_before_anything_starts(call, tmp_path):
    (tmp_path / "notes.wav").write_text("not audio")
    empty = speech(tmp_path / "empty.wav", seconds=0)
    done = call(tmp_path / "missing.wav", tmp_path / "notes.wav", empty, f"{speech(tmp_path / 'a.wav')}@soon")
    assert (done.code, done.out) == (2, "")
    missing, notes, nothing, when = done.err.splitlines()
    assert "missing.wav: there is no such file" in missing
    assert "notes.wav: cannot be read as audio" in notes
    assert "empty.wav: is empty" in nothing
    assert "a.wav@soon: what follows the @ should be seconds" in when
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("seconds", ["-1", "nan", "inf", ""])
def test_a_time_that_is_none_is_refused(call, tmp_path, seconds):
    assert call(f"{speech(tmp_path / 'a.wav')}@{seconds}").code == 2


def test_a_file_may_have_an_at_sign_in_its_name(call, tmp_path):
    assert call(speech(tmp_path / "me@home.wav")).code == 0


def test_a_folder_that_cannot_be_made_is_refused(call, tmp_path):
    (tmp_path / "out").write_text("in the way")
    done = call(speech(tmp_path / "a.wav"))
    assert (done.code, "--out out: cannot be made" in done.err) == (2, True)
