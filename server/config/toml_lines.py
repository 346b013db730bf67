"""Where in a TOML text a key stands: `tomllib` does not tell, and an error message should."""

import re
from collections.abc import Sequence

__all__ = ["line_of"]

_TABLE = re.compile(r"^\s*\[\[?\s*(?P<name>[^\[\]]+?)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(r"^\s*(?P<name>[A-Za-z0-9_.\"' -]+?)\s*=")


def line_of(text: str, path: Sequence[str | int]) -> int | None:
    """The line (from 1) of the key at `path`, or of the nearest enclosing key or table; None where none is found.

    Good for files as people write them; a key inside a multi-line string may mislead it, which costs a line number.
    """
    lines = _lines(text)
    names = tuple(str(part) for part in path if isinstance(part, str))
    while names:
        if names in lines:
            return lines[names]
        names = names[:-1]
    return None


def _lines(text: str) -> dict[tuple[str, ...], int]:
    found: dict[tuple[str, ...], int] = {}
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), 1):
        if heading := _TABLE.match(line):
            table = _parts(heading["name"])
            found.setdefault(table, number)
        elif key := _KEY.match(line):
            found.setdefault((*table, *_parts(key["name"])), number)
    return found


def _parts(name: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in name.split("."))
