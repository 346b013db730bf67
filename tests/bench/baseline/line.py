"""A caller's line for the benches. It judges from outside: what was spoken when, what was handed over when, and what
the loudspeaker made of it. Knows nothing of how the product hears."""

import asyncio
from bisect import bisect_left
from collections.abc import AsyncIterator, Sequence

import numpy as np
from numpy.typing import NDArray

from tests.fakes.loudspeaker import Loudspeaker
from voice.audio import AudioFrame


class Line:
    """A transport that says `track` (int16, `rate` Hz), round and round from sample `begin` on, for `seconds`, in
    frames of `frame` seconds, each when its last sample was spoken.

    `ends`: samples of the track at which speech ends. `phase`, `speaker_phase`: seconds until the first sample is
    spoken and until the loudspeaker's first period.
    """

    def __init__(
        self,
        track: NDArray[np.int16],
        ends: Sequence[int],
        seconds: float,
        *,
        rate: int = 16_000,
        frame: float = 0.02,
        begin: int = 0,
        phase: float = 0.0,
        speaker_phase: float = 0.0,
    ) -> None:
        self.rate = 24_000  # what `play` wants
        self._track = track  # shared: what a caller says is no memory of the conversation
        self._ends = ends
        self._seconds = seconds
        self._heard_rate = rate
        self._size = round(frame * rate)
        self._begin = begin
        self._phase = phase
        self.began = 0.0
        self.behind = 0.0
        self.handed: list[float] = []
        clock = asyncio.get_running_loop().time
        self.speaker = Loudspeaker(clock, phase=clock() + speaker_phase)

    async def microphone(self) -> AsyncIterator[AudioFrame]:
        loop = asyncio.get_running_loop()
        self.began = began = loop.time() + self._phase
        place = self._begin
        for number in range(1, round(self._seconds * self._heard_rate) // self._size + 1):
            due = began + number * self._size / self._heard_rate
            now = loop.time()
            if due > now:
                await asyncio.sleep(due - now)
                now = loop.time()
            self.behind = max(self.behind, now - due)
            frame = self._track[place : place + self._size]
            place += self._size
            if place >= len(self._track):
                place -= len(self._track)
                frame = np.concatenate((frame, self._track[:place]))
            yield AudioFrame(frame, self._heard_rate)

    def play(self, frame: AudioFrame) -> None:
        self.handed.append(asyncio.get_running_loop().time())
        self.speaker.play(frame)

    def clear(self) -> None:
        self.speaker.clear()

    @property
    def delay(self) -> float:
        return self.speaker.delay

    def spoken_at(self, sample: int) -> float:
        """The loop time at which a sample of the track was spoken first."""
        return self.began + (sample - self._begin) % len(self._track) / self._heard_rate

    def answers(self) -> list[float]:
        """For each end of speech that was answered: seconds until the first frame of the answer was handed over."""
        rounds = len(self._track) / self._heard_rate
        limit = self.began + self._seconds
        ends = sorted(
            at
            for end in self._ends
            for turn in range(int(self._seconds / rounds) + 1)
            if (at := self.spoken_at(end) + turn * rounds) < limit
        )
        waits = []
        for end, following in zip(ends, [*ends[1:], float("inf")], strict=True):
            first = bisect_left(self.handed, end)
            if first < len(self.handed) and self.handed[first] < following:
                waits.append(self.handed[first] - end)
        return waits


def speech_ends(sound: NDArray[np.int16]) -> int:
    """The sample after the last that is at least 1 % (-40 dB) of the loudest."""
    loudness = np.abs(sound.astype(np.int32))
    return int(np.flatnonzero(loudness >= 0.01 * loudness.max())[-1]) + 1
