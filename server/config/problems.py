"""Says in plain words what is wrong with a configuration: which key, what was expected, what to do. Pure."""

import difflib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields, is_dataclass
from types import UnionType
from typing import Any, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from server.config.secrets import KeyPath

__all__ = ["dotted", "plain_message", "policy_problems", "problem_of", "unknown_name"]

_ANY = "NAME"
"""Stands for the key of a table that the user names."""
_UNKNOWN = ("extra_forbidden", "unexpected_keyword_argument")
_EXPECTED = {
    "string_type": "text in quotes",
    "float_type": "a number",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "dict_type": "a table",
    "model_type": "a table",
    "dataclass_type": "a table",
    "tuple_type": "a list",
}
_BOUNDS = {
    "greater_than": "should be more than {gt:g}",
    "greater_than_equal": "should be at least {ge:g}",
    "less_than": "should be between 0 and {lt:g}",
}
"""Upper bounds are those of probabilities."""


def dotted(key: KeyPath) -> str:
    """`key` as a user writes it: "mcpServers.cafe.args[1]"."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in key).removeprefix(".")


def unknown_name(kind: str, name: str, known: Sequence[str]) -> str:
    """ "no <kind> 'x'; did you mean 'y'? There are: ..."."""
    close = difflib.get_close_matches(name, known, n=1)
    guess = f"; did you mean {close[0]!r}?" if close else "."
    return f"there is no {kind} {name!r}{guess} There are: {', '.join(known) or 'none'}"


def problem_of(detail: ErrorDetails, model: type[BaseModel]) -> tuple[KeyPath, str]:
    """The key path and the message of one pydantic error of `model`."""
    path, kind = detail["loc"], detail["type"]
    if kind in _UNKNOWN:
        return path, _unknown_key(path, model, table=isinstance(detail["input"], dict))
    if kind == "missing":
        remedy = ": write what the agent is and how it should behave" if path[-1] == "instructions" else ""
        return path, f"is missing{remedy}"
    if kind == "string_too_short":
        return path, "is empty"
    if kind == "string_pattern_mismatch" and path[-1] == "[key]":
        return path[:-1], "should have a name of letters, digits, - and _"
    if kind == "string_pattern_mismatch":
        return path, 'should be a language tag such as "en" or "en-GB"'
    return path, plain_message(detail)


def plain_message(detail: ErrorDetails) -> str:
    """What was expected, in words that need no knowledge of pydantic."""
    if bound := _BOUNDS.get(detail["type"]):
        wrong = "should not be negative" if detail["ctx"].get("ge") == 0 else bound.format(**detail["ctx"])
        return f"{wrong}, not {detail['input']:g}"
    expected = _EXPECTED.get(detail["type"])
    if expected is None:
        return detail["msg"][:1].lower() + detail["msg"][1:]
    return f"should be {expected}, not {_kind(detail['input'])}"


def policy_problems(voice: Any) -> Iterator[tuple[KeyPath, str]]:
    """Numbers of `voice.policy` sections that do not go together."""
    if voice.gate.release > voice.gate.threshold:
        yield ("voice", "gate", "release"), f"should not be above threshold ({voice.gate.threshold:g})"


def _unknown_key(path: KeyPath, model: type[BaseModel], *, table: bool) -> str:
    if table and path[:-1] == ("agent",):
        return f"unknown key; did you mean [agents.{path[-1]}]?"
    name, section = str(path[-1]), _section_at(model, path[:-1])
    siblings = [sibling for sibling, _ in _members(section)]
    close = difflib.get_close_matches(name, siblings, n=1) or [s for s in siblings if s.lower() == name.lower()]
    if close:
        return f"unknown key; did you mean {close[0]!r}?"
    here = tuple(str(part) for part in path[:-1])
    if place := _elsewhere(name, _all_names(section, here)) or _elsewhere(name, _all_names(model)):
        top = ", at the top of the file, before the first [table]" if len(place) == 1 else ""
        return f"unknown key here; did you mean {'.'.join(place)!r}{top}?"
    return f"unknown key; there are: {', '.join(siblings)}"


def _elsewhere(name: str, places: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    """Of `places`, the one whose last part is most like `name`; of those that end alike the shortest, the first."""
    nearest = {place[-1]: place for place in reversed(sorted(places, key=len))}
    close = difflib.get_close_matches(name, nearest, n=1, cutoff=0.8)
    return nearest[close[0]] if close else ()


def _section_at(model: type[BaseModel], path: Sequence[str | int]) -> Any:
    section: Any = model
    for part in path:
        members = dict(_members(section))
        section = members.get(str(part), members.get(_ANY))
    return section


def _members(section: Any) -> list[tuple[str, Any]]:
    """The keys of a table and what each may be."""
    if isinstance(section, UnionType):
        section = get_args(section)[0]
    if get_origin(section) is dict and isinstance(get_args(section)[1], type):
        return [(_ANY, get_args(section)[1])]
    if isinstance(section, type) and issubclass(section, BaseModel):
        return [(name, field.annotation) for name, field in section.model_fields.items()]
    if isinstance(section, type) and is_dataclass(section):
        return [(field.name, field.type) for field in fields(section)]
    return []


def _all_names(section: Any, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, kind in _members(section):
        yield (*above, name)
        yield from _all_names(kind, (*above, name))


def _kind(value: Any) -> str:
    """What kind of thing it is, and which where that is short and no secret could be in it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return f"the number {value:g}"
    names: tuple[tuple[type, str], ...] = ((str, "text"), (dict, "a table"), (list, "a list"))
    return next((name for kind, name in names if isinstance(value, kind)), "that")
