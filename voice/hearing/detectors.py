"""The session's turn detectors: asked when the turn machine wants to know whether the user has finished."""

import asyncio
from collections.abc import Callable

from voice.agent import Models
from voice.errors import ProviderError
from voice.events import EndOfTurnScored, Event, Failed
from voice.turn.events import AskDetector, TurnEvent, Voted
from voice.turn_detector import TurnDetector, UserTurn

__all__ = ["Detectors", "detectors_of"]

_TIMEOUT = 2.0
"""Seconds: longer than any silence the endpointing waits for, so a later answer could not matter."""


def detectors_of(models: Models) -> dict[str, TurnDetector]:
    """Those that will answer, by name."""
    named = {"audio": models.audio_turn, "text": models.text_turn}
    return {name: detector for name, detector in named.items() if detector is not None}


class Detectors:
    """At most one question to each; a new one replaces the one before. A detector that fails has no say."""

    def __init__(
        self, tasks: asyncio.TaskGroup, post: Callable[[TurnEvent], None], emit: Callable[[Event], None]
    ) -> None:
        self._tasks = tasks
        self._post = post
        self._emit = emit
        self._asked: dict[str, asyncio.Task[None]] = {}

    def ask(self, command: AskDetector, models: Models, turn: UserTurn) -> None:
        """Answer `command` with a Voted: has the user finished `turn`?"""
        detector = detectors_of(models).get(command.detector)
        if before := self._asked.pop(command.detector, None):
            before.cancel()
        if detector is not None:
            self._asked[command.detector] = self._tasks.create_task(self._ask(command, detector, turn))

    def stop(self) -> None:
        """No answer matters any more."""
        for task in self._asked.values():
            task.cancel()

    async def _ask(self, command: AskDetector, detector: TurnDetector, turn: UserTurn) -> None:
        try:
            async with asyncio.timeout(_TIMEOUT):
                probability = await detector.end_of_turn(turn)
        except (ProviderError, TimeoutError) as error:
            code = getattr(error, "code", "provider_unavailable")
            self._emit(Failed("turn", code, str(error) or "no answer in time"))
            return
        self._emit(EndOfTurnScored(command.detector, probability, command.silence))
        self._post(Voted(command.detector, command.question, probability))
