"""Smart Turn v3.2: from the sound alone, has the user finished?

A Whisper-tiny encoder over the last eight seconds with a classifier on top; input as in
github.com/pipecat-ai/smart-turn. About 80 ms of one core, however long the turn is.
"""

from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from voice.audio import SPEECH_RATE
from voice.errors import ProviderMisbehaved
from voice.models import ModelStore
from voice.providers.onnx_session import open_session
from voice.providers.smart_turn.mel import log_mel
from voice.providers.workers import Workers
from voice.turn_detector import UserTurn

__all__ = ["SmartTurn", "features"]

MODEL = "smart-turn-v3.2"
_SAMPLES = 8 * SPEECH_RATE
_EPSILON = 1e-7


class SmartTurn:
    """One instance serves all calls of a process, one question at a time.

    The model's output is a probability already, trained so that 0.5 is the point of indifference. `path`: the ONNX
    file to use instead of the catalogue's. Raises ModelMissing, ProviderRejected, ValueError.
    """

    def __init__(self, model: str = MODEL, *, path: str | Path | None = None) -> None:
        if model != MODEL:
            raise ValueError(f"no local turn detector {model!r}; there is {MODEL!r}")
        self._session = open_session(ModelStore().path(model, path), "turn", model)
        self._workers = Workers(1, model)

    async def end_of_turn(self, turn: UserTurn) -> float:
        """P(the user has finished). Raises ProviderMisbehaved."""
        return await self._workers.submit(partial(self._score, turn.audio))

    def _score(self, audio: NDArray[np.float32]) -> float:
        try:
            (probability,) = self._session.run(None, {"input_features": features(audio)[np.newaxis]})
            return float(probability[0, 0])
        except Exception as error:
            raise ProviderMisbehaved("turn", MODEL, f"inference failed: {error}") from error

    async def aclose(self) -> None:
        """End the worker thread."""
        await self._workers.aclose()


def features(audio: NDArray[np.float32]) -> NDArray[np.float32]:
    """The model's input for `audio` (float32, 16 kHz, shape (n,)): shape (80, 800).

    The last eight seconds, silence in front if there is less, scaled to mean 0 and variance 1 with that silence, then
    log-mel.
    """
    window = np.zeros(_SAMPLES, dtype=np.float32)
    recent = audio[-_SAMPLES:]
    window[_SAMPLES - len(recent) :] = recent
    return log_mel((window - window.mean()) / np.sqrt(window.var() + _EPSILON))
