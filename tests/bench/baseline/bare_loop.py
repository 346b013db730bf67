"""The same call by hand, as a good engineer would write it for one call: the measure for `tests.bench.capacity`.

One task reads the microphone, runs Silero on every window where it stands and decides by silence; the reply is a task
that asks the LLM, speaks each sentence and paces the sound out. Same fakes, same model, same delays as the product's.
"""

import asyncio
from collections.abc import AsyncIterator

import numpy as np
from numpy.typing import NDArray
from onnxruntime import InferenceSession

from tests.bench.baseline.line import Line
from voice.audio import AudioFrame
from voice.chat import Chat, UserMessage
from voice.llm import TextDelta
from voice.models import ModelStore
from voice.providers.onnx_session import open_session
from voice.providers.scripted import ScriptedLLM, ScriptedSTT, ScriptedTTS
from voice.stt import Pause

WINDOW, CONTEXT = 512, 64
SECONDS = WINDOW / 16_000
SPEECH, SILENCE = 0.5, 0.35
MIN_SPEECH, MIN_SILENCE, ENDPOINTING = 0.15, 0.1, 0.2
PADDING = 17
FRAME = 0.02
RATE = np.array(16_000, dtype=np.int64)


def load() -> InferenceSession:
    """One session for all calls."""
    return open_session(ModelStore().path("silero-v6", None), "vad", "silero-v6")


class Silero:
    """One microphone's state."""

    def __init__(self, session: InferenceSession) -> None:
        self._session = session
        self._state = np.zeros((2, 1, 128), dtype=np.float32)
        self._input = np.zeros((1, CONTEXT + WINDOW), dtype=np.float32)

    def __call__(self, window: NDArray[np.float32]) -> float:
        self._input[0, :CONTEXT] = self._input[0, -CONTEXT:]
        self._input[0, CONTEXT:] = window
        inputs = {"input": self._input, "state": self._state, "sr": RATE}
        probability, self._state = self._session.run(None, inputs)
        return float(probability[0, 0])


class Call:
    """One conversation."""

    def __init__(self, session: InferenceSession, line: Line, stt: ScriptedSTT, llm: ScriptedLLM, tts: ScriptedTTS):
        self._vad, self._line, self._stt, self._llm, self._tts = Silero(session), line, stt, llm, tts
        self._queue: asyncio.Queue[AudioFrame | Pause] | None = None
        self._final: asyncio.Future[str] | None = None
        self._padding: list[NDArray[np.int16]] = []
        self._reply: asyncio.Task[None] | None = None
        self._stt_task: asyncio.Task[None] | None = None
        self._chat: list[UserMessage] = []

    async def run(self) -> None:
        rest = np.zeros(0, dtype=np.int16)
        async for frame in self._line.microphone():
            rest = np.concatenate((rest, frame.samples))
            while len(rest) >= WINDOW:
                self._hear(rest[:WINDOW])
                rest = rest[WINDOW:]
        for task in (self._reply, self._stt_task):
            if task is not None:
                task.cancel()

    _speech = _silence = 0.0
    _speaking = _paused = False

    def _hear(self, window: NDArray[np.int16]) -> None:
        probability = self._vad(window.astype(np.float32) / np.float32(32768))
        self._padding = [*self._padding[1 - PADDING :], window]
        if self._queue is not None:
            self._queue.put_nowait(AudioFrame(window, 16_000))
        if not self._speaking:
            self._speech = self._speech + SECONDS if probability >= SPEECH else 0.0
            if self._speech >= MIN_SPEECH:
                self._begin()
            return
        self._silence = 0.0 if probability >= SILENCE else self._silence + SECONDS
        if self._silence == 0.0:
            self._paused = False
        if self._silence >= MIN_SILENCE and not self._paused and self._queue is not None:
            self._paused = True
            self._final = asyncio.get_running_loop().create_future()
            self._queue.put_nowait(Pause())
        if self._silence >= ENDPOINTING and self._final is not None and self._final.done():
            self._end(self._final.result())

    def _begin(self) -> None:
        self._speaking, self._paused, self._silence = True, False, 0.0
        if self._reply is not None:
            self._reply.cancel()
        if self._queue is None:
            self._queue = asyncio.Queue()
            for window in self._padding:
                self._queue.put_nowait(AudioFrame(window, 16_000))
            self._stt_task = asyncio.create_task(self._transcribe(self._queue))

    def _end(self, text: str) -> None:
        self._speaking, self._speech, self._queue = False, 0.0, None
        if self._stt_task is not None:
            self._stt_task.cancel()
        self._chat.append(UserMessage(text))
        self._reply = asyncio.create_task(self._answer())

    async def _transcribe(self, queue: asyncio.Queue[AudioFrame | Pause]) -> None:
        async def audio() -> AsyncIterator[AudioFrame | Pause]:
            while True:
                yield await queue.get()

        async for transcript in self._stt.transcribe(audio()):
            if transcript.final and self._final is not None and not self._final.done():
                self._final.set_result(transcript.text)

    async def _answer(self) -> None:
        async def text() -> AsyncIterator[str]:
            async for part in self._llm.reply(Chat("x", tuple(self._chat)), ()):
                if isinstance(part, TextDelta):
                    yield part.text

        loop = asyncio.get_running_loop()
        due = loop.time()
        async for speech in self._tts.speak(text()):
            samples, size = speech.audio.samples, round(FRAME * speech.audio.rate)
            due = max(due, loop.time())
            for start in range(0, len(samples), size):
                self._line.play(AudioFrame(samples[start : start + size], speech.audio.rate))
                due += FRAME
                await asyncio.sleep(due - loop.time())
