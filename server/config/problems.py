"""Says in plain words what is wrong with a configuration: which key, what was expected, what to do. Pure."""

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from server.config.secrets import KeyPath

__all__ = ["plain_message", "policy_problems", "problem_of", "unknown_name"]

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


def unknown_name(kind: str, name: str, known: Sequence[str]) -> str:
    """ "no <kind> 'x'; did you mean 'y'? There are: ..."."""
    close = difflib.get_close_matches(name, known, n=1)
    guess = f"; did you mean {close[0]!r}?" if close else "."
    return f"there is no {kind} {name!r}{guess} There are: {', '.join(known) or 'none'}"


def problem_of(detail: ErrorDetails, model: type[BaseModel]) -> tuple[KeyPath, str]:
    """The key path and the message of one pydantic error of `model`."""
    path, kind = detail["loc"], detail["type"]
    if kind in _UNKNOWN:
        return path, _unknown_key(path, model)
    if kind == "missing":
        return path, "is missing: write what the agent is and how it should behave" if path == (
            "agent",
            "instructions",
        ) else "is missing"
    if kind == "string_too_short":
        return path, "is empty"
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


def _unknown_key(path: KeyPath, model: type[BaseModel]) -> str:
    name, siblings = str(path[-1]), _names_at(model, path[:-1])
    close = difflib.get_close_matches(name, siblings, n=1) or [s for s in siblings if s.lower() == name.lower()]
    if close:
        return f"unknown key; did you mean {close[0]!r}?"
    everywhere = {known[-1]: ".".join(known) for known in _all_names(model)}
    elsewhere = difflib.get_close_matches(name, everywhere, n=1, cutoff=0.8)
    if elsewhere:
        return f"unknown key here; did you mean {everywhere[elsewhere[0]]!r}?"
    return f"unknown key; there are: {', '.join(siblings)}"


def _names_at(model: type[BaseModel], path: Sequence[str | int]) -> list[str]:
    section: Any = model
    for part in path:
        section = dict(_members(section)).get(str(part))
    return [name for name, _ in _members(section)]


def _members(section: Any) -> list[tuple[str, Any]]:
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
