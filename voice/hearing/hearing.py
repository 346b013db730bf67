"""The microphone side: audio -> VAD -> speech gate, and for each utterance audio -> STT; what is heard goes to the
session's inbox.

An utterance begins when the gate opens and no utterance is open, or when the session says so; it spans pauses and ends
when the session says so (the turn was decided, or it was nothing). Its audio is kept until then: for the turn detector,
and to begin again when the STT breaks. Everything has its time from its place in the audio, not from when it arrived.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable

import numpy as np
from numpy.typing import NDArray

from voice.audio import SPEECH_RATE, AudioFrame, Rechunker, Resampler, to_float
from voice.errors import ProviderError, ProviderUnavailable
from voice.events import Event, Failed, UserNotUnderstood, UserSpeechStarted, UserSpeechStopped
from voice.hearing.audio_clock import AudioClock
from voice.hearing.sound_level import Loudness, SoundLevel
from voice.hearing.speech_gate import GateClosed, GateOpened, SpeechGate
from voice.policy import GatePolicy, ReplyPolicy
from voice.streams import closing
from voice.stt import STT, Pause
from voice.turn.events import (
    MaybeSpeech,
    SpeechStarted,
    SpeechStopped,
    Transcribed,
    TranscriptionFailed,
    TurnEvent,
    Voted,
)
from voice.vad import VAD, WINDOW

__all__ = ["Hearing"]

_SECONDS = WINDOW / SPEECH_RATE
_DETECTOR_AUDIO = 8.0
"""Seconds of a turn that a turn detector is given: Smart Turn's window."""
_IDLE = 15
"""Windows that wait for the VAD (0.5 s) while nobody speaks and the room is quiet: together they cost a third."""
_SPEAKING = 3
"""Windows that wait (0.1 s) while somebody speaks aloud, which cannot be a pause."""
_VOICED = 1.0
"""Seconds of speech without a word that are no noise: the STT is asked again, and then the user."""
_CLOSE_LEAD = 3
"""Windows (0.1 s) before speech that it is asked again with: a recogniser loses fewer words in a close cut."""
_PRESSED_LATE = round(0.4 / _SECONDS)
"""Windows that an utterance begun by hand reaches back: people speak before their finger has reached the key."""
_LONGEST = 120.0
"""Seconds of one utterance that are kept for beginning again."""


