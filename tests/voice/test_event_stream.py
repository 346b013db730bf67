"""The stream of events: who loses what."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.fakes.loop import run
from voice.event_stream import EventStream
from voice.events import FirstToken, Lost, Record, SessionEnded


async def read(records: AsyncIterator[Record]) -> list[Record]:
    return [record async for record in records]


def test_every_record_carries_the_calls_id_time_and_turn() -> None:
    stream, seen = EventStream("call-7"), list[Record]()
    stream.attach(seen.append)
    stream.emit(FirstToken(1, 1), 0.5, 2)
    assert seen == [Record(0.5, 2, FirstToken(1, 1), "call-7")]


def test_a_sink_has_the_record_before_emitting_returns_and_loses_nothing() -> None:
    stream, seen = EventStream(), list[Record]()
    stream.attach(seen.append)
    for number in range(50_000):
        stream.emit(FirstToken(number, 1), 0.0, 0)
        assert len(seen) == number + 1


def test_who_is_too_far_behind_loses_the_oldest_and_is_told_how_many() -> None:
    async def main() -> list[Record]:
        stream = EventStream("c")
        records = stream.subscribe(longest=3)
        for number in range(1, 6):
            stream.emit(FirstToken(number, 1), float(number), 0)
        stream.emit(SessionEnded("hangup"), 6.0, 0)
        return await read(records)

    records = run(main())
    assert records == [
        Record(4.0, 0, Lost(3), "c"),
        Record(4.0, 0, FirstToken(4, 1), "c"),
        Record(5.0, 0, FirstToken(5, 1), "c"),
        Record(6.0, 0, SessionEnded("hangup"), "c"),
    ]


def test_who_keeps_up_is_told_of_no_loss_and_the_stream_ends_with_the_session() -> None:
    async def main() -> list[Record]:
        stream = EventStream()
        async with asyncio.TaskGroup() as tasks:
            reading = tasks.create_task(read(stream.subscribe(longest=2)))
            for number in range(5):
                stream.emit(FirstToken(number, 1), 0.0, 0)
                await asyncio.sleep(0.1)
            stream.emit(SessionEnded("hangup"), 1.0, 0)
        return reading.result()

    assert [type(record.event) for record in run(main())] == [FirstToken] * 5 + [SessionEnded]


def test_a_sink_that_fails_takes_nothing_from_the_others(caplog: pytest.LogCaptureFixture) -> None:
    stream, seen = EventStream(), list[Record]()

    def broken(record: Record) -> None:
        raise ValueError("full")

    stream.attach(broken)
    stream.attach(seen.append)
    stream.emit(FirstToken(1, 1), 0.0, 0)
    assert len(seen) == 1
    assert "could not be kept" in caplog.text
