"""How an agent's words reach the user: spoken, or only written."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from voice.agent import Agent
from voice.speaking.phrases import SpokenPhrases
from voice.text.speakable import speakable
from voice.tts import TTS, Unvoiced

__all__ = ["Delivery", "spoken", "written"]


@dataclass(frozen=True, slots=True)
class Delivery:
    """The TTS, the phrases it has synthesised, and the language in which text is made speakable; None leaves text as it
    is written."""

    tts: TTS
    phrases: SpokenPhrases
    language: str | None

    @property
    def audible(self) -> bool:
        """Whether there is something to hear."""
        return self.language is not None

    def words(self, text: AsyncIterator[str]) -> AsyncIterator[str]:
        """`text` as the TTS should get it."""
        return text if self.language is None else speakable(text, self.language)


def spoken(agent: Agent, phrases: SpokenPhrases) -> Delivery:
    """With the agent's voice, which it must have."""
    assert agent.models.tts is not None
    return Delivery(agent.models.tts, phrases, agent.language)


def written() -> Delivery:
    """Every piece of text at once, as speech of no length."""
    return Delivery(Unvoiced(), SpokenPhrases(Unvoiced(), None), None)
