"""Speech to text: audio of one user turn in, growing transcript out."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol

from voice.audio import AudioFrame

__all__ = ["STT", "Pause", "Transcript"]


@dataclass(frozen=True, slots=True)
class Pause:
    """Sent in the audio stream when the speaker falls silent: answer with a final transcript as soon as possible.

    The speaker may go on; then more audio follows in the same stream.
    """


@dataclass(frozen=True, slots=True)
class Transcript:
    """The text of the whole turn so far (not of a segment).

    `stable`: the provider does not expect the words to change unless the user goes on speaking.
    `final`: covers all audio up to the last `Pause`; implies `stable`. An empty final means: nothing was said.
    `end_of_turn`: P(the user has finished) where the provider volunteers it; it counts as a vote.
    """

    text: str
    final: bool = False
    stable: bool = False
    end_of_turn: float | None = None


class STT(Protocol):
    """One call is one user turn."""

    def transcribe(self, audio: AsyncIterator[AudioFrame | Pause]) -> AsyncIterator[Transcript]:
        """Yield transcripts while `audio` (16 kHz mono int16) arrives; end when it ends.

        Exactly one final transcript follows each `Pause`. Closing the returned iterator stops all work.
        Raises ProviderError.
        """
        ...
