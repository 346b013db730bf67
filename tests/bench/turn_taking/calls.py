"""Recordings played to a real session with real models, and what it did."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import numpy as np

from tests.bench.turn_taking.recordings import HEAD, Recording
from voice.agent import Agent, Models
from voice.audio import SPEECH_RATE, AudioFrame
from voice.events import (
    AgentSpeechStarted,
    Event,
    Record,
    UserTurnEnded,
)
from voice.policy import IdlePolicy, TurnPolicy
from voice.session import Session
from voice.tools import NoTools

__all__ = ["INSTRUCTIONS", "Happened", "listen", "speak_over"]

INSTRUCTIONS = "You are the receptionist of a company. Help the caller."
GREETING = (
    "Welcome to the city library, my name is Lisa. We are open from Monday to Friday between nine in the morning and "
    "seven in the evening. On Saturdays we close at noon, and on Sundays the building stays shut all day. You can "
    "borrow books, films and records, and keep each of them for three weeks."
)
_FRAME = 320
"""Samples of a frame (20 ms)."""
_INTO = 2.0
"""Seconds of the agent's speech before somebody speaks over it."""
_DECIDED = 0.3
"""Seconds that a call goes on after the turn was decided."""


@dataclass
class Happened:
    """What a session did about a recording: (seconds from the recording's first sample, event)."""

    recording: Recording
    events: list[tuple[float, Event]] = field(default_factory=list)

    def of(self, kind: type[Event]) -> list[tuple[float, Event]]:
        """Those of one kind, from when somebody speaks."""
        return [(at, event) for at, event in self.events if isinstance(event, kind) and at >= 0]

    @property
    def ends(self) -> list[tuple[float, UserTurnEnded]]:
        """The turns that were decided."""
        return [(at, event) for at, event in self.events if isinstance(event, UserTurnEnded)]


class _Line:
    """A transport that plays `recording` from when `begin` is called on, and silence until then."""

    rate = 24_000
    delay = 0.0

    def __init__(self, recording: Recording) -> None:
        self._samples = recording.samples
        self.began: float | None = None
        self.over = False

    def begin(self) -> None:
        """Now the caller's recording runs."""
        if self.began is None:
            self.began = -1.0  # with the next frame

    async def microphone(self) -> AsyncIterator[AudioFrame]:
        loop = asyncio.get_running_loop()
        start, count, position = loop.time(), 0, 0
        while not self.over and position < len(self._samples):
            count += 1
            due = start + count * _FRAME / SPEECH_RATE
            await asyncio.sleep(max(0.0, due - loop.time()))
            frame = np.zeros(_FRAME, dtype=np.int16)
            if self.began is not None:
                if not position:
                    self.began = due - _FRAME / SPEECH_RATE
                part = self._samples[position : position + _FRAME]
                frame[: len(part)] = part
                position += _FRAME
            yield AudioFrame(frame, SPEECH_RATE)

    def play(self, frame: AudioFrame) -> None:
        """Nobody listens."""

    def clear(self) -> None:
        """Nothing waits."""


async def listen(recording: Recording, models: Models, policy: TurnPolicy) -> Happened:
    """The turn as a call of its own; the agent answers in writing, so that later pauses are seen too."""
    line = _Line(recording)
    line.begin()
    return await _call(recording, line, Agent("bench", INSTRUCTIONS, models), policy)


async def speak_over(recording: Recording, models: Models, policy: TurnPolicy) -> Happened:
    """The recording over the agent's greeting."""
    agent = Agent("bench", INSTRUCTIONS, models, greeting=GREETING)
    return await _call(recording, _Line(recording), agent, policy)


async def _call(recording: Recording, line: _Line, agent: Agent, policy: TurnPolicy) -> Happened:
    turn = TurnPolicy(policy.endpointing, policy.interruption, IdlePolicy(after=0), policy.preemptive)
    session = Session(agent, NoTools(), line, turn=turn)
    loop = asyncio.get_running_loop()
    happened, heard = Happened(recording), []

    def hear(record: Record) -> None:
        heard.append((loop.time(), record.event))
        if isinstance(record.event, AgentSpeechStarted):
            loop.call_later(_INTO - HEAD, line.begin)
        ended = isinstance(record.event, UserTurnEnded) and not agent.greeting and line.began is not None
        if ended and loop.time() - (line.began or 0.0) > recording.end - 0.05:
            loop.call_later(_DECIDED, hang_up)

    def hang_up() -> None:
        line.over = True

    session.attach(hear)
    await session.run()
    if line.began is not None:
        happened.events = [(at - line.began, event) for at, event in heard]
    return happened
