"""`${VAR}`, `${VAR:-default}` and `${env:VAR}` in configuration values. Pure: the environment is an argument."""

import re
from collections.abc import Mapping
from typing import Any

__all__ = ["UnknownPlaceholder", "UnsetVariable", "expand"]

_PLACEHOLDER = re.compile(r"\$\{([^}]*)\}")
_VARIABLE = re.compile(r"(?:env:)?(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>.*))?", re.DOTALL)

Path = tuple[str | int, ...]
"""Keys and list positions that lead to a value."""


class UnsetVariable(LookupError):
    """The variable `name`, which has no default, is not in the environment; `path` is where it is used."""

    def __init__(self, name: str, path: Path) -> None:
        super().__init__(name)
        self.name = name
        self.path = path


class UnknownPlaceholder(ValueError):
    """`${...}` of a form only some other MCP host understands, such as `${input:id}`; `text` is the whole of it."""

    def __init__(self, text: str, path: Path) -> None:
        super().__init__(text)
        self.text = text
        self.path = path


def expand(value: Any, environ: Mapping[str, str], path: Path = ()) -> Any:
    """`value` with the placeholders in its strings replaced, inside lists and mappings too.

    A default also stands in for a variable that is set but empty, as in the shell.

    Raises:
        UnsetVariable: there is neither a value nor a default.
        UnknownPlaceholder: not one of the three forms.
    """
    if isinstance(value, str):
        return _PLACEHOLDER.sub(lambda match: _value(match.group(1), environ, path), value)
    if isinstance(value, Mapping):
        return {key: expand(item, environ, (*path, key)) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [expand(item, environ, (*path, index)) for index, item in enumerate(value)]
    return value


def _value(inside: str, environ: Mapping[str, str], path: Path) -> str:
    form = _VARIABLE.fullmatch(inside)
    if form is None:
        raise UnknownPlaceholder(f"${{{inside}}}", path)
    value, default = environ.get(form["name"]), form["default"]
    if default is not None:
        return value or default
    if value is None:
        raise UnsetVariable(form["name"], path)
    return value
