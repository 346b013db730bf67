"""The session's turn detectors: asked when the turn machine wants to know whether the user has finished."""

import asyncio
from collections.abc import Callable

from voice.errors import ProviderError
from voice.events import EndOfTurnScored, Event, Failed
from voice.turn.events import Detector, Scored, ScoreTurn, TurnEvent
from voice.turn_detector import TurnDetector, UserTurn

__all__ = ["Detectors"]

_TIMEOUT = 2.0
"""Seconds: longer than any silence the endpointing waits for, so a later answer could not matter."""


class Detectors:
    """At most one question to each; a new one replaces the one before. A detector that fails has no say."""

    def __init__(
        self,
        detectors: dict[Detector, TurnDetector | None],
        tasks: asyncio.TaskGroup,
        post: Callable[[TurnEvent], None],
        emit: Callable[[Event], None],
    ) -> None:
        self._detectors = {name: detector for name, detector in detectors.items() if detector is not None}
        self._tasks = tasks
        self._post = post
        self._emit = emit
        self._asked: dict[Detector, asyncio.Task[None]] = {}

    @property
    def present(self) -> tuple[Detector, ...]:
        """Those that will answer."""
        return tuple(self._detectors)

    def ask(self, command: ScoreTurn, turn: UserTurn) -> None:
        """Answer `command` with a Scored: has the user finished `turn`?"""
        if before := self._asked.pop(command.detector, None):
            before.cancel()
        self._asked[command.detector] = self._tasks.create_task(self._ask(command, turn))

    def stop(self) -> None:
        """No answer matters any more."""
        for task in self._asked.values():
            task.cancel()

    async def _ask(self, command: ScoreTurn, turn: UserTurn) -> None:
        try:
            async with asyncio.timeout(_TIMEOUT):
                probability = await self._detectors[command.detector].end_of_turn(turn)
        except (ProviderError, TimeoutError) as error:
            code = getattr(error, "code", "provider_unavailable")
            self._emit(Failed("turn", code, str(error) or "no answer in time"))
            return
        self._emit(EndOfTurnScored(command.detector, probability, command.silence))
        self._post(Scored(command.detector, command.question, probability))
