"""A caller made of audio files: each is played when its turn has come, in real time, with silence between them.

When that is, is told by the session's own event stream (`WavCaller.follow`) and decided by `CallScript`, which is pure:

    a clip has ended, the agent answered it and listens again    -> the next one, `GAP` seconds later
    the next clip has `after`: the agent began its answer        -> the next one, `after` seconds later, to barge in
    a clip has ended and the agent listens without an answer     -> the next one, `PATIENCE` seconds later
    the last clip was answered                                   -> hang up, `TAIL` seconds later
"""

import asyncio
import io
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import soundfile
from numpy.typing import NDArray

from voice.audio import SPEECH_RATE, AudioFrame, resample, to_int16
from voice.events import (
    AgentSpeechResumed,
    AgentSpeechStarted,
    Event,
    Record,
    ReplyEnded,
    StateChanged,
    UserNotUnderstood,
    UserTurnEnded,
)
from voice.turn.events import State

__all__ = ["CallScript", "Clip", "UnreadableAudio", "WavCaller", "read_clip"]

FRAME = 0.02
"""Seconds."""
GAP = 0.5
"""Seconds a caller thinks before going on."""
PATIENCE = 4.0
"""Seconds a caller waits for an answer while the agent is only listening; longer than it takes to notice speech."""
TAIL = 1.0
"""Seconds of line after the last answer."""

_UNKNOWN = b"\xff\xff\xff\xff"
"""A length that was not known."""


class UnreadableAudio(ValueError):
    """A file that is missing, no audio, or empty; the message names it and says why."""


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """Something the caller says. `samples`: int16, 16 kHz, shape (n,).

    `after`: seconds after the agent began its answer to the clip before (of the first clip: its greeting, or the call);
    None waits until that answer is over.
    """

    name: str
    samples: NDArray[np.int16]
    after: float | None = None


def read_clip(path: Path, after: float | None = None) -> Clip:
    """Read a file of any format, rate and number of channels that libsndfile knows. Raises UnreadableAudio."""
    if not path.exists():
        raise UnreadableAudio(f"{path}: there is no such file")
    try:
        samples, rate = _samples(path)
    except (soundfile.SoundFileError, OSError) as error:
        reason = getattr(error, "error_string", None) or str(error)
        raise UnreadableAudio(f"{path}: cannot be read as audio: {reason.strip()}") from error
    if not len(samples):
        raise UnreadableAudio(f"{path}: is empty, there is no audio in it")
    mono = AudioFrame(to_int16(samples.mean(axis=1)), rate)
    return Clip(path.name, resample(mono, SPEECH_RATE).samples, after)


def _samples(path: Path) -> tuple[NDArray[np.float32], int]:
    """Samples of shape (n, channels) and their rate in Hz."""
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    if not len(samples) and (mended := _with_sizes(path.read_bytes())):
        samples, rate = soundfile.read(io.BytesIO(mended), dtype="float32", always_2d=True)
    return samples, int(rate)


def _with_sizes(sound: bytes) -> bytes | None:
    """A WAVE or AU file whose header was written before the length was known, with the length; None for any other."""
    order: Literal["little", "big"] = "big" if sound[:4] == b"RIFX" else "little"
    if sound[:4] == b".snd" and not any(sound[8:12]):
        return sound[:8] + _UNKNOWN + sound[12:]
    at = 12
    if sound[:4] not in (b"RIFF", b"RIFX", b"RF64", b"BW64") or sound[8:at] != b"WAVE":
        return None
    while (kind := sound[at : at + 4]) != b"data":
        if len(kind) < 4:
            return None
        size = int.from_bytes(sound[at + 4 : at + 8], order)
        at += 8 + size + size % 2
    begin = at + 8
    if sound[at + 4 : begin] not in (bytes(4), _UNKNOWN):
        return None
    form = sound[:4] if order == "big" else b"RIFF"  # the sizes of 64 bits that the others have are 0, too
    whole, data = ((len(sound) - done).to_bytes(4, order) for done in (8, begin))
    return form + whole + sound[8 : at + 4] + data + sound[begin:]


