"""The one mouth: paces the audio of whoever has it, in real time, and knows what has been heard.

    held (nobody's) --attach--> running <--pause / resume--> paused

Every item has a track; audio waits in it until the track is attached. Nothing is played after `pause`, `detach` or
`stop` return: what was handed over and not heard yet is taken back from the transport (`Transport.clear`, `delay`).
"""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from voice.audio import AudioFrame, Resampler
from voice.speaking.cursor import Cursor
from voice.transport import Transport
from voice.tts import Speech

__all__ = ["AHEAD", "FRAME", "Output", "Track"]

FRAME = 0.02
"""Seconds of audio handed over at a time, as RTP and LiveKit carry it; a pause takes back what has not sounded."""

_TRIM = 25
"""Frames handed over after which those that were heard are forgotten: asking the transport costs as much as playing."""

AHEAD = 30.0
"""Seconds of synthesised audio that may wait in a track; a TTS that is further ahead is made to wait instead."""


class Track:
    """What one item has to say, in the order in which it was put. `rate`: Hz of the loudspeaker, None without one."""

    def __init__(self, number: int, rate: int | None, changed: Callable[[], None] = lambda: None) -> None:
        self.number = number
        self.spoken = 0.0
        """Seconds of it that were handed over and not taken back."""
        self.queue: deque[tuple[Cursor, AudioFrame]] = deque()
        self.finished = False
        self.resting = False
        self.audible = False
        """Something of it was played."""
        self.over = asyncio.Event()
        """All of it was heard, or it was stopped."""
        self._changed = changed
        self._queued = 0.0
        self._taken = 0
        """Samples taken of the first in the queue."""
        self._room = asyncio.Event()
        self._cursor = Cursor()
        self._resampler = Resampler(rate) if rate else None

    def stretch(self) -> Cursor:
        """Begin a new stretch of speech (an LLM step); returns the cursor that will know what was heard of it."""
        self._cursor.finish()
        self._cursor = Cursor()
        return self._cursor

    async def put(self, speech: Speech) -> None:
        """Queue `speech` behind all there is; waits while more than AHEAD seconds are queued."""
        while self._queued > AHEAD and not self.over.is_set():
            self._room.clear()
            await self._room.wait()
        if self.over.is_set():
            return
        self.resting = False
        self._cursor.append(speech)
        if len(speech.audio.samples) and self._resampler:
            self._push(self._resampler.push(speech.audio))
        else:
            self._push(speech.audio)

    def rest(self) -> None:
        """Nothing will be put for a while: a tool is waited for."""
        self.resting = True
        self._changed()

    def finish(self) -> None:
        """Nothing more will be put."""
        self._cursor.finish()
        if self._resampler:
            self._push(self._resampler.flush())
        self.finished = True
        self._changed()

    def clear(self) -> None:
        """Forget what is queued."""
        self.queue.clear()
        self._taken = 0
        self._queued = 0.0
        self._room.set()

    def end(self) -> None:
        """It is over: heard, or stopped."""
        self.clear()
        self.over.set()

    def take(self, seconds: float) -> tuple[Cursor, AudioFrame]:
        """The next frame, at most `seconds` long."""
        cursor, audio = self.queue[0]
        begin, end = self._taken, self._taken + round(seconds * audio.rate)
        if end < len(audio.samples):
            self._taken = end
        else:
            self._taken = 0
            self.queue.popleft()
        frame = AudioFrame(audio.samples[begin:end], audio.rate)
        self._queued -= frame.duration
        if self._queued <= AHEAD:
            self._room.set()
        return cursor, frame

    def take_back(self, cursor: Cursor, frame: AudioFrame) -> None:
        """`frame` was taken and will not be heard now."""
        if self._taken:
            rest_of, audio = self.queue[0]
            self.queue[0] = (rest_of, AudioFrame(audio.samples[self._taken :], audio.rate))
            self._taken = 0
        self.queue.appendleft((cursor, frame))
        self._queued += frame.duration

    def _push(self, audio: AudioFrame) -> None:
        self.queue.append((self._cursor, audio))
        self._queued += audio.duration
        self._changed()


