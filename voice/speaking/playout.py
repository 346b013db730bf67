"""Paces a reply's audio out in real time; knows what has been heard; holds, pauses, resumes.

    held (not committed) --release--> running <--pause / resume--> paused

A frame is handed to the transport only while running, so nothing is played after `pause` returns.
"""

import asyncio
from collections import deque
from collections.abc import Callable

from voice.audio import AudioFrame, Resampler
from voice.speaking.cursor import Cursor
from voice.transport import Transport
from voice.tts import Speech

__all__ = ["Playout"]

FRAME = 0.02
"""Seconds of audio handed over at a time: what RTP and LiveKit carry, and the longest a pause can lag."""

AHEAD = 30.0
"""Seconds of synthesised audio that may wait; a TTS that is further ahead is made to wait instead."""


class Playout:
    """The output of one reply. `transport` may be None: then text counts as heard when it is released."""

    def __init__(
        self, transport: Transport | None, on_audible: Callable[[], None], on_said: Callable[[str], None]
    ) -> None:
        self._transport = transport
        self._on_audible = on_audible
        self._on_said = on_said
        self._queue: deque[tuple[Cursor, AudioFrame]] = deque()
        self._queued = 0.0
        self._released = self._finished = self._paused = self._audible = False
        self._changed = asyncio.Event()
        self._room = asyncio.Event()
        self._cursor = Cursor()
        self._resampler = Resampler(transport.rate) if transport else None

    def stretch(self) -> Cursor:
        """Begin a new stretch of speech (an LLM step); returns the cursor that will know what was heard of it."""
        self._cursor.finish()
        self._cursor = Cursor()
        return self._cursor

    async def put(self, speech: Speech) -> None:
        """Queue `speech` behind all there is; waits while more than AHEAD seconds are queued."""
        while self._queued > AHEAD:
            self._room.clear()
            await self._room.wait()
        self._cursor.append(speech)
        if len(speech.audio.samples) and self._resampler:
            self._push(self._resampler.push(speech.audio))
        else:
            self._push(speech.audio)

    def clear(self) -> None:
        """Forget what is queued (nothing of it may have been played)."""
        self._queue.clear()
        self._queued = 0.0
        self._room.set()

    def finish(self) -> None:
        """Nothing more will be queued: `run` returns when all of it has been played."""
        self._cursor.finish()
        if self._resampler:
            self._push(self._resampler.flush())
        self._finished = True
        self._changed.set()

    def release(self) -> None:
        """The turn is decided: from now on it may be heard."""
        self._released = True
        self._changed.set()

    def pause(self) -> None:
        """Hand over no further frame."""
        self._paused = True

    def resume(self) -> None:
        """Go on where `pause` stopped."""
        self._paused = False
        self._changed.set()

    async def run(self) -> None:
        """Play until finished; cancel to stop for good."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            while not (self._queue and self._released and not self._paused):
                if self._finished and not self._queue:
                    return
                self._changed.clear()
                await self._changed.wait()
                due = max(due, loop.time())
            seconds = self._play_one()
            due += seconds
            if due > loop.time():
                await asyncio.sleep(due - loop.time())

    def _push(self, audio: AudioFrame) -> None:
        self._queue.append((self._cursor, audio))
        self._queued += audio.duration
        self._changed.set()

    def _play_one(self) -> float:
        """Hand over the next frame; returns its length in seconds, 0 for text without sound."""
        cursor, audio = self._queue[0]
        size = round(FRAME * audio.rate)
        frame = AudioFrame(audio.samples[:size], audio.rate)
        if len(audio.samples) > size:
            self._queue[0] = (cursor, AudioFrame(audio.samples[size:], audio.rate))
        else:
            self._queue.popleft()
        if self._transport and len(frame.samples):
            self._transport.play(frame)
        self._queued -= frame.duration
        self._room.set()
        said = cursor.advance(frame.duration)
        if not self._audible and (said or len(frame.samples)):
            self._audible = True
            self._on_audible()
        for text in said:
            self._on_said(text)
        return frame.duration
