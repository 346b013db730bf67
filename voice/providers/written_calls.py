"""Tool calls that a model wrote as text, because no parser of the server took them out. Pure.

Every family of open models has a form of its own: JSON in tags or bare, XML, a name with JSON behind it, Python.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from voice.providers import loose_json
from voice.providers.arguments import read_arguments
from voice.providers.tool_names import ToolNames

__all__ = ["CallReader", "WrittenCall"]

_NAMES = ("name", "tool", "tool_name", "function_name", "function", "action", "recipient_name", "func", "tool_code")
_ARGUMENTS = (
    "arguments",
    "parameters",
    "args",
    "params",
    "input",
    "action_input",
    "tool_input",
    "function_args",
    "kwargs",
)
_BESIDES = {"type", "id", "index", "call_id", "tool_call_id"}
_SHELLS = ("tool_calls", "tool_uses", "function_calls", "calls", "tool_call", "function_call", "function", "tools")

_TOKEN = re.compile(r"<[|｜][^<>\n]{1,60}>|<[\w|]{1,40}\|>|\[/?(?:TOOL_CALLS?|ARGS|CALL_ID)\](?:(?<=CALL_ID\])\w+)?")
_TAG = re.compile(
    r"</?\s*(?:[\w:]*[:_-])?(?:tools?|functions?|function_?calls?|tool_?-?calls?|tool_code)\s*>", re.IGNORECASE
)
_FENCE = re.compile(r"```[\w-]*")
_NAME = r"[A-Za-z_](?:[\w.:/-]*[\w/-])?"
_XML_CALL = re.compile(
    rf"""<(function|invoke|tool|tool_call|function_call|tool_use)(?:\s*=\s*["']?({_NAME})["']?|\s+name\s*=\s*["']?({_NAME})["']?[^<>]*)\s*>"""
    r"(.*?)(?:</\1\s*>|(?=<(?:function|invoke)[\s=])|\Z)",
    re.DOTALL | re.IGNORECASE,
)
_XML_ARGUMENT = re.compile(
    rf"""<(parameter|param|arg)(?:\s*=\s*["']?({_NAME})["']?|\s+name\s*=\s*["']?({_NAME})["']?[^<>]*)\s*>"""
    r"(.*?)(?:</\1\s*>|(?=<(?:parameter|param|arg)[\s=])|\Z)",
    re.DOTALL | re.IGNORECASE,
)
_KEYED = re.compile(
    rf"\s*({_NAME})\s*((?:<arg_key>.*?</arg_key>\s*<arg_value>.*?(?:</arg_value>|\Z)\s*)*)\Z", re.DOTALL
)
_KEY = re.compile(r"<arg_key>\s*(.*?)\s*</arg_key>\s*<arg_value>(.*?)(?:</arg_value>|\Z)", re.DOTALL)
_NAMED = re.compile(rf"\s*(?:function\s+)?(?:call:)?({_NAME})\s*(?:\s|:|=)?\s*(?=\{{)")
_TAGGED = re.compile(
    rf"<(?:tool_|function_)?name>\s*({_NAME})\s*</(?:tool_|function_)?name>\s*"
    r"(?:<(arguments|parameters|input|args|tool_input)>(.*?)(?:</\2>|\Z))?",
    re.DOTALL,
)
_BEGINS = re.compile(rf"""(?:```\w*)?\s*\[?\s*\{{\s*["'](?:name|function|tool)["']\s*:\s*["']({_NAME})["']""")
_SOME_NAME = re.compile(rf"""(?:["']?name["']?\s*[:=]\s*["']|<(?:function|invoke)[^\w<>]+(?:name=["']?)?)({_NAME})""")
_NONE: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class WrittenCall:
    """A call by MCP's name; `error` says why its arguments could not be read."""

    name: str
    arguments: Mapping[str, Any]
    error: str | None = None


class CallReader:
    """Reads calls of the tools in `names`; `schemas` (by MCP's name) says which arguments are texts."""

    def __init__(self, names: ToolNames, schemas: Mapping[str, Mapping[str, Any]] = _NONE) -> None:
        self.names = names
        self._schemas = schemas

    def marked(self, body: str) -> list[WrittenCall]:
        """The calls in `body`, the text between the marks of a call; one with an error if there is none to be read."""
        text = _FENCE.sub("", body.replace('<|"|>', '"'))
        plain = _TAG.sub("\n", _TOKEN.sub("\n", text)).strip()
        if not plain:
            return []
        found = self._json(plain) or self._xml(text) or self._named(plain) or self._python(plain)
        return found or self._keyed(plain) or self.begun(plain) or [self._unreadable(plain)]

    def bare(self, text: str, *, fenced: bool = False) -> list[WrittenCall]:
        """The calls that `text` is, without any mark, and beyond doubt; of `fenced` text each line counts."""
        plain = text.strip()
        if plain[:1] in ("{", "["):
            return self._json(plain) or self._python(plain)
        found = self._python(plain) if fenced or plain.endswith(")") else []
        return [call for call in found if self.names.known(call.name)]

    def begins(self, text: str) -> bool:
        """Whether `text` begins as a call of a tool that there is, in JSON, perhaps in a fence."""
        named = _BEGINS.match(text)
        return named is not None and self.names.known(named[1]) is not None

    def begun(self, text: str) -> list[WrittenCall]:
        """The call that `text`, which was cut off, is the beginning of, if it names a tool that there is."""
        if not self.begins(text):
            return []
        for closing in ("}", "}]"):
            if text.rstrip().endswith("}") and (found := self._json(text.rstrip() + closing)):
                return found
        return [self._unreadable(text)]

    # --- the forms

    def _json(self, text: str) -> list[WrittenCall]:
        try:
            values = loose_json.values(text)
        except ValueError:
            return []
        calls = [self._calls(value) for value in values]
        return [call for group in calls for call in group] if all(calls) else []

    def _calls(self, value: Any) -> list[WrittenCall]:
        """The calls that one JSON value stands for; none if it is something else."""
        if isinstance(value, list):
            groups = [self._calls(item) for item in value]
            return [call for group in groups for call in group] if all(groups) else []
        if not isinstance(value, dict):
            return []
        for shell in _SHELLS:
            if isinstance(inner := value.get(shell), dict | list) and (found := self._calls(inner)):
                return found
        for key in _NAMES:
            if isinstance(name := value.get(key), str) and (found := self._call(name, key, value)):
                return found
        if len(value) == 1:
            [(name, inner)] = value.items()
            if self.names.known(name) and isinstance(inner, dict):
                return [self._read(name, inner)]
        return []

    def _call(self, name: str, key: str, value: dict[str, Any]) -> list[WrittenCall]:
        known = self.names.known(name) is not None
        for field in _ARGUMENTS:
            if field in value and (known or (isinstance(value[field], dict) and set(value) <= {key, field} | _BESIDES)):
                return [self._read(name, value[field])]
        if known and set(value) <= {key} | _BESIDES:
            return [self._read(name, None)]
        return []

    def _xml(self, text: str) -> list[WrittenCall]:
        found = []
        for call in _XML_CALL.finditer(text):
            name, inner = call[2] or call[3], call[4]
            fields = {argument[2] or argument[3]: argument[4] for argument in _XML_ARGUMENT.finditer(inner)}
            found.append(self._typed(name, fields) if fields else self._read(name, inner))
        return found or [self._read(call[1], call[3]) for call in _TAGGED.finditer(text)]

    def _keyed(self, text: str) -> list[WrittenCall]:
        """A name, and its arguments in tags for key and value."""
        if not (found := _KEYED.match(text)) or not (found[2] or self.names.known(found[1])):
            return []
        return [self._typed(found[1], {field[1]: field[2] for field in _KEY.finditer(found[2])})]

    def _named(self, text: str) -> list[WrittenCall]:
        """Names, each with JSON behind it."""
        ends = [
            found for found in _NAMED.finditer(text) if not text[: found.start()].strip() or self._whole(text, found)
        ]
        if not ends or ends[0].start() != 0:
            return []
        starts = [*(found.start() for found in ends[1:]), len(text)]
        return [self._read(found[1], text[found.end() : end]) for found, end in zip(ends, starts, strict=True)]

    def _whole(self, text: str, found: re.Match[str]) -> bool:
        return self.names.known(found[1]) is not None and text[: found.start()].rstrip().endswith("}")

    def _python(self, text: str) -> list[WrittenCall]:
        try:
            lines = ast.parse(text.strip()).body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return []
        found: list[WrittenCall] = []
        for line in lines:
            value = line.value if isinstance(line, ast.Expr | ast.Assign) else None
            calls = list(_invocations(value)) if value is not None else []
            if not calls:
                return []
            found += [self._invoked(call) for call in calls]
        return found

    def _invoked(self, call: ast.Call) -> WrittenCall:
        name = ast.unparse(call.func)
        known = self.names.known(name) or name
        try:
            values = [ast.literal_eval(value) for value in call.args]
            arguments = {str(word.arg): ast.literal_eval(word.value) for word in call.keywords}
        except (ValueError, TypeError):
            return WrittenCall(known, {}, f"the arguments of {known} must be plain values")
        if len(values) == 1 and isinstance(values[0], dict) and not arguments:
            return self._read(name, values[0])
        order = list(self._schemas.get(known, {}).get("properties", {}))
        if len(values) > len(order):
            return WrittenCall(known, {}, f"the arguments of {known} need names")
        return self._read(name, dict(zip(order, values, strict=False)) | arguments)

    # --- what they mean

    def _read(self, name: str, sent: object) -> WrittenCall:
        known = self.names.known(name) or name
        try:
            return WrittenCall(known, read_arguments(sent, name))
        except ValueError as error:
            return WrittenCall(known, {}, f"the arguments of {known} could not be read: {error}")

    def _typed(self, name: str, fields: Mapping[str, str]) -> WrittenCall:
        """Values without quotation marks: a text where the schema wants one, else JSON if it is that."""
        properties = self._schemas.get(self.names.known(name) or name, {}).get("properties", {})
        arguments: dict[str, Any] = {}
        for key, written in fields.items():
            value = written.removeprefix("\n").removesuffix("\n")
            wanted = properties.get(key, {})
            is_text = isinstance(wanted, dict) and wanted.get("type") == "string"
            arguments[key] = value if is_text else _plain_value(value)
        return self._read(name, arguments)

    def _unreadable(self, text: str) -> WrittenCall:
        named = _SOME_NAME.search(text) or re.match(rf"\s*(?:function\s+)?({_NAME})", text)
        name = self.names.known(named[1]) or named[1] if named else "unknown"
        return WrittenCall(name, {}, f"a call was written as text and could not be read: {text[:80]}")


def _plain_value(text: str) -> Any:
    try:
        return loose_json.loads(text)
    except ValueError:
        return text


def _invocations(value: ast.expr) -> Iterator[ast.Call]:
    """The calls that an expression is: one, a list of them, or one printed; nothing for anything else."""
    if isinstance(value, ast.List | ast.Tuple) and all(isinstance(item, ast.Call) for item in value.elts):
        yield from (item for item in value.elts if isinstance(item, ast.Call))
    elif isinstance(value, ast.Call) and ast.unparse(value.func) == "print" and len(value.args) == 1:
        yield from _invocations(value.args[0])
    elif isinstance(value, ast.Call):
        yield value
