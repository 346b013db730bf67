"""Moonshine base (English): speech to text on this machine."""

from collections.abc import AsyncIterator
from pathlib import Path

from voice.audio import AudioFrame
from voice.models import ModelStore
from voice.providers.moonshine.draft_stt import DraftSTT
from voice.providers.moonshine.recogniser import Recogniser
from voice.providers.workers import Workers
from voice.stt import Pause, Transcript

__all__ = ["Moonshine"]

MODEL = "moonshine-base"


class Moonshine:
    """One instance serves all calls of a process; `workers` transcriptions run at once, each on one core.

    `path`: directory of the catalogue's files, to use instead of the cache. Raises ModelMissing, ProviderRejected,
    ValueError.
    """

    def __init__(self, model: str = MODEL, *, path: str | Path | None = None, workers: int = 2) -> None:
        if model != MODEL:
            raise ValueError(f"no local STT model {model!r}; there is {MODEL!r}")
        recogniser = Recogniser(ModelStore().files(model, path), model)
        self._workers = Workers(workers, model)
        self._stt = DraftSTT(recogniser, self._workers, model)

    def transcribe(self, audio: AsyncIterator[AudioFrame | Pause]) -> AsyncIterator[Transcript]:
        """See STT. Raises ProviderMisbehaved."""
        return self._stt.transcribe(audio)

    async def aclose(self) -> None:
        """End the worker threads."""
        await self._workers.aclose()
