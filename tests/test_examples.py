"""Every example under examples/: it loads, its servers are there, and a whole call can be held with it."""

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tomllib
import wave
from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from server.config.file import load
from tests.fakes import loop
from tests.fakes.command_line import here, speech
from toolhub.config.servers import parse_servers
from toolhub.connection.lifecycle import ServerState
from toolhub.hub import ToolHub
from voice.events import SessionEnded, SessionStarted, ToolCallFinished, UserTurnEnded, from_json
from voice.transports.wav import read_clip

ROOT = Path(__file__).parents[1]
EXAMPLES = sorted(path.parent for path in (ROOT / "examples").glob("*/frontdesk.toml"))
each = pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)


@dataclass(frozen=True)
class Script:
    """A call with an example: what the caller says, when (`@seconds` into the answer), and what the LLM does."""

    texts: list[str]
    when: list[str]
    replies: list[Any]


TABLE = {"date": "tomorrow", "time": "12:00", "people": 2}
SCRIPTS = {
    "cafe": Script(
        texts=["When do you open tomorrow", "A table for two at noon, Anna Miller", "What cakes are there", "Stop"],
        when=["", "", "", "@1"],
        replies=[
            [{"tool": "opening_hours", "arguments": {"date": "tomorrow"}}],
            "In the morning.",
            [{"tool": "search_tables", "arguments": TABLE}],
            [{"tool": "book_table", "arguments": TABLE | {"name": "Anna Miller"}}],
            "Your table is booked.",
            "We have apple cake, cheesecake, carrot cake and a chocolate tart, and on Sundays we also have waffles.",
            "All right.",
        ],
    ),
    "two_agents": Script(
        texts=["When do you open tomorrow", "What cakes are there", "Stop"],
        when=["", "", "@1"],
        replies=[
            [{"tool": "opening_hours", "arguments": {"date": "tomorrow"}}],
            "In the morning.",
            "We have apple cake, cheesecake, carrot cake and a chocolate tart, and on Sundays we also have waffles.",
            "All right.",
        ],
    ),
}
MODELS = ("stt", "llm", "tts", "vad", "turn", "turn_text")


def toml(value):
    """`value` in one line of TOML, whose strings, numbers and lists are JSON's."""
    match value:
        case dict():
            return "{" + ", ".join(f"{json.dumps(key)} = {toml(inner)}" for key, inner in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(toml, value)) + "]"
        case _:
            return json.dumps(value)


def without_models(voice):
    return {key: value for key, value in voice.items() if key.removesuffix("_options") not in MODELS}


def scripted(example, script, folder):
    """A copy of the example in which only the models are others; returns its configuration file."""
    copy = shutil.copytree(example, folder / example.name)
    raw = tomllib.loads((copy / "frontdesk.toml").read_text(encoding="utf-8"))
    for agent in raw.get("agents", {}).values():
        agent["voice"] = without_models(agent.get("voice", {}))
    voice = without_models(raw.get("voice", {})) | {key: f"scripted/{key}" for key in MODELS}
    voice |= {"stt_options": {"texts": script.texts}, "llm_options": {"replies": script.replies}}
    lines = [f"{key} = {toml(value)}\n" for key, value in (raw | {"voice": voice}).items()]
    (copy / "frontdesk.toml").write_text("".join(lines), encoding="utf-8")
    return copy / "frontdesk.toml"


@pytest.fixture
def database(tmp_path, monkeypatch):
    monkeypatch.setenv("CAFE_DB", str(tmp_path / "cafe.sqlite"))
    return tmp_path / "cafe.sqlite"


@pytest.fixture
def call(tmp_path, database, monkeypatch):
    """`frontdesk call` on an example with the models scripted, in virtual time."""
    monkeypatch.setattr("server.cli.call.run_loop", loop.run)

    def hold(example):
        script = SCRIPTS[example.name]
        config = scripted(example, script, tmp_path)
        files = [f"{speech(tmp_path / f'{number}.wav')}{when}" for number, when in enumerate(script.when)]
        return here("call", *files, "--config", config, cwd=tmp_path)

    return hold


def test_every_example_is_called_here():
    assert {path.name for path in EXAMPLES} == SCRIPTS.keys()
    assert {path.name for path in (ROOT / "examples").iterdir() if not path.name.startswith(("_", "."))} == (
        SCRIPTS.keys()
    )


@each
def test_it_loads(example, monkeypatch):
    config = load(example / "frontdesk.toml")
    assert config.agent.instructions
    assert config.servers


@each
def test_check_finds_its_servers_with_their_tools(example, tmp_path, database):
    done = here(
        *("check", "--config", example / "frontdesk.toml"), cwd=tmp_path, env={"FRONTDESK_MODELS": str(tmp_path / "m")}
    )
    assert done.err == ""
    missing = [line for line in done.out.splitlines() if line.startswith("missing: ")]
    assert all(line.startswith("missing: voice.") for line in missing)  # the models, which this folder has not
    for name in load(example / "frontdesk.toml").servers:
        assert re.search(rf"^  {name}  in-process, MCP [\d-]+, ready, [1-9]\d* tools$", done.out, re.MULTILINE)
    assert "warning" not in done.out


