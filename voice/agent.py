"""Who answers: what the agent is told, the models it hears, thinks and speaks with, its phrases and its tools."""

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from mcp_types import Tool

from voice.llm import LLM
from voice.policy import Phrases
from voice.speaking.phrases import SpokenPhrases
from voice.stt import STT
from voice.tts import TTS
from voice.turn_detector import TurnDetector
from voice.vad import VAD

__all__ = ["Agent", "Models"]


@dataclass(frozen=True, slots=True)
class Models:
    """The models of an agent; one instance may serve any number of sessions.

    Without `stt` or `vad` nothing is heard, without `tts` nothing is spoken: the conversation is written then.
    """

    llm: LLM
    stt: STT | None = None
    tts: TTS | None = None
    vad: VAD | None = None
    audio_turn: TurnDetector | None = None
    text_turn: TurnDetector | None = None
    spoken: SpokenPhrases | None = None
    """Phrases already synthesised with `tts`; each session makes its own where there are none."""


@dataclass(frozen=True, slots=True)
class Agent:
    """Looked up for each turn, so that a session can go on with another one. `language`: a BCP 47 tag."""

    name: str
    instructions: str
    models: Models
    greeting: str = ""
    language: str = "en"
    phrases: Phrases = Phrases()  # noqa: RUF009 - frozen
    tools: tuple[str, ...] = ("*",)
    """Which of the conversation's tools it has: patterns as in a shell, on the names that the LLM sees."""
    greeting_interruptible: bool = True
    """Off where the greeting must be heard to its end; what the user says meanwhile is the next turn."""

    def has(self, tool: str) -> bool:
        """Whether it may use the tool with this name."""
        return any(fnmatchcase(tool, pattern) for pattern in self.tools)

    def choose(self, tools: Sequence[Tool]) -> tuple[Tool, ...]:
        """Those of `tools` that it has, in their order."""
        return tuple(tool for tool in tools if self.has(tool.name))
