"""Large language model: chat and tools in, text and tool calls out."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

from mcp_types import Tool

from voice.chat import Chat, ToolCall

__all__ = [
    "LLM",
    "ActsOnlyWhenTold",
    "Alive",
    "AnswerEnded",
    "AnswersOnly",
    "LLMPart",
    "Prefilling",
    "TextDelta",
    "ToolCallBegan",
    "ToolChoice",
    "Usage",
    "Warmable",
]

ToolChoice = Literal["auto", "none"]


@dataclass(frozen=True, slots=True)
class TextDelta:
    """Some more text of the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class ToolCallBegan:
    """The model has begun a tool call whose arguments are still being written; at most one before each ToolCall."""


@dataclass(frozen=True, slots=True)
class Alive:
    """The model works on something that nobody will hear: reasoning, or the arguments of a call."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens that the request has cost since the Usage before; an answer's cost is their sum.

    `input_tokens` counts the whole prompt, of which `cached_tokens` were read from a cache. An answer that nobody
    waits for any more may have told only a part, and a server that does not count tells nothing.
    """

    input_tokens: int
    output_tokens: int
    cached_tokens: int = 0


@dataclass(frozen=True, slots=True)
class AnswerEnded:
    """All of the answer was given: the stream only closes now, and nobody waits for that.

    A provider whose stream takes time to close says so; where it says nothing, the end of the stream is the end.
    """


LLMPart = TextDelta | ToolCallBegan | ToolCall | Usage | Alive | AnswerEnded


class LLM(Protocol):
    """One call is one request to the model."""

    def reply(self, chat: Chat, tools: Sequence[Tool], tool_choice: ToolChoice = "auto") -> AsyncIterator[LLMPart]:
        """Yield the answer as it is generated; a ToolCall as soon as its arguments are complete; Usage at any time;
        AnswerEnded last, if at all.

        `tool_choice="none"`: the model must answer in words (the tools are still passed, because some vendors
        want them declared while the history holds calls). No retries in here. Raises ProviderError.
        """
        ...


@runtime_checkable
class Warmable(Protocol):
    """A provider with something to do before the first turn."""

    async def warm(self, chat: Chat, tools: Sequence[Tool]) -> None:
        """Load, connect, or put the prompt prefix into a cache. Called at session start, never in a turn."""
        ...


@runtime_checkable
class Prefilling(Protocol):
    """A provider that can take in a prompt before it is complete."""

    async def prefill(self, chat: Chat, tools: Sequence[Tool]) -> None:
        """`chat` ends in what the user has said so far: compute what a prompt that goes on from there will share with
        this one. Called while the user speaks, with one text after another; may be cancelled at any time.
        """
        ...


@runtime_checkable
class AnswersOnly(Protocol):
    """A provider to be asked for the agent's answers and nothing else: its model is too small for a summary, or makes
    the caller wait while it writes one.
    """

    answers_only: Literal[True]


@runtime_checkable
class ActsOnlyWhenTold(Protocol):
    """A provider whose tool calls may be a misunderstanding: what may change something needs the user's yes to it."""

    acts_only_when_told: Literal[True]
