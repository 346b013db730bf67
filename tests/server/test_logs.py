"""Log lines: the call they belong to, and no secrets."""

import asyncio
import logging
from typing import Any

import pytest

from server.logs import CallContext, LineFormatter, within_call
from tests.fakes.loop import run

KEY = "sk-" + "a1b2" * 6


class Lines(logging.StreamHandler[Any]):
    """What would be written, line by line."""

    def __init__(self):
        super().__init__()
        self.lines = []
        self.addFilter(CallContext())
        self.setFormatter(LineFormatter())

    def emit(self, record):
        self.lines.append(self.format(record))


@pytest.fixture
def lines():
    handler, logger = Lines(), logging.getLogger("voice.parts")
    logger.addHandler(handler)
    yield handler.lines
    logger.removeHandler(handler)


LOG = logging.getLogger("voice.parts")


def test_a_line_outside_of_calls_names_none(lines):
    LOG.warning("late by %d", 3)
    assert lines == ["frontdesk: late by 3 (voice.parts)"]


def test_a_line_of_a_call_carries_its_id_and_the_next_line_does_not(lines):
    with within_call("a7"):
        LOG.warning("late")
    LOG.warning("later")
    assert lines == ["frontdesk: late (voice.parts, call a7)", "frontdesk: later (voice.parts)"]


def test_the_lines_of_calls_that_are_held_at_once_carry_each_its_own(lines):
    async def part(name):
        await asyncio.sleep(1)
        LOG.warning("part of %s", name)

    async def call(name):
        with within_call(name):
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(part(name))
                await asyncio.sleep(2)
                LOG.warning("end of %s", name)

    async def main():
        async with asyncio.TaskGroup() as tasks:
            for name in ("a", "b"):
                tasks.create_task(call(name))

    run(main())
    assert sorted(lines) == [
        f"frontdesk: {what} of {name} (voice.parts, call {name})" for what in ("end", "part") for name in ("a", "b")
    ]


def test_what_looks_like_a_secret_is_not_written(lines):
    LOG.warning("refused: %s", KEY)
    try:
        raise ValueError(f"https://user:{KEY}@host")
    except ValueError:
        LOG.exception("failed")
    assert len(lines) == 2
    assert KEY not in "".join(lines)
    assert lines[0] == "frontdesk: refused: *** (voice.parts)"
    assert "ValueError" in lines[1]