class CallScript:
    """When which clip is due. Times are seconds of one clock, from `now` on."""

    def __init__(self, clips: Sequence[Clip], now: float, greeted: bool) -> None:
        """`greeted`: the agent speaks first."""
        self._clips = clips
        self.played = 0
        """How many clips have begun."""
        self.unanswered: list[str] = []
        """Names of the clips that the agent only listened to, or did not understand."""
        self._understood = True
        self._playing = False
        self._ended_at = now
        self._listening_since: float | None = now
        self._answered = not greeted
        self._answer_began: float | None = None if greeted else now

    def hear(self, event: Event, now: float) -> None:
        """Something happened in the session."""
        match event:
            case StateChanged(state):
                self._listening_since = now if state == State.LISTENING else None
            case UserNotUnderstood():
                self._understood = False
            case UserTurnEnded():
                self._understood = True
            case AgentSpeechStarted() | AgentSpeechResumed():
                self._answer_began = now
            case ReplyEnded(interrupted=True):
                self._answer_began = None
            case ReplyEnded():
                self._answered = True

    def due(self) -> float | None:
        """When the next clip begins, or the caller hangs up; None: not before something happens."""
        if self._playing:
            return None
        times = []
        if self._listening_since is not None:
            pause = PATIENCE if not self._answered else GAP if self._next else TAIL
            times.append(max(self._listening_since, self._ended_at) + pause)
        if self._next and self._next.after is not None and self._answer_began is not None:
            times.append(self._answer_began + self._next.after)
        return min(times, default=None)

    def begin(self) -> Clip | None:
        """What is due: the next clip, or None to hang up."""
        ignored = self._listening_since is not None and not self._answered
        if self.played and (ignored or not self._understood):
            self.unanswered.append(self._clips[self.played - 1].name)
        clip = self._next
        if clip is not None:
            self.played += 1
            self._playing = True
            self._understood = True
            self._answered = False
            self._answer_began = None
        return clip

    def ended(self, now: float) -> None:
        """The clip has been played to its end."""
        self._playing = False
        self._ended_at = now

    @property
    def _next(self) -> Clip | None:
        return self._clips[self.played] if self.played < len(self._clips) else None


class WavCaller:
    """A transport that plays the clips of `script`, which tells afterwards how it went."""

    rate = 24_000
    """Hz."""

    def __init__(self, script: CallScript) -> None:
        self.script = script
        self._sounds_until = 0.0

    async def follow(self, records: AsyncIterator[Record]) -> None:
        """Listen to the session (`Session.subscribe`) until it ends; run it beside the session."""
        loop = asyncio.get_running_loop()
        async for record in records:
            self.script.hear(record.event, loop.time())

    async def microphone(self) -> AsyncIterator[AudioFrame]:
        """See Transport: frames of 20 ms, each when its last sample would have been spoken, without drift."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        size = round(FRAME * SPEECH_RATE)
        rest = np.zeros(0, dtype=np.int16)
        frames = 0
        while True:
            due = self.script.due()
            if due is not None and due <= loop.time():
                clip = self.script.begin()
                if clip is None:
                    return
                rest = clip.samples
            frame = np.zeros(size, dtype=np.int16)
            frame[: len(rest[:size])] = rest[:size]
            frames += 1
            await asyncio.sleep(began + frames * FRAME - loop.time())
            yield AudioFrame(frame, SPEECH_RATE)
            if len(rest):
                rest = rest[size:]
                if not len(rest):
                    self.script.ended(loop.time())

    def play(self, frame: AudioFrame) -> None:
        """See Transport. Nobody listens, in real time; `voice.transports.recorded.Recorded` keeps it."""
        self._sounds_until = max(self._sounds_until, asyncio.get_running_loop().time()) + frame.duration

    def clear(self) -> None:
        """See Transport."""
        self._sounds_until = 0.0

    @property
    def delay(self) -> float:
        """See Transport."""
        return max(0.0, self._sounds_until - asyncio.get_running_loop().time())
