"""Voice activity detection: the probability that a short window holds speech."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["VAD", "WINDOW", "VADStream"]

WINDOW = 512
"""Samples at 16 kHz (32 ms): what Silero takes."""


class VADStream(Protocol):
    """One microphone; keeps the model's state for it."""

    async def probability(self, window: NDArray[np.float32]) -> float:
        """P(speech) of `window`: float32 in [-1, 1], shape (512,), 16 kHz. Raises ProviderError."""
        ...


class VAD(Protocol):
    """A model that may be shared by any number of streams."""

    def stream(self) -> VADStream:
        """A fresh stream for one microphone."""
        ...
