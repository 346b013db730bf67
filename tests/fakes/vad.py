"""Asking a VAD and waiting for its answers."""

import asyncio
from collections.abc import Sequence

import numpy as np

from voice.errors import ProviderError
from voice.vad import VAD, VADStream

__all__ = ["Ear", "probabilities"]

BOUND = 10.0
"""Seconds after which a wait has failed, on however busy a machine."""


class Ear:
    """One stream of `vad`, and what was said to it: probabilities, and the failure if there was one."""

    def __init__(self, vad: VAD) -> None:
        self.heard: list[float] = []
        self.failure: ProviderError | None = None
        self.stream: VADStream = vad.stream(self._hear, self._fail)
        self._changed = asyncio.Event()

    async def answers(self, count: int) -> list[float]:
        """All there are when there are `count` of them."""
        async with asyncio.timeout(BOUND):
            while len(self.heard) < count:
                self._changed.clear()
                await self._changed.wait()
        return self.heard

    async def failed(self) -> ProviderError:
        """What came instead of an answer."""
        async with asyncio.timeout(BOUND):
            while self.failure is None:
                self._changed.clear()
                await self._changed.wait()
        return self.failure

    def _hear(self, probability: float) -> None:
        self.heard.append(probability)
        self._changed.set()

    def _fail(self, failure: ProviderError) -> None:
        self.failure = failure
        self._changed.set()


async def probabilities(vad: VAD, windows: Sequence[np.ndarray], patience: int = 0) -> list[float]:
    """Those of int16 `windows`, given one after the other; for the last there is no patience."""
    ear = Ear(vad)
    for number, window in enumerate(windows):
        ear.stream.push(window, 0 if number == len(windows) - 1 else patience)
        await asyncio.sleep(0)
    answers = await ear.answers(len(windows))
    ear.stream.close()
    return answers
