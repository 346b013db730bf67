"""Between the playout's clock and the sound card's: a bounded buffer that may be used from two threads."""

import threading
from collections import deque

import numpy as np
from numpy.typing import NDArray

__all__ = ["SpeakerBuffer"]

_AHEAD = 0.04
"""Seconds that are collected before sound begins: the event loop's jitter is far below, a pause lags by no more."""
_LONGEST = 1.0
"""Seconds the loudspeaker may be behind; then the oldest are lost."""


class SpeakerBuffer:
    """Between `play`, which comes when a frame is due, and the sound card, which asks when its own clock says so.

    `take` gives silence until `_AHEAD` seconds are there or nothing more has come for as long, and never blocks.
    """

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._samples: deque[NDArray[np.int16]] = deque()
        self._held = 0
        self._flowing = False
        self._waited = 0
        self._lock = threading.Lock()

    def put(self, samples: NDArray[np.int16]) -> None:
        """Add int16 samples, shape (n,)."""
        with self._lock:
            self._samples.append(samples)
            self._held += len(samples)
            while self._held > _LONGEST * self._rate:
                self._held -= len(self._samples.popleft())

    def clear(self) -> None:
        """Forget what is held."""
        with self._lock:
            self._samples.clear()
            self._held = 0
            self._flowing, self._waited = False, 0

    @property
    def held(self) -> float:
        """Seconds that wait."""
        return self._held / self._rate

    def take(self, count: int) -> NDArray[np.int16]:
        """The next `count` samples, filled up with silence."""
        out = np.zeros(count, dtype=np.int16)
        with self._lock:
            if not self._flowing and self._held:
                self._waited += count
                self._flowing = self._held >= _AHEAD * self._rate or self._waited > _AHEAD * self._rate
            filled = self._fill(out) if self._flowing else count
            if filled < count or not self._held:
                self._flowing, self._waited = False, 0
        return out

    def _fill(self, out: NDArray[np.int16]) -> int:
        filled = 0
        while self._samples and filled < len(out):
            piece = self._samples.popleft()
            part = piece[: len(out) - filled]
            out[filled : filled + len(part)] = part
            filled += len(part)
            if len(part) < len(piece):
                self._samples.appendleft(piece[len(part) :])
        self._held -= filled
        return filled
