"""A GBNF grammar that leaves the model two choices: a call of one of the tools with fitting arguments, or plain words.

The first character tells which: `{` begins a call, anything else is speech. A call is one line of JSON with the
separators of `json.dumps`, so that it can be repeated in the next prompt token by token. Pure.

Schemas are followed as far as a small model can follow them too: types, enums, constants, required and optional
properties in their declared order, nested objects and arrays, local references, alternatives, bounds on lengths.
What is left out (patterns, formats, numeric bounds but for the sign) the tool itself has to check.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from mcp_types import Tool

__all__ = ["call_or_text", "text_only"]

_TEXT = r"text ::= [A-Z0-9] [^\[\]{}<>|*#`\n]*"
"""Speech: begins like a sentence, holds nothing that belongs to markup, JSON or the chat template."""

_JSON = {
    "string": r'"\"" char{0,100} "\""',
    "char": r'[^"\\\x00-\x1F\x7F] | "\\" (["\\/bfnrt] | "u" [0-9a-fA-F]{4})',
    "integer": r'"-"? natural',
    "natural": r'"0" | [1-9] [0-9]{0,14}',
    "number": r'"-"? natural ("." [0-9]{1,10})?',
    "boolean": r'"true" | "false"',
    "null": r'"null"',
    "value": "string | number | boolean | null | list | object",
    "list": '"[" (value (", " value){0,20})? "]"',
    "object": '"{" (string ": " value (", " string ": " value){0,20})? "}"',
}
_MOST_ITEMS = 20


def text_only() -> str:
    """Words and nothing else."""
    return f"root ::= text\n{_TEXT}\n"


def call_or_text(tools: Sequence[Tool]) -> str:
    """Words or a call of one of `tools`; words only when there are none."""
    if not tools:
        return text_only()
    rules = _Rules()
    calls = []
    for number, tool in enumerate(tools):
        arguments = _Schema(tool.input_schema, f"tool{number}", rules).arguments()
        head = json.dumps({"name": tool.name, "arguments": 0}, ensure_ascii=False).removesuffix("0}")
        calls.append(f'{_literal(head)} {arguments} "}}"')
    lines = ["root ::= call | text", f"call ::= {' | '.join(calls)}", _TEXT]
    return "\n".join([*lines, *(f"{name} ::= {body}" for name, body in rules.needed.items())]) + "\n"


def _literal(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r")
    return f'"{escaped}"'


def _json_literal(value: Any) -> str:
    return _literal(json.dumps(value, ensure_ascii=False))


class _Rules:
    """The rules that something refers to."""

    def __init__(self) -> None:
        self.needed: dict[str, str] = {}

    def json(self, name: str) -> str:
        """A reference to one of JSON's own rules, which brings along what that one needs."""
        if name not in self.needed:
            self.needed[name] = _JSON[name]
            for other in _JSON:
                if other in _JSON[name]:
                    self.json(other)
        return name


