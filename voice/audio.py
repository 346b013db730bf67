"""Audio as the pipeline sees it: mono int16 samples with a rate in Hz."""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import soxr
from numpy.typing import NDArray

__all__ = ["SPEECH_RATE", "AudioFrame", "Rechunker", "Resampler", "resample", "silence", "to_float", "to_int16"]

SPEECH_RATE = 16_000
"""Hz. What VAD, turn detection and STT are given (Silero, Smart Turn and Moonshine all take 16 kHz)."""


@dataclass(frozen=True, slots=True, eq=False)
class AudioFrame:
    """A stretch of mono audio. `samples`: int16, shape (n,). `rate`: Hz."""

    samples: NDArray[np.int16]
    rate: int

    @property
    def duration(self) -> float:
        """Seconds."""
        return len(self.samples) / self.rate


def silence(seconds: float, rate: int) -> AudioFrame:
    """`seconds` of digital silence at `rate` Hz."""
    return AudioFrame(np.zeros(round(seconds * rate), dtype=np.int16), rate)


def to_float(samples: NDArray[np.int16]) -> NDArray[np.float32]:
    """int16 in [-32768, 32767] to float32 in [-1, 1)."""
    return samples.astype(np.float32) / np.float32(32768.0)


def to_int16(samples: NDArray[np.floating]) -> NDArray[np.int16]:
    """Float in [-1, 1] to int16, clipped."""
    clipped: NDArray[np.int16] = np.clip(np.rint(samples * 32767.0), -32768, 32767).astype(np.int16)
    return clipped


def resample(frame: AudioFrame, rate: int) -> AudioFrame:
    """The whole `frame` at another `rate` (Hz). For streams use `Resampler`."""
    if frame.rate == rate:
        return frame
    return AudioFrame(soxr.resample(frame.samples, frame.rate, rate, quality="HQ"), rate)


class Resampler:
    """Streaming resampler to `target` Hz; frames of any rate go in, one rate comes out, sample for sample in its place.

    A windowed sinc, held back by 1 ms at 48 kHz and by 2 ms at 8 kHz. soxr is cheaper, but its stream works in blocks
    and holds back 5 to 38 ms at 48 kHz and 10 to 118 ms at 8 kHz, which would delay every turn.
    """

    def __init__(self, target: int) -> None:
        self.target = target
        self._source = target
        self._filter = _filter(target, target)
        self._rest: NDArray[np.float32] = np.zeros(0, dtype=np.float32)
        self._owed = 0.0
        """Samples that the frames of this rate should have become and have not yet."""

    def push(self, frame: AudioFrame) -> AudioFrame:
        """What is ready after `frame`; may be empty. After a change of rate it begins with what was held back."""
        if frame.rate == self._source == self.target:
            return frame
        if frame.rate == self._source:
            return AudioFrame(self._convert(frame.samples), self.target)
        held = self.flush().samples
        self._source = frame.rate
        self._filter = _filter(frame.rate, self.target)
        self._rest = np.zeros(self._filter.reach, dtype=np.float32)
        return AudioFrame(np.concatenate((held, self.push(frame).samples)), self.target)

    def flush(self) -> AudioFrame:
        """What the filter still held back; the next push begins a new stream."""
        owed, self._source = round(self._owed), self.target
        if owed <= 0:
            return silence(0.0, self.target)
        rest = self._convert(np.zeros(len(self._filter.weights), dtype=np.int16))[:owed]
        self._owed = 0.0
        return AudioFrame(rest, self.target)

    def _convert(self, samples: NDArray[np.int16]) -> NDArray[np.int16]:
        kernel = self._filter
        sound = np.concatenate((self._rest, samples), dtype=np.float32)
        blocks = max(0, (len(sound) - 2 * kernel.reach) // kernel.step)
        self._rest = sound[blocks * kernel.step :]
        spans = np.lib.stride_tricks.as_strided(
            sound, (blocks, len(kernel.weights)), (kernel.step * sound.itemsize, sound.itemsize), writeable=False
        )
        out = np.ascontiguousarray(spans) @ kernel.weights
        self._owed += len(samples) * kernel.gain - out.size
        clipped: NDArray[np.int16] = np.clip(np.rint(out), -32768, 32767).astype(np.int16)
        return clipped.ravel()


class _Filter(NamedTuple):
    """`step` samples become as many as `weights`, shape (step + 2 reach, n), has columns; `gain`: n / step."""

    step: int
    reach: int
    weights: NDArray[np.float32]
    gain: float


@lru_cache(maxsize=16)
def _filter(source: int, target: int) -> _Filter:
    """A sinc of 16 zero crossings on either side under a Kaiser window: -70 dB from 1.1 Nyquist on."""
    divisor = math.gcd(source, target)
    step, count = source // divisor, target // divisor
    lower = min(source, target)
    reach = math.ceil(16 * source / lower)
    places = np.arange(-reach, step + reach)[:, None] - np.arange(count) * step / count
    weights = np.sinc(0.96 * lower / source * places) * np.i0(7.0 * np.sqrt(np.maximum(0.0, 1 - (places / reach) ** 2)))
    weights[np.abs(places) > reach] = 0.0
    return _Filter(step, reach, (weights / weights.sum(axis=0)).astype(np.float32), count / step)


class Rechunker:
    """Cuts a stream of samples into windows of exactly `size` samples; keeps the rest for the next push."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._window = np.empty(size, dtype=np.int16)
        self._filled = 0

    def push(self, samples: NDArray[np.int16]) -> list[NDArray[np.int16]]:
        """Every whole window there is after `samples`; each is an array of its own."""
        end = self._filled + len(samples)
        if end < self.size:
            self._window[self._filled : end] = samples
            self._filled = end
            return []
        first = self.size - self._filled
        self._window[self._filled :] = samples[:first]
        whole = [self._window]
        while end - self.size * len(whole) >= self.size:
            whole.append(samples[first : first + self.size].copy())
            first += self.size
        self._window = np.empty(self.size, dtype=np.int16)
        self._filled = len(samples) - first
        self._window[: self._filled] = samples[first:]
        return whole
