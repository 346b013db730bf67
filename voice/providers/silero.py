"""Silero VAD v6: one session for all calls, their windows batched.

The network takes 512 samples with the last 64 of the window before in front, and an LSTM state per stream; its inputs
and outputs as in github.com/snakers4/silero-vad. It runs on the event loop itself: a window costs 0.1 to 0.3 ms, less
than the way to a thread and back.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from voice.audio import SPEECH_RATE
from voice.errors import ProviderMisbehaved
from voice.models import ModelStore
from voice.providers.onnx_session import open_session
from voice.vad import WINDOW

__all__ = ["Batcher", "Infer", "SileroStream", "SileroVAD"]

MODEL = "silero-v6"
CONTEXT = 64
"""Samples of the window before that go in front of each window."""
_STATE = (2, 1, 128)

GATHER = 0.004
"""Seconds a window waits for those of other calls, when there are many: with 25 calls out of step this takes the VAD's
CPU from 0.48 to 0.33 seconds per conversation-minute (8 ms: to 0.28)."""
CROWD = 10.0
"""Calls from which on waiting pays."""
_CENSUS = 0.5
"""Seconds over which calls are counted."""

Floats = NDArray[np.float32]
Infer = Callable[[Floats, Floats], tuple[Floats, Floats]]
"""(windows with context (B, 576), states (2, B, 128)) -> (P(speech) (B, 1), new states (2, B, 128))."""


class SileroStream:
    """One microphone. Ask for one window at a time: each needs the state that the one before leaves."""

    def __init__(self, batcher: "Batcher") -> None:
        self._batcher = batcher
        self.context: Floats = np.zeros(CONTEXT, dtype=np.float32)
        self.state: Floats = np.zeros(_STATE, dtype=np.float32)

    async def probability(self, window: Floats) -> float:
        """P(speech) of `window`: float32 in [-1, 1], shape (512,), 16 kHz. Raises ProviderMisbehaved, ValueError."""
        if window.shape != (WINDOW,):
            raise ValueError(f"a window has {WINDOW} samples, not shape {window.shape}")
        return await self._batcher.submit(self, window)


class Batcher:
    """Windows that come in the same turn of the event loop, or shortly after one another when there are many calls,
    go through the model together. Serves one event loop at a time."""

    def __init__(self, infer: Infer) -> None:
        self._infer = infer
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: list[tuple[SileroStream, Floats, asyncio.Future[float]]] = []
        self._calls = 0.0
        self._seen = 0
        self._since = 0.0

    def submit(self, stream: SileroStream, window: Floats) -> "asyncio.Future[float]":
        """The probability to come. A window whose future is cancelled in time is not looked at."""
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            # What another loop left behind when it closed will never be flushed.
            self._loop, self._waiting = loop, []
            self._calls, self._seen, self._since = 0.0, 0, loop.time()
        future: asyncio.Future[float] = loop.create_future()
        self._waiting.append((stream, window, future))
        if len(self._waiting) == 1:
            if self._calls < CROWD:
                loop.call_soon(self._flush)
            else:
                loop.call_later(GATHER, self._flush)
        return future

    def _flush(self) -> None:
        waiting, self._waiting = self._waiting, []
        self._count(len(waiting))
        batch = [entry for entry in waiting if not entry[2].done()]
        if not batch:
            return
        inputs = np.empty((len(batch), CONTEXT + WINDOW), dtype=np.float32)
        for row, (stream, window, _) in zip(inputs, batch, strict=True):
            row[:CONTEXT] = stream.context
            row[CONTEXT:] = window
        states = batch[0][0].state if len(batch) == 1 else np.concatenate([e[0].state for e in batch], axis=1)
        try:
            probabilities, states = self._infer(inputs, states)
        except Exception as error:  # noqa: BLE001 - whatever it is, nobody but the callers can be told
            for *_, future in batch:
                future.set_exception(ProviderMisbehaved("vad", MODEL, f"inference failed: {error}"))
            return
        for index, (stream, window, future) in enumerate(batch):
            stream.context = window[-CONTEXT:]
            stream.state = states[:, index : index + 1]
            future.set_result(float(probabilities[index, 0]))

    def _count(self, windows: int) -> None:
        assert self._loop is not None
        self._seen += windows
        elapsed = self._loop.time() - self._since
        if elapsed >= _CENSUS:
            self._calls = self._seen * WINDOW / SPEECH_RATE / elapsed
            self._seen, self._since = 0, self._since + elapsed


class SileroVAD:
    """The shared model. `path`: the ONNX file to use instead of the catalogue's; same inputs and outputs.

    Owns no thread and nothing to close. Raises ModelMissing, ProviderRejected, ValueError.
    """

    def __init__(self, model: str = MODEL, *, path: str | Path | None = None) -> None:
        if model != MODEL:
            raise ValueError(f"no local VAD model {model!r}; there is {MODEL!r}")
        session = open_session(ModelStore().path(model, path), "vad", model)
        rate = np.array(SPEECH_RATE, dtype=np.int64)

        def infer(inputs: Floats, states: Floats) -> tuple[Floats, Floats]:
            probabilities, states = session.run(None, {"input": inputs, "state": states, "sr": rate})
            return probabilities, states

        self._batcher = Batcher(infer)

    def stream(self) -> SileroStream:
        """A fresh stream for one microphone."""
        return SileroStream(self._batcher)
