"""Does a call fit the tool's input schema? Checked before the call, in words a model can correct itself by.

Most calls fit, and most schemas are plain: so what can be seen at a glance is not given to the validator, which takes
0.13 ms after a pause, ten times as long.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match
from jsonschema.protocols import Validator
from jsonschema.validators import validator_for
from referencing import Registry
from referencing.exceptions import Unresolvable

__all__ = ["ArgumentCheck", "UnusableSchema", "problems", "validator"]

_MOST = 3
"""Problems named in one message; more only blur it."""


class UnusableSchema(ValueError):
    """The input schema is no JSON schema, so no LLM could be given the tool."""


_Test = Callable[[Any], bool]


@dataclass(frozen=True, slots=True)
class ArgumentCheck:
    """An input schema, made ready."""

    validator: Validator
    fits: _Test
    """True only for what the validator accepts; False says nothing."""


def validator(schema: dict[str, Any]) -> ArgumentCheck:
    """What arguments are checked by. References are looked up inside the schema only, never on the network.

    The dialect is the schema's own, else 2020-12, which MCP prescribes.

    Raises:
        UnusableSchema: not a valid schema.
    """
    kind = validator_for(schema, default=Draft202012Validator)
    # Not `check_schema`, which also wants patterns in our syntax of regular expressions; many are in JavaScript's.
    error = best_match(kind(kind.META_SCHEMA).iter_errors(schema))
    if error is not None:
        raise UnusableSchema(f"its input schema is wrong: {error.message}")
    # An explicit empty registry: the default one fetches unknown references.
    return ArgumentCheck(kind(schema, registry=Registry()), _glance(schema) or _never)


def problems(arguments: Mapping[str, Any], check: ArgumentCheck) -> list[str]:
    """What is wrong with `arguments`, at most three things, in the schema's order; empty if they fit.

    Also empty where the schema cannot be applied here (a reference that leaves it, a pattern in another language's
    syntax, endless recursion): the model could not mend that, so the server has the say.
    """
    if check.fits(arguments):
        return []
    try:
        errors = list(check.validator.iter_errors(arguments))
    except (Unresolvable, re.error, RecursionError):
        return []
    return list(dict.fromkeys(text for error in errors for text in _texts(error)))[:_MOST]


def _texts(error: ValidationError) -> Iterator[str]:
    where = ".".join(str(part) for part in error.absolute_path)
    match error.validator:
        case "required":
            yield f"{error.message}{f' of {where}' if where else ''}"
        case "additionalProperties":
            known = ", ".join(error.schema.get("properties", {})) if isinstance(error.schema, Mapping) else ""
            yield f"{error.message}{f'; the parameters are {known}' if known else ''}"
        case _:
            yield f"{where}: {error.message}" if where else error.message


def _glance(schema: Any) -> _Test | None:
    """A quick test by `schema`, true only for what fits; None if the schema has more in it than is looked at here."""
    if not isinstance(schema, Mapping):
        return None
    tests = []
    for key in schema.keys() - _NOTES:
        test = _TESTS[key](schema[key]) if key in _TESTS else None
        if test is None:
            return None
        tests.append(test)
    return lambda value: all(test(value) for test in tests)


def _never(value: Any) -> bool:
    return False


def _type(names: Any) -> _Test | None:
    wanted = [names] if isinstance(names, str) else names
    if not all(isinstance(name, str) and name in _TYPES for name in wanted):  # draft 3 has others
        return None
    kinds = tuple(kind for name in wanted for kind in _TYPES[name])
    return lambda value: type(value) in kinds


def _enum(values: list[Any]) -> _Test | None:
    # Strings only: 1, 1.0 and true are equal in Python and not in JSON.
    if not all(isinstance(value, str) for value in values):
        return None
    return lambda value: isinstance(value, str) and value in values


def _properties(schemas: Mapping[str, Any]) -> _Test | None:
    tests = {name: _glance(schema) for name, schema in schemas.items()}
    known = {name: test for name, test in tests.items() if test is not None}
    if len(known) < len(tests):
        return None
    return lambda value: isinstance(value, dict) and all(known.get(k, _never)(v) for k, v in value.items())


def _required(names: list[str]) -> _Test:
    return lambda value: isinstance(value, dict) and all(name in value for name in names)


def _items(schema: Any) -> _Test | None:
    test = _glance(schema)
    return None if test is None else lambda value: isinstance(value, list) and all(map(test, value))


def _any_of(schemas: list[Any]) -> _Test | None:
    tests = [test for test in map(_glance, schemas) if test is not None]
    return (lambda value: any(test(value) for test in tests)) if tests else None


def _minimum(bound: float) -> _Test:
    return lambda value: type(value) in (int, float) and value >= bound


def _maximum(bound: float) -> _Test:
    return lambda value: type(value) in (int, float) and value <= bound


_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
    "array": (list,),
    "object": (dict,),
}
_TESTS: dict[str, Callable[[Any], _Test | None]] = {
    "type": _type,
    "enum": _enum,
    "properties": _properties,
    "required": _required,
    "items": _items,
    "anyOf": _any_of,
    "minimum": _minimum,
    "maximum": _maximum,
}
# `properties` accepts no others than those it knows, so that `additionalProperties` can say what it likes.
_NOTES = frozenset({"title", "description", "default", "examples", "format", "additionalProperties"})