@each
async def test_its_servers_work_in_another_host_which_does_not_know_our_settings(
    example, tmp_path, database, monkeypatch
):
    monkeypatch.setenv("PATH", os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    pasted = json.loads((example / "mcp.json").read_text(encoding="utf-8"))["mcpServers"]
    foreign = {name: {k: v for k, v in entry.items() if k != "frontdesk"} for name, entry in pasted.items()}
    patience = {name: entry | {"frontdesk": {"connect_timeout": 60}} for name, entry in foreign.items()}
    async with ToolHub(parse_servers(patience, file=tmp_path / "mcp.json")) as hub:
        assert [(server.transport, server.state, server.error) for server in hub.servers] == [
            ("stdio", ServerState.READY, None) for _ in pasted
        ]
        offered = {tool.name for tool in hub.tools}
    allowed = {name for entry in pasted.values() for name in entry["frontdesk"].get("tools", {}).get("allow", [])}
    assert allowed <= offered


@each
def test_a_whole_call_answers_every_file_and_ends_with_0(example, call):
    done = call(example)
    assert (done.code, done.err) == (0, "")
    number = len(SCRIPTS[example.name].texts)
    assert done.out.splitlines()[-1] == f"every file was answered ({number} of {number})"


@each
def test_the_event_log_of_a_call_begins_and_ends_and_holds_every_turn_and_tool(example, call, tmp_path):
    call(example)
    records = [from_json(line) for line in (tmp_path / "out" / "events.jsonl").read_text().splitlines()]
    events = [record.event for record in records]
    assert events[0] == SessionStarted(load(example / "frontdesk.toml").agent.name)
    assert events[-1] == SessionEnded("hangup")
    assert [event.text for event in events if isinstance(event, UserTurnEnded)] == SCRIPTS[example.name].texts
    wanted = [part["tool"] for reply in SCRIPTS[example.name].replies if isinstance(reply, list) for part in reply]
    finished = [event for event in events if isinstance(event, ToolCallFinished)]
    assert [(event.name, event.is_error) for event in finished] == [(name, False) for name in wanted]


@each
def test_the_recording_of_a_call_has_the_caller_left_and_the_agent_right(example, call, tmp_path):
    call(example)
    with wave.open(str(tmp_path / "out" / "recording.wav")) as file:
        assert (file.getnchannels(), file.getsampwidth()) == (2, 2)
        rate = file.getframerate()
        left, right = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").reshape(-1, 2).T
    # The caller's files are tones of a second each at 0.4 of full scale, the scripted voice hums at a constant 1000.
    assert np.count_nonzero(np.abs(left) > 1500) / rate == pytest.approx(len(SCRIPTS[example.name].texts), rel=0.2)
    assert set(np.unique(right)) == {0, 1000}
    assert np.flatnonzero(right)[0] < np.flatnonzero(np.abs(left) > 1500)[0]


@each
def test_the_transcript_of_a_call_has_its_turns_with_what_was_heard(example, call, tmp_path):
    call(example)
    transcript = json.loads((tmp_path / "out" / "transcript.json").read_text())
    agent, script = load(example / "frontdesk.toml").agent, SCRIPTS[example.name]
    assert (transcript["agent"], transcript["ended"]) == (agent.name, "hangup")
    said = [entry["text"] for entry in transcript["entries"] if entry["who"] == "caller"]
    assert said == script.texts
    heard = [entry for entry in transcript["entries"] if entry["who"] == "agent"]
    assert heard[0]["text"] == agent.greeting
    assert heard[-1]["text"] == script.replies[-1]
    interrupted = [entry["text"] for entry in heard if entry["interrupted"]]
    assert len(interrupted) == sum("@" in when for when in script.when)
    assert all(0 < len(text) < len(script.replies[-2]) for text in interrupted)
    assert [timing["turn"] for timing in transcript["timings"]] == list(range(1, len(script.texts) + 1))


def test_the_table_booked_in_a_call_with_the_cafe_is_in_its_database(call, database):
    before = date.today()
    assert call(ROOT / "examples" / "cafe").code == 0
    tomorrow = {(day + timedelta(days=1)).isoformat() for day in (before, date.today())}
    with closing(sqlite3.connect(database)) as connection:
        [row] = connection.execute("SELECT name, people, date, start, cancelled FROM bookings").fetchall()
    assert row[2] in tomorrow
    assert (row[0], row[1], row[3], row[4]) == ("Anna Miller", 2, 12 * 60, 0)


def test_the_filler_of_the_cafe_is_its_own(call):
    filler = load(ROOT / "examples" / "cafe" / "frontdesk.toml").voice.phrases.filler
    assert f"agent   {filler}" in call(ROOT / "examples" / "cafe").out


def test_each_of_the_two_agents_has_the_tools_of_its_trade(tmp_path, database):
    done = here("check", "--config", ROOT / "examples" / "two_agents" / "frontdesk.toml", cwd=tmp_path)
    assert "agent reception has 1 of 4 tools: opening_hours\n" in done.out
    assert "agent bookings has 3 of 4 tools: search_tables, book_table, cancel_booking\n" in done.out


def test_the_demo_calls_the_cafe_with_files_that_are_there():
    done = subprocess.run(["make", "--dry-run", "demo"], cwd=ROOT, capture_output=True, text=True, timeout=30)
    files = re.findall(r"\S+\.(?:wav|toml)", done.stdout)
    assert "examples/cafe/frontdesk.toml" in files
    clips = [read_clip(ROOT / name) for name in files if name.endswith(".wav")]
    assert len(clips) >= 4
    names = [Path(name).stem for name in files]
    assert names[names.index("03-book") + 1] == "03-yes"  # what is booked is read back first
    assert all(np.abs(clip.samples).max() > 3000 for clip in clips)
    assert len(re.findall(r"\.wav@[\d.]+", done.stdout)) >= 1