class _Schema:
    """One tool's schema; `prefix` keeps its rules apart from those of other tools."""

    def __init__(self, root: Mapping[str, Any], prefix: str, rules: _Rules) -> None:
        self._root = root
        self._prefix = prefix
        self._rules = rules

    def arguments(self) -> str:
        """An object, whatever else the root schema says."""
        if "$ref" in self._root or "properties" in self._root:
            return self._of(self._root)
        return '"{}"' if self._root.get("additionalProperties", False) is False else self._rules.json("object")

    def _of(self, schema: Any) -> str:
        """An expression for `schema`, safe to stand in a sequence."""
        if not isinstance(schema, Mapping):
            return self._rules.json("value")
        if "$ref" in schema:
            return self._reference(str(schema["$ref"]))
        if "const" in schema or "enum" in schema:
            values = [schema["const"]] if "const" in schema else schema["enum"]
            return _either([_json_literal(value) for value in values])
        for key in ("anyOf", "oneOf"):
            if key in schema:
                return _either([self._of(option) for option in schema[key]])
        if "allOf" in schema:
            return self._of(_merged(schema))
        kind = schema.get("type", "object" if "properties" in schema else None)
        kinds = kind if isinstance(kind, list) else [kind]
        return _either([self._typed(one, schema) for one in kinds])

    def _typed(self, kind: Any, schema: Mapping[str, Any]) -> str:
        match kind:
            case "object":
                return self._object(schema)
            case "array":
                return self._array(schema)
            case "string" if "minLength" in schema or "maxLength" in schema:
                most = max(int(schema.get("maxLength", 100)), least := int(schema.get("minLength", 0)))
                return rf'"\"" {self._rules.json("char")}{{{least},{most}}} "\""'
            case "integer" if schema.get("minimum", -1) >= 0:
                return self._rules.json("natural")
            case "string" | "integer" | "number" | "boolean" | "null":
                return self._rules.json(kind)
        return self._rules.json("value")

    def _reference(self, pointer: str) -> str:
        rule = self._prefix + "-" + "".join(c if c.isalnum() else "-" for c in pointer)
        if rule not in self._rules.needed:
            self._rules.needed[rule] = ""  # a schema may refer to itself
            self._rules.needed[rule] = self._of(self._target(pointer))
        return rule

    def _target(self, pointer: str) -> Any:
        target: Any = self._root
        for part in pointer.removeprefix("#").strip("/").split("/") if pointer.startswith("#") else ["?"]:
            key = part.replace("~1", "/").replace("~0", "~")
            target = target.get(key) if isinstance(target, Mapping) and part else target
        return target

    def _array(self, schema: Mapping[str, Any]) -> str:
        item = self._of(schema.get("items", True))
        least, most = int(schema.get("minItems", 0)), int(schema.get("maxItems", _MOST_ITEMS))
        some = f'{item} (", " {item}){{{max(least - 1, 0)},{max(most - 1, 0)}}}'
        return f'"[" {some} "]"' if least else f'"[" ({some})? "]"'

    def _object(self, schema: Mapping[str, Any]) -> str:
        properties: Mapping[str, Any] = schema.get("properties", {})
        if not properties:
            additional = schema.get("additionalProperties", "properties" not in schema)
            if additional is False:
                return '"{}"'
            pair = f'{self._rules.json("string")} ": " {self._of(additional)}'
            return f'"{{" ({pair} (", " {pair}){{0,{_MOST_ITEMS}}})? "}}"'
        required = set(schema.get("required", ()))
        pairs = [
            (_literal(f"{json.dumps(n, ensure_ascii=False)}: ") + " " + self._of(s), n in required)
            for n, s in properties.items()
        ]
        return f'"{{" {_members(pairs)} "}}"'


def _members(pairs: Sequence[tuple[str, bool]]) -> str:
    """The properties in order, with commas between those that are there."""
    first = next((index for index, (_, needed) in enumerate(pairs) if needed), None)
    if first is None:
        starts = [f"{pair} {_rest(pairs[index + 1 :])}" for index, (pair, _) in enumerate(pairs)]
        return f"({' | '.join(starts)})?"
    before = " ".join(f'({pair} ", ")?' for pair, _ in pairs[:first])
    return f"{before} {pairs[first][0]} {_rest(pairs[first + 1 :])}"


def _rest(pairs: Sequence[tuple[str, bool]]) -> str:
    return " ".join(f'", " {pair}' if needed else f'(", " {pair})?' for pair, needed in pairs)


def _either(options: Sequence[str]) -> str:
    return options[0] if len(options) == 1 else f"({' | '.join(options)})"


def _merged(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """`allOf` of objects as one object; of anything else the first that has a type."""
    parts = [part for part in schema["allOf"] if isinstance(part, Mapping)]
    if len(parts) == 1:
        return parts[0]
    properties = {name: value for part in (*parts, schema) for name, value in part.get("properties", {}).items()}
    if not properties:
        return next((part for part in parts if "type" in part), {})
    required = [name for part in (*parts, schema) for name in part.get("required", ())]
    return {"type": "object", "properties": properties, "required": required}
