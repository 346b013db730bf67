"""Voice activity detection: the probability that a short window holds speech."""

from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from voice.errors import ProviderError

__all__ = ["VAD", "WINDOW", "VADStream"]

WINDOW = 512
"""Samples at 16 kHz (32 ms): what Silero takes."""


class VADStream(Protocol):
    """One microphone; keeps the model's state for it."""

    def push(self, window: NDArray[np.int16], patience: int = 0) -> None:
        """Judge the next window: int16, shape (512,), 16 kHz; nobody may change it afterwards. Raises ValueError.

        It may be kept waiting, to be judged with those after it, while no more than `patience` windows wait.
        """
        ...

    def close(self) -> None:
        """Nothing is answered any more."""
        ...


class VAD(Protocol):
    """A model that may be shared by any number of streams."""

    def stream(self, heard: Callable[[float], None], failed: Callable[[ProviderError], None]) -> VADStream:
        """A fresh stream for one microphone.

        `heard` is given P(speech) of every window, in order, within `push` or later on the event loop that pushed;
        `failed` what came instead, for all windows that were waiting.
        """
        ...
