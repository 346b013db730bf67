"""A grammar that leaves the model two choices: a call of one of the tools with fitting arguments, or plain words.

The first character tells which: `{` begins a call, anything else is speech. A call is one line of JSON with the
separators of `json.dumps`, so that it can be repeated in the next prompt token by token. Pure.

llguidance reads the schemas: types, properties in their declared order, references, alternatives, bounds, patterns and
formats. It is compiled into `xllamacpp`; its package, of the same version, tells beforehand what it cannot read.
"""

import json
from collections.abc import Iterator, Mapping, Sequence, Set
from functools import lru_cache
from typing import Any

from llguidance import LLMatcher, LLTokenizer
from mcp_types import Tool

__all__ = ["call_only", "call_or_text", "text_only"]

_TEXT = r"text: /[A-Z0-9][^\[\]{}<>|*#`\n]*/"
"""Speech: begins like a sentence, holds nothing that belongs to markup, JSON or the chat template."""
_STYLE = {"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": ", "lenient": True}
"""Separators of `json.dumps`; `lenient`: keywords that llguidance does not know (`not`, `if`) count for nothing."""
_LIMITS = {"string": ("maxLength", 100), "array": ("maxItems", 20)}
"""Of types that have none: a small model repeats itself until it is stopped."""
_LIMITED = {"pattern", "format", "enum", "const", "minLength", "minItems"}
_NAMES = ("properties", "patternProperties", "$defs", "definitions")
_COMBINERS = ("allOf", "anyOf", "oneOf")
_REMEMBERED = 256
"""Schemas."""
_BYTES = LLTokenizer("byte")


def text_only() -> str:
    """Words and nothing else."""
    return f"%llguidance {{}}\nstart: text\n{_TEXT}\n"


def call_or_text(tools: Sequence[Tool]) -> str:
    """Words or a call of one of `tools`; words only when there are none."""
    if not tools:
        return text_only()
    calls = " | ".join(_call(tool) for tool in tools)
    return f"%llguidance {{}}\nstart: call | text\ncall: {calls}\n{_TEXT}\n"


def call_only(tools: Sequence[Tool]) -> str:
    """A call of one of `tools`, at least one, and nothing else."""
    return f"%llguidance {{}}\nstart: {' | '.join(_call(tool) for tool in tools)}\n"


def _call(tool: Tool) -> str:
    head = json.dumps({"name": tool.name, "arguments": 0}, ensure_ascii=False).removesuffix("0}")
    arguments = _arguments(json.dumps(tool.input_schema))
    return f'{json.dumps(head, ensure_ascii=False)} %json {arguments} "}}"'


@lru_cache(_REMEMBERED)
def _arguments(text: str) -> str:
    """What a tool with the schema `text` may be called with; any value in place of what llguidance cannot read."""
    schema = json.loads(text)
    if not schema.keys() & {"properties", "$ref", *_COMBINERS}:
        schema["properties"] = {}
    schema = _narrowed(schema, set(_shared(schema)))
    if not _is_read(schema):
        schema = _without_unread(schema)
    return _written(schema if _is_read(schema) else {"type": "object"})


def _without_unread(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    properties = {
        name: one if _is_read({**schema, "properties": {name: one}, "required": []}) else {}
        for name, one in _mapping(schema.get("properties")).items()
    }
    return {**schema, "properties": properties}


def _is_read(schema: Mapping[str, Any]) -> bool:
    """Whether llguidance finds an object that fits."""
    return LLMatcher(_BYTES, f"start: %json {_written(schema)}").try_consume_tokens([ord("{")]) == 1


def _written(schema: Mapping[str, Any]) -> str:
    return json.dumps({**schema, "x-guidance": _STYLE}, ensure_ascii=False)


def _narrowed(schema: Any, shared: Set[str], at: str = "#", part: bool = False) -> Any:
    """`schema`, which stands at the pointer `at`, without what a small model fills with inventions: properties that are
    not named, strings and arrays without end. `part`, or in `shared`: other schemas describe the same object too."""
    if not isinstance(schema, Mapping):
        return schema
    part = part or at in shared or _is_combined(schema)
    inner = {key: _inside(key, value, shared, f"{at}/{key}", part) for key, value in schema.items()}
    return inner | _limit(schema) | ({} if part else _closed(schema))


def _inside(key: str, value: Any, shared: Set[str], at: str, part: bool) -> Any:
    if key in _NAMES:
        return {name: _narrowed(one, shared, f"{at}/{name}") for name, one in _mapping(value).items()}
    if key in _COMBINERS:
        return [_narrowed(one, shared, at, part) for one in _list(value)]
    return _narrowed(value, shared, at) if key in ("items", "additionalProperties") else value


def _limit(schema: Mapping[str, Any]) -> dict[str, Any]:
    if schema.keys() & _LIMITED:
        return {}
    types = _list(schema.get("type")) or [schema.get("type")]
    return {key: schema.get(key, most) for kind, (key, most) in _LIMITS.items() if kind in types}


def _closed(schema: Mapping[str, Any]) -> dict[str, Any]:
    """What keeps other properties out of an object that names some, or says that it has none."""
    if "properties" not in schema or ("additionalProperties" in schema and not schema["properties"]):
        return {}
    return {"additionalProperties": False}


def _shared(schema: Any) -> Iterator[str]:
    """Pointers to what describes an object together with other parts of the schema."""
    if isinstance(schema, list):
        for inner in schema:
            yield from _shared(inner)
    elif isinstance(schema, Mapping):
        if _is_combined(schema):
            members = (schema, *(one for key in _COMBINERS for one in _list(schema.get(key))))
            yield from (str(one["$ref"]) for one in members if "$ref" in _mapping(one))
        for inner in schema.values():
            yield from _shared(inner)


def _is_combined(schema: Mapping[str, Any]) -> bool:
    return len(schema.keys() & {"properties", "$ref", *_COMBINERS}) > 1 or len(_list(schema.get("allOf"))) > 1


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
