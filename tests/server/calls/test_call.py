"""One call's life, from its id to what it leaves."""

import asyncio
import json
import logging
from contextlib import asynccontextmanager
from typing import Any

import pytest

from server.calls.call import CannotKeep, held
from server.logs import CallContext
from tests.fakes.call import QUIET, Caller
from tests.fakes.loop import run
from voice.agent import Agent, Models
from voice.events import SessionEnded, SessionStarted, UserTurnEnded, from_json, to_json
from voice.providers.scripted import ScriptedLLM, ScriptedSTT, ScriptedTTS, ScriptedVAD
from voice.session import Session
from voice.tools import NoTools

LOG = logging.getLogger("voice.parts")


def beginning(llm=None, made=None):
    """A `Begin` whose sessions hear one sentence; what it was called with goes into `made`."""

    @asynccontextmanager
    async def begin(transport, call_id):
        if made is not None:
            made.append((transport, call_id))
        models = Models(
            llm or ScriptedLLM(replies=["Fine."]), ScriptedSTT(texts=["hello"]), ScriptedTTS(), ScriptedVAD()
        )
        yield Session(Agent("Mira", "Be brief.", models), NoTools(), transport, turn=QUIET)

    return begin


def hold(transport, folder=None, begin=None, beside=None):
    """A call from beginning to end; returns it."""

    async def main():
        async with held(begin or beginning(), transport, folder) as call, asyncio.TaskGroup() as tasks:
            if beside is not None:
                tasks.create_task(beside(call))
            await call.session.run()
        return call

    return run(main())


def test_every_call_has_an_id_of_its_own_and_its_session_is_made_with_it():
    made: list[Any] = []
    calls = [hold(Caller(until=1), begin=beginning(made=made)) for _ in range(2)]
    assert [call_id for _, call_id in made] == [call.id for call in calls]
    assert calls[0].id != calls[1].id
    assert all(len(call.id) == 32 for call in calls)


def test_all_that_happens_is_in_its_records_also_when_nobody_reads_along():
    call = hold(Caller([(1, 2)], until=6))
    assert call.records[0].event == SessionStarted("Mira")
    assert call.records[-1].event == SessionEnded("hangup")
    assert [record.event.text for record in call.records if isinstance(record.event, UserTurnEnded)] == ["hello"]


def test_nothing_is_kept_without_a_folder():
    made: list[Any] = []
    caller = Caller(until=1)
    hold(caller, begin=beginning(made=made))
    assert made[0][0] is caller


def test_recording_events_and_transcript_are_in_the_folder(tmp_path):
    call = hold(Caller([(1, 2)], until=6), tmp_path / "a" / "b")
    left = tmp_path / "a" / "b"
    assert sorted(path.name for path in left.iterdir()) == ["events.jsonl", "recording.wav", "transcript.json"]
    written = (left / "events.jsonl").read_text().splitlines()
    assert written == [to_json(record) for record in call.records]
    assert json.loads((left / "transcript.json").read_text())["ended"] == "hangup"


def test_an_event_is_on_the_disk_before_anybody_who_reads_along_sees_it(tmp_path):
    behind = []

    async def compare(call):
        async for record in call.session.subscribe():
            written = [from_json(line) for line in (tmp_path / "events.jsonl").read_text().splitlines()]
            if record.event not in [one.event for one in written]:
                behind.append(record)

    hold(Caller([(1, 2)], until=6), tmp_path, beside=compare)
    assert behind == []


def test_a_call_that_is_cancelled_leaves_its_transcript(tmp_path):
    async def main():
        async with asyncio.timeout(3), held(beginning(), Caller([(1, 2)]), tmp_path) as call:
            await call.session.run()

    with pytest.raises(TimeoutError):
        run(main())
    assert json.loads((tmp_path / "transcript.json").read_text())["ended"] == "cancelled"
    assert json.loads((tmp_path / "events.jsonl").read_text().splitlines()[-1])["type"] == "session_ended"


def test_a_folder_that_cannot_be_made_is_refused_before_the_session_is_made(tmp_path):
    (tmp_path / "out").write_text("in the way")
    made: list[Any] = []
    with pytest.raises(CannotKeep, match="out: File exists"):
        hold(Caller(until=1), tmp_path / "out", beginning(made=made))
    assert made == []


def test_what_the_parts_of_a_session_log_carries_the_id_of_their_call(caplog):
    class Talkative(ScriptedLLM):
        async def reply(self, chat, tools, tool_choice="auto"):
            LOG.warning("asked")
            async for part in super().reply(chat, tools, tool_choice):
                yield part

    caplog.handler.addFilter(CallContext())
    call = hold(Caller([(1, 2)], until=6), begin=beginning(Talkative(replies=["Fine."])))
    LOG.warning("after")
    assert [(record.message, record.call) for record in caplog.records] == [("asked", call.id), ("after", "")]
