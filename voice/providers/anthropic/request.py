"""Chat and tools as the Messages API wants them, with the cache markers its prompt-caching guide asks for. Pure."""

import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any

from mcp_types import Tool

from voice.chat import Chat, ImageLink, ImagePart
from voice.providers.steps import AgentStep, Said, Step, UserStep, alternating, fitting, inert, marked
from voice.providers.tool_names import ToolNames

__all__ = ["CACHE", "Thoughts", "messages", "system", "tools"]

CACHE = {"type": "ephemeral"}
"""Marks the end of a prefix to cache: at most 4 in a request, in the order tools, system, messages. We use one for
each: the last of the tools, the instructions, and the end of the conversation, from which the next request reads."""

_ID = re.compile("[a-zA-Z0-9_-]{1,64}")
"""Ids of calls that the API takes."""

Thoughts = Mapping[str, Sequence[Mapping[str, Any]]]
"""Thinking blocks by the id of the tool call they led to. The API wants them back, unmodified, with that call."""


def tools(available: Sequence[Tool], names: ToolNames) -> list[dict[str, Any]]:
    """`available` with their whole input schemas; the last one ends the cached prefix."""
    declared = [_tool(tool, names) for tool in available]
    if declared:
        declared[-1]["cache_control"] = CACHE
    return declared


def _tool(tool: Tool, names: ToolNames) -> dict[str, Any]:
    declared: dict[str, Any] = {
        "name": names.to_vendor(tool.name),
        "input_schema": {"type": "object", "properties": {}, **tool.input_schema},
    }
    description = tool.description or tool.title
    return declared | {"description": description} if description else declared


def system(instructions: str) -> list[dict[str, Any]]:
    """The instructions as one cached block; no block when there are none."""
    return [{"type": "text", "text": instructions, "cache_control": CACHE}] if instructions.strip() else []


def messages(chat: Chat, names: ToolNames, thoughts: Thoughts) -> list[dict[str, Any]]:
    """Alternating messages from user to user; tool results open the user message after their calls."""
    sent: list[dict[str, Any]] = []
    for step in alternating(chat):
        for role, blocks in _messages_of(step, names, thoughts):
            if sent and sent[-1]["role"] == role:
                sent[-1]["content"].extend(blocks)
            else:
                sent.append({"role": role, "content": blocks})
    sent[-1]["content"][-1]["cache_control"] = CACHE
    return sent


def _messages_of(step: Step, names: ToolNames, thoughts: Thoughts) -> list[tuple[str, list[dict[str, Any]]]]:
    if isinstance(step, UserStep):
        return [("user", [_block(one) for one in step.said])]
    said = ("assistant", _agent_blocks(step, names, thoughts))
    results = [_result(result.id, result.text, result.is_error) for _, result in step.calls]
    return [said, ("user", results)] if results else [said]


def _agent_blocks(step: AgentStep, names: ToolNames, thoughts: Thoughts) -> list[dict[str, Any]]:
    blocks = [_text(step.text)] if step.text else []
    for position, (call, _) in enumerate(step.calls):
        thought = [dict(block) for block in thoughts.get(call.id, ())]
        use: dict[str, Any] = {"type": "tool_use", "id": fitting(call.id, _ID), "name": names.to_vendor(call.name)}
        use["input"] = dict(call.arguments)
        # Thinking comes before what was said aloud; later thinking (between two calls) stays where it was.
        blocks = [*thought, *blocks, use] if position == 0 else [*blocks, *thought, use]
    return blocks


def _block(said: Said) -> dict[str, Any]:
    match said:
        case str():
            return _text(inert(said))
        case ImagePart(media_type, data):
            source = {"type": "base64", "media_type": media_type, "data": b64encode(data).decode()}
            return {"type": "image", "source": source}
        case ImageLink(url):
            return {"type": "image", "source": {"type": "url", "url": url}}
    return _text(marked(said))


def _text(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}


def _result(call: str, text: str, is_error: bool) -> dict[str, Any]:
    block = {"type": "tool_result", "tool_use_id": fitting(call, _ID), "content": inert(text) or "(empty)"}
    return block | {"is_error": True} if is_error else block