class Output:
    """The loudspeaker of a session. Without a `transport` text counts as heard when its track is attached.

    `on_audible(number, first)`: a track is heard, for the first time or again after a rest or an interlude.
    `on_said(number, text)`: it begins to say `text`. `on_drained(number)`: it rests, and all of it so far was heard.
    """

    def __init__(
        self,
        transport: Transport | None,
        on_audible: Callable[[int, bool], None],
        on_said: Callable[[int, str], None],
        on_drained: Callable[[int], None],
    ) -> None:
        self.seconds = 0.0
        """Of audio that was played in all."""
        self._transport = transport
        self._on_audible = on_audible
        self._on_said = on_said
        self._on_drained = on_drained
        self._track: Track | None = None
        self._paused = False
        self._silent = True
        """The track was not heard since it was attached, or rested."""
        self._handed_over: deque[tuple[Track, Cursor, AudioFrame]] = deque()
        """What may not have been heard yet, newest last."""
        self._changed = asyncio.Event()

    def track(self, number: int, audible: bool) -> Track:
        """A new track; `audible`: it is played, and not only written."""
        rate = self._transport.rate if self._transport and audible else None
        return Track(number, rate, self._changed.set)

    def attach(self, track: Track) -> None:
        """`track` has the mouth."""
        self._track = track
        self._silent = True
        self._changed.set()

    def detach(self) -> None:
        """Nobody has the mouth; what the track had still to say stays in it."""
        self._take_back()
        self._track = None

    def stop(self, track: Track) -> None:
        """It is over for `track`: what was not heard will not be."""
        if track is self._track:
            self.detach()
        track.end()

    def pause(self) -> None:
        """Be silent."""
        self._paused = True
        self._take_back()

    def resume(self) -> None:
        """Go on where `pause` stopped."""
        self._paused = False
        self._changed.set()

    async def run(self) -> None:
        """Play until cancelled."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            track = self._track
            if track is None or self._paused or not track.queue:
                if track is not None and not self._paused and await self._exhausted(track):
                    continue
                self._changed.clear()
                if self._waits(track):
                    await self._changed.wait()
                due = max(due, loop.time())
                continue
            due += self._play_one(track)
            if due > loop.time():
                await asyncio.sleep(due - loop.time())

    def _waits(self, track: Track | None) -> bool:
        """Whether there is still nothing to do, after whatever happened while the last sounds were waited for."""
        return self._track is track and (track is None or self._paused or not track.queue)

    async def _exhausted(self, track: Track) -> bool:
        """All that there is was handed over: when it was heard, the track is over, or says that it rests.

        Returns whether something else happened meanwhile: then it is to be seen again what there is to do.
        """
        if not (track.finished or track.resting):
            return False
        if self._transport and (delay := self._transport.delay) > 0:
            self._changed.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(delay):
                    await self._changed.wait()
            if self._changed.is_set():
                return True
        self._handed_over.clear()
        if track.finished:
            self._track = None
            track.end()
        elif not track.over.is_set() and track.resting:
            track.resting = False
            self._silent = True
            self._on_drained(track.number)
        return False

    def _play_one(self, track: Track) -> float:
        """Hand over the next frame; returns its length in seconds, 0 for text without sound."""
        cursor, frame = track.take(FRAME)
        audible = len(frame.samples) > 0
        if self._transport and audible:
            self._transport.play(frame)
            self._handed_over.append((track, cursor, frame))
            if len(self._handed_over) > _TRIM:
                self._forget_heard()
        seconds = frame.duration
        track.spoken += seconds
        self.seconds += seconds
        said = cursor.advance(seconds)
        if self._silent and (said or audible):
            self._silent = False
            first, track.audible = not track.audible, True
            self._on_audible(track.number, first)
        for text in said:
            self._on_said(track.number, text.strip() if audible else text)
        return seconds

    def _forget_heard(self) -> None:
        assert self._transport is not None
        unheard, held = self._transport.delay, sum(frame.duration for *_, frame in self._handed_over)
        while self._handed_over and held - self._handed_over[0][2].duration >= unheard:
            held -= self._handed_over.popleft()[2].duration

    def _take_back(self) -> None:
        """What was handed over and not heard yet is not heard; it is the first to be played when the track goes on."""
        if self._transport is None:
            return
        unheard = self._transport.delay
        self._transport.clear()
        while self._handed_over and unheard > 0:
            track, cursor, frame = self._handed_over.pop()
            rest = AudioFrame(frame.samples[-max(1, round(unheard * frame.rate)) :], frame.rate)
            unheard -= frame.duration
            cursor.advance(-rest.duration)
            track.spoken -= rest.duration
            self.seconds -= rest.duration
            track.take_back(cursor, rest)
        self._handed_over.clear()
