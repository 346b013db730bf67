"""The arguments of a tool call, in every shape in which vendors and local servers send them. Pure.

An object; the same as text, once or twice; pieces of that text, each with what is new or each with all there is so far;
nothing, in five spellings. What has more than one reading is an error that the model is told.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from voice.providers import loose_json

__all__ = ["is_object", "joined", "read_arguments", "repeats"]

_FENCE = re.compile(r"\A```[\w-]*\s*(.*?)\s*(?:```)?\Z", re.DOTALL)
_TAIL = re.compile(r"(?:\s*(?:<[|｜]?/?[\w▁:]+[|｜]?>|\[/?[A-Z_]+\]))+\s*\Z")
_LEAD = re.compile(r"\A(?:<[|｜][^<>]{1,40}>|</?\w{1,20}>|(?:json|commentary)\b|\s)+(?=[{\[\"])")
_ENCODED = 4
"""How often text may have been put into text."""


def read_arguments(sent: object, name: str = "") -> dict[str, Any]:
    """The arguments that `sent` stands for. `name` is the tool's, which some models write beside them.

    Raises ValueError with a sentence for the model.
    """
    value = sent
    for _ in range(_ENCODED):
        if not isinstance(value, str):
            break
        value = _decoded(value)
    found = _only(value)
    if found is None:
        raise ValueError("they must be one JSON object")
    if name and found.get("name") == name and set(found) <= {"name", "arguments", "parameters", "type", "id"}:
        inner = found.get("arguments", found.get("parameters"))
        if isinstance(inner, Mapping | str) and len(found) > 1:
            return read_arguments(inner)
    return _sendable(found)


def _decoded(text: str) -> Any:
    text = _LEAD.sub("", _TAIL.sub("", text.strip("\ufeff \t\r\n")))
    if fenced := _FENCE.match(text):
        text = fenced[1]
    if text in ("", "undefined"):
        return None
    found = loose_json.values(text)
    if len(found) == 1:
        return found[0]
    return _same(found)


def _same(found: Sequence[Any]) -> Any:
    """One object that says all that the objects in `found` say: sent again, or as far as it had come."""
    for one in (found[-1], found[0]) if found else ():
        if all(isinstance(other, dict) and isinstance(one, dict) and repeats(one, other) for other in found):
            return one
    raise ValueError("there are several different values where one JSON object is expected")


def _only(value: object) -> dict[str, Any] | None:
    """The object that `value` is or holds alone; empty for nothing."""
    if value is None or value == [] or value == "":
        return {}
    if isinstance(value, Sequence) and not isinstance(value, str) and len(value) == 1:
        value = value[0]
    return {str(key): item for key, item in value.items()} if isinstance(value, Mapping) else None


def _sendable(found: dict[str, Any]) -> dict[str, Any]:
    """`found` if JSON can hold it; half characters become a replacement character."""
    try:
        text = json.dumps(found, allow_nan=False, ensure_ascii=False)
    except (TypeError, RecursionError) as error:
        raise ValueError("they hold what JSON can't") from error
    try:
        text.encode()
    except UnicodeEncodeError:
        whole: dict[str, Any] = json.loads(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))
        return whole
    return found


def repeats(later: Mapping[str, Any], earlier: Mapping[str, Any]) -> bool:
    """Whether `later` says all that `earlier` does."""
    return all(key in later and later[key] == value for key, value in earlier.items())


def joined(pieces: Sequence[str]) -> str:
    """One text of `pieces`: appended, or, where that is no JSON, each taken for all there is so far if it begins so."""
    appended = "".join(pieces)
    if len(pieces) < 2 or _reads(appended):
        return appended
    grown = ""
    for piece in pieces:
        grown = piece if grown and piece.startswith(grown) else grown + piece
    return grown if _reads(grown) else appended


def _reads(text: str) -> bool:
    try:
        read_arguments(text)
    except ValueError:
        return False
    return True


def is_object(text: str) -> bool:
    """Whether `text` is a whole JSON object."""
    if not text.rstrip().endswith("}"):
        return False
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False
