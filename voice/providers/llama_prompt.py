"""Chat and tools as one growing ChatML text for a small instruct model. Pure.

A prompt is `opening` (instructions, tools, worked examples: the same for every call of an agent) and the conversation,
rendered item by item, so that a later prompt begins with the tokens of the one before and the model's cache is used.
Half a billion parameters learn a format from examples, hardly from descriptions: each tool brings some (its own from
`_meta["frontdesk/examples"]`, else made of its description and schema), and there are turns that need no tool.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from mcp_types import Tool

from voice.chat import Chat
from voice.providers.steps import AgentStep, Step, UserStep, steps

__all__ = ["ANSWER", "conversation", "opening", "unfinished"]

EXAMPLES = "frontdesk/examples"
ANSWER = "<|im_start|>assistant\n"
_END = "<|im_end|>\n"

_RULES = (
    "You are on the phone: answer in one or two short sentences of plain words. "
    "When a tool is needed, answer with nothing but its call, a line of JSON. "
    "Never make up facts; what you do not know from here or from a tool's result, you do not know."
)
_SMALL_TALK = (
    ("Hello?", "Hello! How can I help you?"),
    ("Who am I talking to?", "I am the voice assistant here. How can I help?"),
    ("Do you sell bicycles?", "I am sorry, I do not know that. Can I help you with something else?"),
    ("Okay, that is good to know.", "Is there anything else I can do for you?"),
    ("Thank you, that was all.", "You are welcome. Have a nice day!"),
)


def opening(instructions: str, tools: Sequence[Tool]) -> str:
    """The system message and the examples."""
    parts = [instructions.strip(), _RULES]
    if tools:
        parts.append("Tools:\n" + "\n".join(_declared(tool) for tool in tools))
    text = _turn("system", "\n\n".join(part for part in parts if part))
    return text + "".join(_examples(tools))


def _declared(tool: Tool) -> str:
    return f"{tool.name}({', '.join(_parameters(tool.input_schema))}): {_summary(tool)}"


def _parameters(schema: Mapping[str, Any]) -> list[str]:
    required = set(schema.get("required", ()))
    return [name if name in required else f"{name}?" for name in schema.get("properties", {})]


def _summary(tool: Tool) -> str:
    text = " ".join((tool.description or tool.title or tool.name.replace("_", " ")).split())
    return re.split(r"(?<=[.!?])\s", text, maxsplit=1)[0]


def _examples(tools: Sequence[Tool]) -> list[str]:
    shown: list[str] = []
    talk = list(_SMALL_TALK)
    for tool in tools:
        for user, arguments in _own_examples(tool) or [_made_example(tool)]:
            shown.append(_turn("user", user) + _turn("assistant", _call(tool.name, arguments)))
        if talk:
            shown.append("".join(_turn(role, said) for role, said in zip(("user", "assistant"), talk.pop(0), strict=True)))
    shown += ["".join(_turn(role, said) for role, said in zip(("user", "assistant"), pair, strict=True)) for pair in talk]
    return shown


def _own_examples(tool: Tool) -> list[tuple[str, Mapping[str, Any]]]:
    given = (tool.meta or {}).get(EXAMPLES)
    entries = given if isinstance(given, list) else []
    return [
        (_plain(str(entry["user"])), entry.get("arguments") or {})
        for entry in entries
        if isinstance(entry, Mapping) and "user" in entry
    ]


def _made_example(tool: Tool) -> tuple[str, Mapping[str, Any]]:
    schema = tool.input_schema
    required = schema.get("required", ())
    arguments = {name: _sample(name, schema["properties"].get(name)) for name in required if name in schema.get("properties", {})}
    details = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in arguments.items())
    wish = _summary(tool).rstrip(".!?")
    asked = f"Please {wish[:1].lower()}{wish[1:]}"
    return f"{asked}: {details}." if details else f"{asked}.", arguments


def _sample(name: str, schema: Any) -> Any:
    """A value that fits `schema`, from the schema itself where it has one."""
    schema = schema if isinstance(schema, Mapping) else {}
    for key in ("examples", "enum"):
        if schema.get(key):
            return schema[key][0]
    if "const" in schema:
        return schema["const"]
    if schema.get("default") not in (None, "", 0):
        return schema["default"]
    match schema.get("type"):
        case "integer" | "number":
            return max(2, schema.get("minimum", 2))
        case "boolean":
            return True
        case "array":
            return [_sample(name, schema.get("items"))]
        case "object":
            return {n: _sample(n, s) for n, s in schema.get("properties", {}).items() if n in schema.get("required", ())}
    quoted = re.search(r'"([^"]{1,40})"', str(schema.get("description", "")))
    return quoted[1] if quoted else name.replace("_", " ")


def conversation(chat: Chat) -> str:
    """The turns of `chat`, the last one complete."""
    return "".join(_rendered(step) for step in steps(chat))


def _rendered(step: Step) -> str:
    if isinstance(step, UserStep):
        return _turn("user", _plain(step.text))
    if not step.calls:
        return _turn("assistant", _plain(step.text))
    # What was said before a call is left out: a small model would soon say it instead of calling.
    return "".join(
        _turn("assistant", _call(call.name, call.arguments)) + _turn("user", f"[result of {call.name}] {_plain(result.text)}")
        for call, result in step.calls
    )


def unfinished(chat: Chat, text: str) -> str:
    """`chat` and the beginning of a user message after it, without the punctuation that an STT may have put there."""
    said = text.rstrip(" .?!…,;:-")
    return "".join(_rendered(step) for step in steps(chat) if chat.items) + f"<|im_start|>user\n{_plain(said)}"


def _call(name: str, arguments: Mapping[str, Any]) -> str:
    return json.dumps({"name": name, "arguments": dict(arguments)}, ensure_ascii=False)


def _turn(role: str, text: str) -> str:
    return f"<|im_start|>{role}\n{text}{_END}"


def _plain(text: str) -> str:
    """`text` on one line, unable to end its message or to begin another."""
    return re.sub(r"<\|.*?\|>", "", " ".join(text.split())).replace("<|", "< |")
