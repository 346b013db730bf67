"""What was said: the chat history, holding what was heard rather than what was generated."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from mcp_types import CallToolResult

__all__ = ["AgentMessage", "Chat", "ChatContext", "ChatItem", "ToolCall", "ToolResult", "UserMessage", "result_text"]


@dataclass(frozen=True, slots=True)
class UserMessage:
    """What the user said or typed in one turn."""

    text: str
    role: Literal["user"] = "user"


@dataclass(frozen=True, slots=True)
class AgentMessage:
    """What the user heard the agent say; `interrupted` when more had been meant to follow."""

    text: str
    interrupted: bool = False
    role: Literal["agent"] = "agent"


@dataclass(frozen=True, slots=True)
class ToolCall:
    """The LLM asks for a tool. `error` is set when the arguments could not be read (they are then empty)."""

    id: str
    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    error: str | None = None
    role: Literal["call"] = "call"


@dataclass(frozen=True, slots=True)
class ToolResult:
    """The answer to the `ToolCall` with the same id; `text` is what the model reads."""

    id: str
    name: str
    text: str
    is_error: bool = False
    role: Literal["result"] = "result"


ChatItem = UserMessage | AgentMessage | ToolCall | ToolResult


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
                joined[-1] = replace(last, text=f"{last.text} {item.text}".strip())
            else:
                joined.append(item)
        return replace(self, items=tuple(joined))


class ChatContext:
    """The one mutable record of the conversation; its owner is the session."""

    def __init__(self, instructions: str) -> None:
        self.chat = Chat(instructions)

    def add(self, *items: ChatItem) -> None:
        """Append what has happened."""
        self.chat = self.chat.plus(*items)

    def settle(self, result: ToolResult) -> None:
        """Replace the placeholder of a call that was still running when its reply was interrupted."""
        items = tuple(result if isinstance(i, ToolResult) and i.id == result.id else i for i in self.chat.items)
        self.chat = replace(self.chat, items=items)


def result_text(result: CallToolResult) -> str:
    """What the model reads of an MCP result: its text blocks, or the structured content where there are none."""
    texts = [block.text for block in result.content if block.type == "text"]
    if texts:
        return "\n".join(texts)
    if result.structured_content is not None:
        return json.dumps(result.structured_content, ensure_ascii=False)
    kinds = ", ".join(block.type for block in result.content)
    return f"(no text; the result holds: {kinds})" if kinds else "(done; the tool returned nothing)"
