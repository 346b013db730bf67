"""A transport that keeps what passes through it: a stereo WAV file, caller left, agent right.

Written as the call goes on, with a header that is right after every write: whatever ends the process, the file can be
played up to its last half second. At most a few seconds are held in memory.
"""

import logging
import wave
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from voice.audio import AudioFrame, Resampler
from voice.streams import closing
from voice.transport import Transport

__all__ = ["Recorded"]

_log = logging.getLogger(__name__)

_LATE = 0.06
"""Seconds a frame may come after its place without being late: three frames, more than an event loop's jitter."""
_PATIENCE = 1.0
"""Seconds of late microphone frames in a row that mean lost audio; shorter is a stall that is made up for."""
_BEHIND = 2.0
"""Seconds after which a side that brings nothing is taken to be silent."""
_BLOCK = 0.5
"""Seconds of audio written at a time."""


class Recorded:
    """`transport`, recorded into `path` until `close`; a context manager.

    A frame's place is when it passed by `clock` (seconds; a microphone frame ends then, a played one begins the
    transport's `delay` later), but a side that goes on without a gap is joined without a gap, so that jitter is not
    heard. Raises OSError when the file cannot be made; a disk that fills up later ends the recording, not the call, and
    leaves `failure` set.
    """

    def __init__(self, transport: Transport, path: Path, clock: Callable[[], float]) -> None:
        self.failure: OSError | None = None
        self._transport = transport
        self._clock = clock
        self._began = clock()
        rate = transport.rate
        # A microphone never pauses, so a late frame is a stall and the frames after it come in a burst; a voice does.
        self._caller = _Side(rate, patience=_PATIENCE)
        self._agent = _Side(rate, patience=0.0)
        self._resampler = Resampler(rate)
        self._file = wave.open(str(path), "wb")  # noqa: SIM115 - closed in `close`
        self._file.setnchannels(2)
        self._file.setsampwidth(2)
        self._file.setframerate(rate)
        self._file.writeframes(b"")

    @property
    def rate(self) -> int:
        """See Transport; also the recording's."""
        return self._transport.rate

    async def microphone(self) -> AsyncIterator[AudioFrame]:
        """See Transport."""
        async with closing(self._transport.microphone()) as frames:
            async for frame in frames:
                ended = self._clock() - self._began
                self._caller.add(self._resampler.push(frame).samples, ended - frame.duration)
                self._write(ended)
                yield frame

    def play(self, frame: AudioFrame) -> None:
        """See Transport."""
        now = self._clock() - self._began
        self._agent.add(frame.samples, now + self._transport.delay)
        self._transport.play(frame)
        self._write(now)

    def clear(self) -> None:
        """See Transport; what was not heard is not in the recording."""
        self._transport.clear()
        self._agent.cut(self._clock() - self._began + self._transport.delay)

    @property
    def delay(self) -> float:
        """See Transport."""
        return self._transport.delay

    def close(self) -> None:
        """Write what is left; both sides end together."""
        end = max(self._caller.end, self._agent.end)
        self._caller.fill(end)
        self._agent.fill(end)
        self._flush(end)
        try:
            self._file.close()
        except OSError as error:
            self._fail(error)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _write(self, now: float) -> None:
        past = round((now - _BEHIND) * self.rate)
        self._caller.fill(past)
        self._agent.fill(past)
        ready = min(self._caller.end, self._agent.end)
        if ready - self._caller.begin >= _BLOCK * self.rate:
            self._flush(ready)

    def _flush(self, end: int) -> None:
        stereo = np.stack((self._caller.take(end), self._agent.take(end)), axis=1)
        if self.failure is None:
            try:
                self._file.writeframes(stereo.astype("<i2").tobytes())
            except OSError as error:
                self._fail(error)

    def _fail(self, error: OSError) -> None:
        if self.failure is None:
            _log.warning("the recording stops here: %s", error.strerror)
        self.failure = error


class _Side:
    """The samples of one side from sample `begin` to sample `end` of the call, those before being written already."""

    def __init__(self, rate: int, patience: float) -> None:
        self.begin = self.end = 0
        self._rate = rate
        self._patience = round(patience * rate)
        self._kept: list[NDArray[np.int16]] = []
        self._late = 0
        self._least = 0

    def add(self, samples: NDArray[np.int16], at: float) -> None:
        """`samples`, of which the first belongs at `at` seconds."""
        gap = round(at * self._rate) - self.end
        if gap <= _LATE * self._rate:
            self._late = 0
        else:
            self._least = min(self._least, gap) if self._late else gap
            self._late += len(samples)
            if self._late > self._patience:
                self.fill(self.end + self._least)
                self._late = 0
        self._append(samples)

    def fill(self, end: int) -> None:
        """Silence up to `end`, if the side is not there yet."""
        if end > self.end:
            self._append(np.zeros(end - self.end, dtype=np.int16))

    def cut(self, end: float) -> None:
        """What is later than `end` seconds did not happen; what has been taken did."""
        last = max(self.begin, round(end * self._rate))
        if last < self.end:
            joined = np.concatenate(self._kept)
            self._kept = [joined[: last - self.begin]]
            self.end = last

    def take(self, end: int) -> NDArray[np.int16]:
        """What is kept up to `end`, which must not be beyond this side's; it is forgotten."""
        joined = np.concatenate((*self._kept, np.zeros(0, dtype=np.int16)))
        size = end - self.begin
        self._kept = [joined[size:]]
        self.begin = end
        return joined[:size]

    def _append(self, samples: NDArray[np.int16]) -> None:
        self._kept.append(samples)
        self.end += len(samples)
