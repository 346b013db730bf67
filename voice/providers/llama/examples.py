"""Worked examples for a small model: when to call which tool, when to ask back, when to just talk. Pure.

Half a billion parameters learn from examples, hardly from descriptions. Each tool brings its own from
`_meta["frontdesk/examples"]` (a list of {"user": ..., "arguments": {...}}) or gets two made of its description and
schema; for each there is one that asks for what is missing; small talk needs no tool. The three kinds alternate: with
all calls before all talk the model no longer called at all (measured: 25 of 33 utterances right, alternating 31 to 33).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mcp_types import Tool

__all__ = ["EXAMPLES", "RESULT", "Example", "Result", "examples", "own_examples", "summary"]

EXAMPLES = "frontdesk/examples"


@dataclass(frozen=True, slots=True)
class Example:
    """What a caller says and the answer: words, or the call of `tool` with `arguments`."""

    user: str
    answer: str = ""
    tool: str = ""
    arguments: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """A question, the tool called for it, what came back, and the words made of it."""

    user: str
    tool: str
    result: str
    answer: str


RESULT = Result(
    "Is there any mail for me?",
    "mailbox",
    "2 letters are waiting for you at the north desk, for example one from Oslo.",
    "Two letters are waiting for you at the north desk, one of them from Oslo.",
)
"""Without it the model goes on calling after a result (4 of 4 times, with it 1 of 4)."""

_TALK = (
    Example("Hello?", "Hello! How can I help you?"),
    Example("Who am I talking to?", "I am the voice assistant here. How can I help?"),
    Example("Do you sell bicycles?", "I am sorry, I do not know that. Can I help you with something else?"),
    Example("Okay, that is good to know.", "Is there anything else I can do for you?"),
    Example("Sorry, what did you say?", "I asked how I can help you."),
    Example("Who wrote Hamlet?", "I am sorry, I can only help you with our own services."),
    Example("Is there a parking lot near you?", "I am sorry, I do not know that."),
    Example("Thank you, that was all.", "You are welcome. Have a nice day!"),
)
_SAMPLES = {
    "city": "Paris",
    "date": "tomorrow",
    "day": "Friday",
    "email": "alex@example.org",
    "name": "Alex Smith",
    "size": "small",
    "time": "10 am",
}


def examples(tools: Sequence[Tool]) -> list[Example]:
    """Those for `tools`, the three kinds alternating."""
    calls = [example for tool in tools for example in own_examples(tool) or _made_examples(tool)]
    asking = [_asking(tool) for tool in tools if _required(tool)]
    return _alternating(asking, calls, _TALK) if tools else list(_TALK)


def own_examples(tool: Tool) -> list[Example]:
    """Those in the tool's `_meta`; what is not of the expected shape is left out."""
    given = (tool.meta or {}).get(EXAMPLES)
    return [
        Example(str(entry["user"]), tool=tool.name, arguments=dict(entry.get("arguments") or {}))
        for entry in (given if isinstance(given, list) else [])
        if isinstance(entry, Mapping) and "user" in entry and isinstance(entry.get("arguments", {}), Mapping | None)
    ]


def summary(tool: Tool) -> str:
    """The first sentence of what the tool says of itself, without its full stop."""
    text = " ".join((tool.description or tool.title or tool.name.replace("_", " ")).split())
    return re.split(r"(?<=[.!?])\s", text, maxsplit=1)[0].rstrip(".!?")


def _made_examples(tool: Tool) -> list[Example]:
    properties = tool.input_schema.get("properties", {})
    arguments = {name: _sample(name, properties[name]) for name in _required(tool)}
    wish = _lower(summary(tool))
    listed = ", ".join(f"{_words(name)} {value}" for name, value in arguments.items())
    told = " and ".join(f"the {_words(name)} is {value}" for name, value in arguments.items())
    said = [
        f"Please {wish}: {listed}." if listed else f"Please {wish}.",
        f"Can you {wish}? {told[:1].upper()}{told[1:]}." if told else f"Can you {wish}?",
    ]
    return [Example(user, tool=tool.name, arguments=arguments) for user in said]


def _asking(tool: Tool) -> Example:
    *others, last = [f"the {_words(name)}" for name in _required(tool)]
    missing = f"{', '.join(others)} and {last}" if others else last
    wish = _lower((tool.title or summary(tool)).rstrip("."))
    return Example(f"I would like to {wish}.", f"Sure. Please tell me {missing}.")


def _required(tool: Tool) -> list[str]:
    properties = tool.input_schema.get("properties", {})
    return [name for name in tool.input_schema.get("required", ()) if name in properties]


def _sample(name: str, schema: Any) -> Any:
    """A value that fits `schema`, from the schema itself where it has one."""
    schema = schema if isinstance(schema, Mapping) else {}
    given = [*schema.get("examples", ()), *schema.get("enum", ()), schema.get("const"), schema.get("default")]
    stated = next((value for value in given if value not in (None, "", 0)), None)
    return _made_value(name, schema) if stated is None else stated


def _made_value(name: str, schema: Mapping[str, Any]) -> Any:
    match schema.get("type"):
        case "integer" | "number":
            return max(2, schema.get("minimum", 2))
        case "boolean":
            return True
        case "array":
            return [_sample(name, schema.get("items"))]
        case "object":
            inner = schema.get("properties", {})
            return {key: _sample(key, inner[key]) for key in schema.get("required", ()) if key in inner}
    quoted = re.search(r'"([^"]{1,40})"', str(schema.get("description", "")))
    return quoted[1] if quoted else _SAMPLES.get(name, _words(name))


def _alternating(*kinds: Sequence[Example]) -> list[Example]:
    """All of them, each kind spread evenly and in its order."""
    rounds = max(len(kind) for kind in kinds)
    return [
        example
        for turn in range(rounds)
        for kind in kinds
        for example in kind[len(kind) * turn // rounds : len(kind) * (turn + 1) // rounds]
    ]


def _words(name: str) -> str:
    return name.replace("_", " ")


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