class _Utterance:
    """What is being heard: its audio, and the queue that feeds the STT."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.heard: deque[AudioFrame | Pause] = deque(maxlen=round(_LONGEST / _SECONDS))
        self.queue: asyncio.Queue[AudioFrame | Pause] = asyncio.Queue(maxsize=self.heard.maxlen or 0)
        self.pauses = 0
        self.finals = 0
        self.voiced = 0.0
        """Seconds of speech."""
        self.lead = self.silent = 0
        """Windows before the first speech, and after the last up to the pause."""
        self.task: asyncio.Task[None] | None = None
        self.limit: asyncio.Timeout | None = None

    def pause(self, stall: float) -> None:
        """The user paused: a final transcript is due within `stall` seconds."""
        if self.heard and isinstance(self.heard[-1], Pause):
            return  # asked already, and nothing was heard since
        self.pauses += 1
        self.push(Pause())
        if self.limit:
            self.limit.reschedule(asyncio.get_running_loop().time() + stall)

    def push(self, item: AudioFrame | Pause) -> None:
        self.heard.append(item)
        if self.queue.full():  # the STT is two minutes behind: drop the oldest rather than grow
            self.queue.get_nowait()
        self.queue.put_nowait(item)

    def again(self) -> None:
        """Everything once more, for a new stream."""
        self.queue = asyncio.Queue(maxsize=self.queue.maxsize)
        for item in self.heard:
            self.queue.put_nowait(item)
        self.finals = 0

    async def close_cut(self) -> AsyncIterator[AudioFrame | Pause]:
        """All up to the last pause once more, with little silence around it."""
        items = list(self.heard)
        while items and not isinstance(items[-1], Pause):
            items.pop()
        frames = [item for item in items if isinstance(item, AudioFrame)]
        for frame in frames[max(0, self.lead - _CLOSE_LEAD) : len(frames) - max(0, self.silent - 1)]:
            yield frame
        yield Pause()

    async def audio(self) -> AsyncIterator[AudioFrame | Pause]:
        queue = self.queue
        while True:
            yield await queue.get()


class Hearing:
    """One caller's ear. `post` takes what the turn machine should know, `emit` what the world should.

    `stt` is asked for the STT of each utterance: the agent may change in mid-call; without one no words are heard.
    `manual`: the session alone begins utterances and asks for their final text. `min_overlap`: seconds of speech that
    count while the agent is heard.
    """

    def __init__(
        self,
        vad: VAD,
        stt: Callable[[], STT | None],
        gate: GatePolicy,
        policy: ReplyPolicy,
        post: Callable[[TurnEvent], None],
        emit: Callable[[Event], None],
        manual: bool = False,
        min_overlap: float = 0.0,
    ) -> None:
        self.seconds = 0.0
        """Of audio that came in."""
        self._manual = manual
        self._vad = vad
        self._stt = stt
        self._gate = SpeechGate(gate)
        self._policy = policy
        self._post = post
        self._emit = emit
        self._clock = AudioClock()
        self._level = SoundLevel()
        self._prefix = round(gate.prefix_padding / _SECONDS)
        self._threshold = gate.threshold
        self._min_speech, self._min_overlap = gate.min_speech, max(gate.min_speech, min_overlap)
        # Speech is noticed `min_overlap` too late, and later where the windows before it were kept waiting.
        keep = self._prefix + round(self._min_overlap / _SECONDS) + 1 + _IDLE
        self._recent: deque[NDArray[np.int16]] = deque(maxlen=keep)
        self._arrived = self._judged = 0
        """Windows."""
        self._spoke_since = 0.0
        self._told = 0
        """Windows up to the last pause: what was said before it belongs to the utterance that has heard it."""
        self._failure: ProviderError | None = None
        self._utterance: _Utterance | None = None
        self._numbers = 0
        self._tasks: asyncio.TaskGroup

    async def run(self, microphone: AsyncIterator[AudioFrame]) -> None:
        """Listen until the caller hangs up. Raises ProviderError when the VAD breaks."""
        loop = asyncio.get_running_loop()
        resampler, windows = Resampler(SPEECH_RATE), Rechunker(WINDOW)
        vad = self._vad.stream(self._hear, self._fail)
        try:
            async with asyncio.TaskGroup() as self._tasks, closing(microphone) as frames:
                async for frame in frames:
                    self._clock.arrived(frame.duration, loop.time())
                    self.seconds += frame.duration
                    for window in windows.push(resampler.push(frame).samples):
                        self._keep(window)
                        vad.push(window, self._patience(window))
                    if self._failure:
                        raise self._failure
                self._drop_utterance()
        finally:
            vad.close()

    def open_utterance(self) -> int:
        """Begin an utterance now, with what was said just before, if none is open; returns its number."""
        return self._open(self._arrived - max(self._prefix, _PRESSED_LATE)).number

    def over_agent(self, heard: bool) -> None:
        """Whether the agent is heard now: short sounds of a listener do not count then."""
        self._gate.min_speech = self._min_overlap if heard else self._min_speech

    def flush(self) -> None:
        """Ask the STT for the final transcript of the open utterance now, as in a pause."""
        if self._utterance:
            self._utterance.pause(self._policy.stall_timeout)

    def end_utterance(self) -> None:
        """The session has dealt with what was heard; if the user is speaking again already, that is a new utterance."""
        if self._utterance:
            self._drop_utterance()
            if self._gate.open and not self._manual:
                utterance = self._open(self._arrived - self._prefix)
                self._post(SpeechStarted(asyncio.get_running_loop().time(), utterance.number))

    def _drop_utterance(self) -> None:
        if self._utterance and self._utterance.task:
            self._utterance.task.cancel()
            self._utterance.task = None  # or each would hold the other, with all the audio, until garbage is collected
        self._utterance = None

    @property
    def turn_audio(self) -> NDArray[np.float32]:
        """The end of the open utterance with the silence after it: float32, 16 kHz, at most 8 s, shape (n,)."""
        heard = self._utterance.heard if self._utterance else ()
        frames = [item.samples for item in heard if isinstance(item, AudioFrame)]
        recent = frames[-round(_DETECTOR_AUDIO / _SECONDS) :]
        return to_float(np.concatenate(recent)) if recent else np.zeros(0, dtype=np.float32)

    def _patience(self, window: NDArray[np.int16]) -> int:
        """How many windows may wait for the VAD: only where its word could change nothing."""
        match self._level.arrive(window):
            case Loudness.ROOM if self._gate.idle:
                return _IDLE
            case Loudness.SPEECH if self._gate.open:
                return _SPEAKING
        return 0

    def _keep(self, window: NDArray[np.int16]) -> None:
        self._arrived += 1
        self._recent.append(window)
        if self._utterance:
            self._utterance.push(AudioFrame(window, SPEECH_RATE))

    def _hear(self, probability: float) -> None:
        """The VAD's word on the next window."""
        self._judged += 1
        maybe = self._gate.maybe
        quiet = self._level.judged(probability >= self._threshold, anybody=self._gate.open)
        match self._gate.process(probability, _SECONDS, quiet):
            case GateOpened(ago):
                at, since = self._when(ago)
                self._spoke_since = at
                began = self._judged - round(ago / _SECONDS)
                self._emit(UserSpeechStarted(since))
                if not self._manual:
                    self._post(SpeechStarted(at, self._open(began - self._prefix).number))
            case GateClosed(ago):
                at, since = self._when(ago)
                silent = int(ago / _SECONDS)
                if self._utterance:
                    self._utterance.voiced += at - self._spoke_since
                    self._utterance.silent = silent
                if not self._manual:
                    self._told = self._judged - silent
                    self.flush()
                self._emit(UserSpeechStopped(since))
                if not self._manual:
                    self._post(SpeechStopped(at))
            case None if self._utterance and self._gate.maybe != maybe:
                self._post(MaybeSpeech(self._gate.maybe))

    def _fail(self, failure: ProviderError) -> None:
        self._failure = failure

    def _when(self, ago: float) -> tuple[float, float]:
        """The loop time `ago` seconds before the end of the last window that was judged, and how long ago that is."""
        at = self._clock.time_of(self._judged * _SECONDS - ago)
        return at, asyncio.get_running_loop().time() - at

    def _open(self, begin: int) -> _Utterance:
        """The open utterance; a new one hears from window number `begin` on."""
        if self._utterance is None:
            self._utterance = _Utterance(self._numbers)
            self._numbers += 1
            self._utterance.lead = self._prefix
            first = self._arrived - len(self._recent)
            for window in list(self._recent)[max(0, max(begin, self._told) - first) :]:
                self._utterance.push(AudioFrame(window, SPEECH_RATE))
            if stt := self._stt():
                self._utterance.task = self._tasks.create_task(self._transcribe(stt, self._utterance))
        return self._utterance

    async def _transcribe(self, stt: STT, utterance: _Utterance) -> None:
        """The STT for one utterance, begun again with all its audio when it could not be reached."""
        for attempt in range(self._policy.retries + 1):
            try:
                await self._transcribe_once(stt, utterance)
                return
            except ProviderError as error:
                self._emit(Failed(error.stage, error.code, str(error)))
                if not isinstance(error, ProviderUnavailable) or attempt == self._policy.retries:
                    break
            await asyncio.sleep(self._policy.retry_delay * 2**attempt)
            utterance.again()
        self._post(TranscriptionFailed(utterance.number))

    async def _ask_again(self, stt: STT, utterance: _Utterance) -> str:
        """The words of speech in which the STT heard none, from another cut; where it stays so the user is asked."""
        async with asyncio.timeout(self._policy.stall_timeout), closing(stt.transcribe(utterance.close_cut())) as again:
            async for transcript in again:
                if transcript.final and transcript.text:
                    return transcript.text
                if transcript.final:
                    break
        self._emit(UserNotUnderstood(utterance.voiced))
        self._post(TranscriptionFailed(utterance.number, empty=True))
        return ""

    async def _transcribe_once(self, stt: STT, utterance: _Utterance) -> None:
        stall = self._policy.stall_timeout
        due = asyncio.get_running_loop().time() + stall if utterance.pauses else None
        try:
            async with (
                asyncio.timeout_at(due) as utterance.limit,
                closing(stt.transcribe(utterance.audio())) as transcripts,
            ):
                async for transcript in transcripts:
                    utterance.finals += transcript.final
                    final = transcript.final and utterance.finals >= utterance.pauses
                    if final:
                        utterance.limit.reschedule(None)
                    stable = transcript.stable or transcript.final
                    text = transcript.text
                    if final and not text and utterance.voiced >= _VOICED:
                        text = await self._ask_again(stt, utterance)
                    self._post(Transcribed(utterance.number, text, final, stable))
                    if transcript.end_of_turn is not None:
                        self._post(Voted("stt", None, transcript.end_of_turn))
        except TimeoutError as error:
            raise ProviderUnavailable("stt", "transcription", f"no text for {stall:g} s") from error
        finally:
            utterance.limit = None
        raise ProviderUnavailable("stt", "transcription", "the stream ended while the user was still there")
