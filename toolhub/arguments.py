"""Does a call fit the tool's input schema? Checked before the call, in words a model can correct itself by."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match
from jsonschema.protocols import Validator
from jsonschema.validators import validator_for
from referencing import Registry
from referencing.exceptions import Unresolvable

__all__ = ["UnusableSchema", "problems", "validator"]

_MOST = 3
"""Problems named in one message; more only blur it."""


class UnusableSchema(ValueError):
    """The input schema is no JSON schema, so no LLM could be given the tool."""


def validator(schema: dict[str, Any]) -> Validator:
    """A compiled validator. References are looked up inside the schema only, never on the network.

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
    return kind(schema, registry=Registry())


def problems(arguments: Mapping[str, Any], check: Validator) -> list[str]:
    """What is wrong with `arguments`, at most three things, in the schema's order; empty if they fit.

    Also empty where the schema cannot be applied here (a reference that leaves it, a pattern in another language's
    syntax, endless recursion): the model could not mend that, so the server has the say.
    """
    try:
        errors = list(check.iter_errors(arguments))
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
