"""Chat and tools as chat completions want them. Pure."""

import json
import re
from base64 import b64encode
from collections.abc import Sequence
from typing import Any

from mcp_types import Tool

from voice.chat import Chat, ImageLink, ImagePart
from voice.providers.steps import Said, UserStep, alternating, fitting, inert, marked, without_images
from voice.providers.tool_names import ToolNames

__all__ = ["messages", "tools"]

_ID = re.compile(".{1,40}")
"""Ids of calls that the API takes."""


def tools(available: Sequence[Tool], names: ToolNames) -> list[dict[str, Any]]:
    """`available` with their whole input schemas."""
    return [{"type": "function", "function": _function(tool, names)} for tool in available]


def _function(tool: Tool, names: ToolNames) -> dict[str, Any]:
    # Some servers refuse an object schema without properties.
    declared: dict[str, Any] = {
        "name": names.to_vendor(tool.name),
        "parameters": {"type": "object", "properties": {}, **tool.input_schema},
    }
    description = tool.description or tool.title
    return declared | {"description": description} if description else declared


def messages(chat: Chat, names: ToolNames, *, vision: bool) -> list[dict[str, Any]]:
    """System, then alternating user and assistant; tool messages right after the calls they answer. A model without
    `vision` is told of images in words.

    The agent's greeting follows a placeholder of the user, because chat templates of several open models refuse an
    assistant who speaks first.
    """
    sent: list[dict[str, Any]] = []
    if chat.instructions.strip():
        sent.append({"role": "system", "content": chat.instructions})
    for step in alternating(chat):
        if isinstance(step, UserStep):
            sent.append({"role": "user", "content": _content(step.said if vision else without_images(step.said))})
            continue
        said: dict[str, Any] = {"role": "assistant", "content": step.text or None}
        if step.calls:
            said["tool_calls"] = [_call(c.id, names.to_vendor(c.name), dict(c.arguments)) for c, _ in step.calls]
        sent.append(said)
        sent += [_result(result.id, result.text) for _, result in step.calls]
    return sent


def _content(said: Sequence[Said]) -> str | list[dict[str, Any]]:
    """One text where there are only texts, because simple servers know no list of parts."""
    parts = [_part(one) for one in said]
    return "\n\n".join(part["text"] for part in parts) if all("text" in part for part in parts) else parts


def _part(said: Said) -> dict[str, Any]:
    match said:
        case str():
            return {"type": "text", "text": inert(said)}
        case ImagePart(media_type, data):
            url = f"data:{media_type};base64,{b64encode(data).decode()}"
            return {"type": "image_url", "image_url": {"url": url}}
        case ImageLink(url):
            return {"type": "image_url", "image_url": {"url": url}}
    return {"type": "text", "text": marked(said)}


def _call(call: str, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    written = json.dumps(arguments, ensure_ascii=False)
    return {"id": fitting(call, _ID), "type": "function", "function": {"name": name, "arguments": written}}


def _result(call: str, text: str) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": fitting(call, _ID), "content": inert(text)}
