"""Does a call fit the tool's input schema? Checked before the call, in words a model can correct itself by."""

from collections.abc import Iterator, Mapping
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError, ValidationError
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
    try:
        kind.check_schema(schema)
    except SchemaError as error:
        raise UnusableSchema(f"its input schema is wrong: {error.message}") from error
    # An explicit empty registry: the default one fetches unknown references.
    return kind(schema, registry=Registry())


def problems(arguments: Mapping[str, Any], check: Validator) -> list[str]:
    """What is wrong with `arguments`, at most three things, in the schema's order; empty if they fit."""
    try:
        errors = list(check.iter_errors(arguments))
    except Unresolvable as error:
        return [f"the tool's input schema refers to {error.ref!r}, which it does not contain"]
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
