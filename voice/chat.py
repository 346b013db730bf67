"""What was said: items in the order in which they happened, with what was heard rather than what was generated."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from mcp_types import CallToolResult

__all__ = [
    "CONFIRMED",
    "IMAGE_TYPES",
    "AgentMessage",
    "Chat",
    "ChatItem",
    "ImageLink",
    "ImagePart",
    "MessagePart",
    "Note",
    "Summary",
    "ToolCall",
    "ToolResult",
    "UserMessage",
    "result_text",
]

IMAGE_TYPES = frozenset({"image/gif", "image/jpeg", "image/png", "image/webp"})
"""Media types that models with vision take."""
CONFIRMED = "confirmed"
"""The source of a note that holds a fact which the user has confirmed."""


@dataclass(frozen=True, slots=True)
class ImagePart:
    """An image as bytes. Raises ValueError for a media type that is none of IMAGE_TYPES."""

    media_type: str
    data: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if self.media_type not in IMAGE_TYPES:
            raise ValueError(f"no image type that models take: {self.media_type!r}")


@dataclass(frozen=True, slots=True)
class ImageLink:
    """An image that the model's vendor fetches from `url`."""

    url: str


MessagePart = ImagePart | ImageLink


@dataclass(frozen=True, slots=True)
class UserMessage:
    """What the user said or typed in one turn, and the images that came with it."""

    text: str
    parts: tuple[MessagePart, ...] = ()


@dataclass(frozen=True, slots=True)
class AgentMessage:
    """What the user heard the agent say; `interrupted` when more had been meant to follow."""

    text: str
    interrupted: bool = False


@dataclass(frozen=True, slots=True)
class Note:
    """What the world tells the model: steering, the result of a task, context from a client, a briefing.

    `source` says who tells it, in a word or two; CONFIRMED marks a fact that the user has confirmed.
    """

    text: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Summary:
    """Stands for the older turns that the chat no longer holds word for word."""

    text: str


@dataclass(frozen=True, slots=True)
class ToolCall:
    """The LLM asks for a tool. `error` is set when the arguments could not be read (they are then empty)."""

    id: str
    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    error: str | None = None


@dataclass(frozen=True, slots=True)
class ToolResult:
    """The answer to the `ToolCall` with the same id; `text` is what the model reads.

    A `pending` one is a placeholder: the call still runs, and its result will take this one's place.
    """

    id: str
    name: str
    text: str
    is_error: bool = False
    pending: bool = False


ChatItem = UserMessage | AgentMessage | Note | Summary | ToolCall | ToolResult


@dataclass(frozen=True, slots=True)
class Chat:
    """A snapshot for one LLM request: instructions, then items in the order in which they happened.

    Every ToolCall is followed by its ToolResult before the next UserMessage.
    """

    instructions: str
    items: tuple[ChatItem, ...] = ()

    def plus(self, *items: ChatItem) -> "Chat":
        """This chat with `items` after it; consecutive user messages become one."""
        joined = list(self.items)
        for item in items:
            last = joined[-1] if joined else None
            if isinstance(item, UserMessage) and isinstance(last, UserMessage):
                joined[-1] = UserMessage(f"{last.text} {item.text}".strip(), last.parts + item.parts)
            else:
                joined.append(item)
        return replace(self, items=tuple(joined))


def result_text(result: CallToolResult) -> str:
    """What the model reads of an MCP result: its text blocks, or the structured content where there are none."""
    texts = [block.text for block in result.content if block.type == "text"]
    if texts:
        return "\n".join(texts)
    if result.structured_content is not None:
        return json.dumps(result.structured_content, ensure_ascii=False)
    kinds = ", ".join(block.type for block in result.content)
    return f"(no text; the result holds: {kinds})" if kinds else "(done; the tool returned nothing)"
