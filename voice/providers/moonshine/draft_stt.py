"""Streaming out of a recogniser that does not stream: the growing window is transcribed again and again, each time
with the answer before as a draft.

Whatever takes time happens in worker threads; nothing here does but keep count. While the user speaks a partial
transcript is made every half second of audio and handed out with the next frame; a pause has priority over it.
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from voice.audio import SPEECH_RATE, AudioFrame, to_float
from voice.errors import ProviderMisbehaved
from voice.providers.moonshine.recogniser import Tokens
from voice.streams import closing
from voice.stt import Pause, Transcript

__all__ = ["CUT", "LONGEST", "PARTIAL", "SOONEST", "DraftSTT", "Drafting", "Working", "quietest"]

T = TypeVar("T")

PARTIAL = 0.5
"""Seconds of new audio after which a partial transcript is made, at most."""
SOONEST = 0.12
"""Seconds after which one is made at the beginning, when it is soon known who takes the floor."""
_SHARE = 0.2
"""Of the audio so far that must be new."""
CUT = 15.0
"""Seconds of window from which on it ends at the next pause: its text is kept, its audio is not looked at again."""
LONGEST = 20.0
"""Seconds of window that end without a pause, at the quietest place of the last five seconds."""
_QUIET = 0.1
"""Seconds that are looked at together for being quiet."""

_URGENT = 1


class Drafting(Protocol):
    """A recogniser that can start from a draft; `voice.providers.recogniser.Recogniser` is one."""

    def tokens(self, samples: NDArray[np.float32], draft: Tokens, stopped: Callable[[], bool]) -> Tokens:
        """Blocks; float32, 16 kHz, shape (n,)."""
        ...

    def text(self, tokens: Tokens) -> str:
        """What they say."""
        ...


class Working(Protocol):
    """Whoever does jobs elsewhere; `voice.providers.workers.Workers` does."""

    def submit(self, job: Callable[[], T], urgency: int = 0) -> "asyncio.Future[T]":
        """The result to come."""
        ...


class _Work:
    """A transcription under way in a worker: of the first `length` samples of the window."""

    def __init__(self, done: "asyncio.Future[Tokens]", stopped: threading.Event, length: int, *, cutting: bool) -> None:
        self.done = done
        self.length = length
        self.cutting = cutting
        self._stopped = stopped

    def stop(self) -> None:
        self._stopped.set()
        if self.done.done() and not self.done.cancelled():
            self.done.exception()  # Nobody will ask for it, which asyncio would complain of.
        self.done.cancel()


@dataclass(slots=True)
class _Turn:
    """What is known of one user turn."""

    before: str = ""
    """Text of the windows that are over."""
    frames: list[NDArray[np.int16]] = field(default_factory=list)
    length: int = 0
    """Samples of the present window."""
    tried: int = 0
    """Samples it had when it was last transcribed."""
    draft: Tokens = ()
    said: Transcript = field(default_factory=lambda: Transcript(""))
    """What was last handed out."""

    def hear(self, frame: AudioFrame) -> None:
        if frame.rate != SPEECH_RATE:
            raise ValueError(f"speech comes at {SPEECH_RATE} Hz, not at {frame.rate}")
        self.frames.append(frame.samples)
        self.length += len(frame.samples)

    @property
    def step(self) -> float:
        """Samples of new audio after which it is transcribed again."""
        if not self.tried:
            return PARTIAL * SPEECH_RATE
        return max(SOONEST * SPEECH_RATE, min(PARTIAL * SPEECH_RATE, _SHARE * self.length))

    def window(self) -> NDArray[np.int16]:
        if len(self.frames) != 1:
            self.frames = [np.concatenate(self.frames)] if self.frames else [np.zeros(0, dtype=np.int16)]
        return self.frames[0]

    def text(self, latest: str) -> str:
        return f"{self.before} {latest}".strip()

    def cut(self, length: int, latest: str) -> None:
        """The first `length` samples of the window are over; they said `latest`."""
        self.before = self.text(latest)
        rest = self.window()[length:]
        self.frames, self.length = [rest], len(rest)
        self.tried, self.draft = 0, ()


class DraftSTT:
    """STT over a `recogniser`; `name` is for error messages. All calls of the process share `workers`."""

    def __init__(self, recogniser: Drafting, workers: Working, name: str) -> None:
        self._recogniser = recogniser
        self._workers = workers
        self._name = name

    async def transcribe(self, audio: AsyncIterator[AudioFrame | Pause]) -> AsyncIterator[Transcript]:
        """See STT. Raises ProviderMisbehaved."""
        turn = _Turn()
        work: _Work | None = None
        try:
            async with closing(audio) as items:
                async for item in items:
                    if isinstance(item, Pause):
                        if work and work.done.done():
                            self._partial(turn, work, await self._result(work))
                        elif work:
                            work.stop()
                        work = self._begin(turn, turn.length, urgency=_URGENT)
                        yield self._final(turn, await self._result(work))
                        work = None
                        continue
                    turn.hear(item)
                    if work and work.done.done():
                        partial = self._partial(turn, work, await self._result(work))
                        work = None
                        if partial:
                            yield partial
                    if work is None and turn.length - turn.tried >= turn.step:
                        work = self._begin_partial(turn)
        finally:
            if work:
                work.stop()

    def _begin_partial(self, turn: _Turn) -> _Work:
        if turn.length < LONGEST * SPEECH_RATE:
            return self._begin(turn, turn.length)
        return self._begin(turn, quietest(turn.window(), round(CUT * SPEECH_RATE)), cutting=True)

    def _begin(self, turn: _Turn, length: int, *, urgency: int = 0, cutting: bool = False) -> _Work:
        turn.tried = turn.length
        samples, draft, stopped = turn.window()[:length], turn.draft, threading.Event()

        def job() -> Tokens:
            return self._recogniser.tokens(to_float(samples), draft, stopped.is_set)

        return _Work(self._workers.submit(job, urgency), stopped, length, cutting=cutting)

    async def _result(self, work: _Work) -> Tokens:
        try:
            return await work.done
        except Exception as error:
            raise ProviderMisbehaved("stt", self._name, f"inference failed: {error}") from error

    def _final(self, turn: _Turn, tokens: Tokens) -> Transcript:
        latest = self._recogniser.text(tokens)
        turn.draft = tokens
        turn.said = Transcript(turn.text(latest), final=True, stable=True)
        if turn.length >= CUT * SPEECH_RATE:
            turn.cut(turn.length, latest)
        return turn.said

    def _partial(self, turn: _Turn, work: _Work, tokens: Tokens) -> Transcript | None:
        """None if it says nothing new."""
        latest = self._recogniser.text(tokens)
        if work.cutting:
            turn.cut(work.length, latest)
            return None
        turn.draft = tokens
        text = turn.text(latest)
        agreed = bool(text) and text == turn.said.text
        if text == turn.said.text and (turn.said.stable or not agreed):
            return None
        turn.said = Transcript(text, stable=agreed)
        return turn.said


def quietest(samples: NDArray[np.int16], start: int) -> int:
    """Where to cut int16 `samples`: the middle of the 0.1 s with the least energy from `start` on."""
    size = round(_QUIET * SPEECH_RATE)
    count = (len(samples) - start) // size
    blocks = samples[start : start + count * size].astype(np.float64).reshape(count, size)
    return start + int((blocks**2).sum(axis=1).argmin()) * size + size // 2
