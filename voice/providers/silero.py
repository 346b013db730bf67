"""Silero VAD v6: one session for all calls, their windows judged together.

The network takes 512 samples with the last 64 of the window before in front, and an LSTM state per stream; its inputs
and outputs as in github.com/snakers4/silero-vad. A window costs most when the processor has done something else since
the last: 0.9 ms of CPU on its own every 32 ms, 0.13 ms right after another, 0.08 ms in a batch of 25.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from voice.audio import SPEECH_RATE
from voice.errors import ProviderError, ProviderMisbehaved
from voice.models import ModelStore
from voice.providers.onnx_session import open_session
from voice.vad import WINDOW

__all__ = ["Batcher", "Infer", "SileroStream", "SileroVAD"]

MODEL = "silero-v6"
CONTEXT = 64
"""Samples of the window before that go in front of each window."""
_STATE = (2, 1, 128)

REST = 0.0013
"""Seconds between two runs for each stream that is open, so that windows of many calls gather."""
LONGEST_REST = 0.032
"""Seconds: a window."""
PER_ROUND, PER_WINDOW = 0.13e-3, 0.06e-3
"""Seconds that a run takes, about: for each window of the stream with the most, and for each window of all."""
LONGEST_HOLD = 0.002
"""Seconds a run may hold up the event loop; longer ones go to a thread, where they take a tenth more CPU: with 25 calls
it is cheaper to stay (0.47 CPU-s per conversation-minute against 0.54), with 50 it is not."""

Floats = NDArray[np.float32]
Infer = Callable[[Floats, Floats], tuple[Floats, Floats]]
"""(windows with context (B, 576), states (2, B, 128)) -> (P(speech) (B, 1), new states (2, B, 128))."""


class SileroStream:
    """One microphone. See VADStream."""

    def __init__(
        self, batcher: "Batcher", heard: Callable[[float], None], failed: Callable[[ProviderError], None]
    ) -> None:
        self.heard, self.failed = heard, failed
        self.context: NDArray[np.int16] = np.zeros(CONTEXT, dtype=np.int16)
        self.state: Floats = np.zeros(_STATE, dtype=np.float32)
        self.waiting: deque[NDArray[np.int16]] = deque()
        self.closed = False
        self._batcher = batcher
        batcher.open(self)

    def push(self, window: NDArray[np.int16], patience: int = 0) -> None:
        """See VADStream."""
        if window.shape != (WINDOW,):
            raise ValueError(f"a window has {WINDOW} samples, not shape {window.shape}")
        self.waiting.append(window)
        if len(self.waiting) > patience:
            self._batcher.wake()

    def close(self) -> None:
        """See VADStream."""
        self.closed = True
        self._batcher.close(self)


class _Task(NamedTuple):
    """What is to be judged of one stream, in order."""

    stream: SileroStream
    windows: list[NDArray[np.int16]]
    answers: list[float]


class Batcher:
    """Runs the network for all streams: not more often than it pays, and on all that is waiting by then.

    A long run is made in `thread`, if there is one. Serves one event loop at a time.
    """

    def __init__(self, infer: Infer, thread: ThreadPoolExecutor | None = None) -> None:
        self._infer = infer
        self._thread = thread
        self._streams: dict[SileroStream, None] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._due: asyncio.Handle | None = None
        self._running = self._asked_again = False
        self._ran_at = float("-inf")

    def open(self, stream: SileroStream) -> None:
        """Take part from now on."""
        self._streams[stream] = None

    def close(self, stream: SileroStream) -> None:
        """Take part no longer."""
        self._streams.pop(stream, None)

    def wake(self) -> None:
        """Somebody is in a hurry: run as soon as the rest after the last run is over."""
        loop = asyncio.get_running_loop()
        if loop is not self._loop:  # what another loop was about to do when it closed will never be done
            self._loop, self._due, self._running, self._ran_at = loop, None, False, float("-inf")
        if self._running:
            self._asked_again = True
        elif self._due is None:
            rest = min(LONGEST_REST, REST * (len(self._streams) - 1))
            self._due = loop.call_at(self._ran_at + rest, self._run) if rest else loop.call_soon(self._run)

    def _run(self) -> None:
        loop = asyncio.get_running_loop()
        self._due = None
        self._ran_at = loop.time()
        tasks = []
        for stream in self._streams:
            if stream.waiting:
                tasks.append(_Task(stream, list(stream.waiting), []))
                stream.waiting.clear()
        if not tasks:
            return
        rounds, windows = max(len(task.windows) for task in tasks), sum(len(task.windows) for task in tasks)
        if self._thread is None or rounds * PER_ROUND + windows * PER_WINDOW < LONGEST_HOLD:
            self._answer(tasks, self._judge(tasks))
            return
        self._running, self._asked_again = True, False
        self._thread.submit(self._judge_aside, tasks, loop)

    def _judge_aside(self, tasks: list[_Task], loop: asyncio.AbstractEventLoop) -> None:
        """In the thread. The executor's own way back to the loop takes two futures and twice the time."""
        failure = self._judge(tasks)
        with suppress(RuntimeError):  # the loop was closed: nobody waits any more
            loop.call_soon_threadsafe(self._judged, tasks, failure)

    def _judged(self, tasks: list[_Task], failure: ProviderError | None) -> None:
        self._running = False
        self._answer(tasks, failure)
        if self._asked_again:
            self._asked_again = False
            self.wake()

    def _judge(self, tasks: list[_Task]) -> ProviderError | None:
        """The network on all of them: the first window of each stream together, then the second, and so on."""
        try:
            for number in range(max(len(task.windows) for task in tasks)):
                self._judge_batch([task for task in tasks if len(task.windows) > number], number)
        except Exception as error:  # noqa: BLE001 - whatever it is, nobody but the callers can be told
            return ProviderMisbehaved("vad", MODEL, f"inference failed: {error}")
        return None

    def _judge_batch(self, batch: list[_Task], number: int) -> None:
        inputs = np.empty((len(batch), CONTEXT + WINDOW), dtype=np.float32)
        for row, (stream, windows, _) in zip(inputs, batch, strict=True):
            row[:CONTEXT] = stream.context
            row[CONTEXT:] = windows[number]
        inputs *= np.float32(1 / 32768)
        states = (
            batch[0].stream.state if len(batch) == 1 else np.concatenate([task.stream.state for task in batch], axis=1)
        )
        probabilities, states = self._infer(inputs, states)
        for index, (stream, windows, answers) in enumerate(batch):
            stream.context = windows[number][-CONTEXT:]
            stream.state = states[:, index : index + 1]
            answers.append(float(probabilities[index, 0]))

    def _answer(self, tasks: list[_Task], failure: ProviderError | None) -> None:
        for stream, _, answers in tasks:
            for probability in answers:
                if not stream.closed:
                    stream.heard(probability)
            if failure is not None and not stream.closed:
                stream.failed(failure)


class SileroVAD:
    """The shared model. `path`: the ONNX file to use instead of the catalogue's; same inputs and outputs.

    Raises ModelMissing, ProviderRejected, ValueError.
    """

    def __init__(self, model: str = MODEL, *, path: str | Path | None = None) -> None:
        if model != MODEL:
            raise ValueError(f"no local VAD model {model!r}; there is {MODEL!r}")
        session = open_session(ModelStore().path(model, path), "vad", model)
        rate = np.array(SPEECH_RATE, dtype=np.int64)

        def infer(inputs: Floats, states: Floats) -> tuple[Floats, Floats]:
            probabilities, states = session.run(None, {"input": inputs, "state": states, "sr": rate})
            return probabilities, states

        self._thread = ThreadPoolExecutor(1, "vad")
        self._batcher = Batcher(infer, self._thread)

    def stream(self, heard: Callable[[float], None], failed: Callable[[ProviderError], None]) -> SileroStream:
        """See VAD."""
        return SileroStream(self._batcher, heard, failed)

    async def aclose(self) -> None:
        """End the thread."""
        await asyncio.to_thread(self._thread.shutdown, wait=True, cancel_futures=True)
