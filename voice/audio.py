"""Audio as the pipeline sees it: mono int16 samples with a rate in Hz."""

from collections.abc import Iterator
from dataclasses import dataclass

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
    """Streaming resampler to `target` Hz; frames of any rate go in, one rate comes out."""

    def __init__(self, target: int) -> None:
        self.target = target
        self._source: int | None = None
        self._stream: soxr.ResampleStream | None = None

    def push(self, frame: AudioFrame) -> AudioFrame:
        """What is ready after `frame`; may be empty, since the filter has a delay of some milliseconds."""
        if frame.rate == self.target:
            return frame
        if self._stream is None or self._source != frame.rate:
            self._source = frame.rate
            # MQ delays the stream by about 4 ms where HQ needs 10: the delay adds to every barge-in.
            self._stream = soxr.ResampleStream(frame.rate, self.target, 1, dtype="int16", quality="MQ")
        return AudioFrame(self._stream.resample_chunk(frame.samples), self.target)

    def flush(self) -> AudioFrame:
        """What the filter still held back; the next push begins a new stream."""
        if self._stream is None:
            return silence(0.0, self.target)
        rest = self._stream.resample_chunk(np.zeros(0, dtype=np.int16), last=True)
        self._stream = None
        return AudioFrame(rest, self.target)


class Rechunker:
    """Cuts a stream of samples into windows of exactly `size` samples; keeps the rest for the next push."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._rest = np.zeros(0, dtype=np.int16)

    def push(self, samples: NDArray[np.int16]) -> Iterator[NDArray[np.int16]]:
        """Every whole window there is after `samples`."""
        joined = np.concatenate((self._rest, samples)) if len(self._rest) else samples
        whole = len(joined) - len(joined) % self.size
        self._rest = joined[whole:]
        return (joined[start : start + self.size] for start in range(0, whole, self.size))
