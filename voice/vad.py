"""Voice activity detection: the probability that a short window holds speech."""

from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from voice.errors import ProviderError

__all__ = ["PATIENCE", "VAD", "WINDOW", "VADStream"]

WINDOW = 512
"""Samples at 16 kHz (32 ms): what Silero takes."""
PATIENCE = 16
"""Windows that may be kept waiting before they are judged (0.5 s), where nobody is in a hurry."""


class VADStream(Protocol):
    """One microphone; keeps the model's state for it."""

    def push(self, window: NDArray[np.int16], hurry: bool = True) -> None:
        """Judge the next window: int16, shape (512,), 16 kHz; nobody may change it afterwards.

        Without `hurry` it may be judged together with the windows after it, up to PATIENCE of them. Raises ValueError.
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
