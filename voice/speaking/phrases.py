"""Fixed lines (filler, apology, "are you still there?"), synthesised once and kept, so that they cost no time and can
be spoken even when the TTS is what has failed."""

from collections.abc import AsyncIterator, Iterable

from voice.errors import ProviderError
from voice.text.speakable import Speakable
from voice.tts import TTS, Speech

__all__ = ["SpokenPhrases"]


class SpokenPhrases:
    """The lines of one TTS voice, made speakable in `language` (a BCP 47 tag; None leaves them as they are written);
    may be shared by any number of calls."""

    def __init__(self, tts: TTS, language: str | None) -> None:
        self._tts = tts
        self._language = language
        self._spoken: dict[str, tuple[Speech, ...]] = {}

    async def prepare(self, texts: Iterable[str]) -> None:
        """Synthesise what is not there yet. Raises ProviderError."""
        for text in texts:
            await self.speech(text)

    async def speech(self, text: str) -> tuple[Speech, ...]:
        """`text` as audio, from the store or made now. Raises ProviderError."""
        if text and text not in self._spoken:
            self._spoken[text] = tuple([speech async for speech in self._tts.speak(self._words(text))])
        return self._spoken.get(text, ())

    async def speech_or_silence(self, text: str) -> tuple[Speech, ...]:
        """`text` as audio; nothing when the TTS fails, too."""
        try:
            return await self.speech(text)
        except ProviderError:
            return ()

    async def _words(self, text: str) -> AsyncIterator[str]:
        if self._language is None:
            yield text
        else:
            filtered = Speakable(self._language)
            yield filtered.push(text) + filtered.flush()
