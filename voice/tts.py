"""Text to speech: text as it is generated in, audio with its words out."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from voice.audio import AudioFrame

__all__ = ["TTS", "Speech", "Unvoiced", "Word"]


@dataclass(frozen=True, slots=True)
class Word:
    """A word and when it is spoken; `start` and `end` in seconds from the beginning of its segment."""

    text: str
    start: float
    end: float


@dataclass(frozen=True, slots=True, eq=False)
class Speech:
    """A stretch of synthesised audio.

    Non-empty `text` begins a segment (a sentence or less) that says that text; an empty `text` is more audio of the
    segment before. `words` are the segment's timings where the engine has them, else empty. After a `last` one the
    stream only closes, and nobody waits for that; where none is, the end of the stream is the end.
    """

    text: str
    audio: AudioFrame
    words: tuple[Word, ...] = ()
    last: bool = False


class TTS(Protocol):
    """One call is one stretch of speech between tool calls."""

    def speak(self, text: AsyncIterator[str]) -> AsyncIterator[Speech]:
        """Yield speech while `text` arrives in pieces that need not end at words.

        The concatenation of the segments' texts is the spoken text. An engine that wants sentences cuts them with
        `voice.text.sentences.sentences`. Closing the returned iterator stops all work. Raises ProviderError.
        """
        ...


class Unvoiced:
    """The TTS of a conversation that is only written: every piece of text becomes speech of no length."""

    async def speak(self, text: AsyncIterator[str]) -> AsyncIterator[Speech]:
        """Yield each piece at once."""
        async for piece in text:
            yield Speech(piece, AudioFrame(np.zeros(0, dtype=np.int16), 16_000))
