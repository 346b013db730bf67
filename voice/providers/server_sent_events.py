"""Server-sent events from bytes, read as generously as servers write them. Pure.

The vendors' SDKs do not tell an answer that was closed with [DONE] from one that broke off, and skip events without a
name; a compatible server may also answer with plain JSON, one object or one a line.
"""

import json
import re
from typing import Any

__all__ = ["DONE", "EventReader"]

DONE = "[DONE]"
"""The data of the event that closes a stream of chat completions."""
_LINE = re.compile(rb"\r\n|\n|\r(?!\Z)")
_FIELD = re.compile(r"(data|event|id|retry)?(?::\ ?(.*)|\Z)", re.DOTALL)
_LONGEST = 4_000_000
"""Bytes that may wait for the end of a line or an event."""


class EventReader:
    """`push` bytes as they come, `flush` when they are over; both return the data of the events that are complete.

    An event's data is DONE or a JSON value; the name of an event is its "type" where the data has none.
    Raises ValueError for what is no JSON, or is too long.
    """

    def __init__(self) -> None:
        self._bytes = b""
        self._name = ""
        self._data: list[str] = []
        self._plain = ""
        """Lines that are no event's: JSON as it is."""

    def push(self, more: bytes) -> list[Any]:
        """Take the next bytes."""
        self._bytes += more
        *lines, self._bytes = _LINE.split(self._bytes)
        found = [value for line in lines for value in self._line(line)]
        if len(self._bytes) + len(self._plain) + sum(map(len, self._data)) > _LONGEST:
            raise ValueError("an event without an end")
        return found

    def flush(self) -> list[Any]:
        """The bytes are over."""
        lines = [*_LINE.split(self._bytes.removesuffix(b"\r")), b""]
        self._bytes = b""
        found = [value for line in lines for value in self._line(line)]
        if self._plain:
            raise ValueError(f"neither an event nor JSON: {self._plain[:80]}")
        return found

    def _line(self, line: bytes) -> list[Any]:
        text = line.decode("utf-8", "replace").lstrip("\ufeff")
        if not text:
            return self._event()
        field = _FIELD.fullmatch(text)
        if field is None or self._plain:
            return self._json(text)
        match field[1]:
            case "data":
                self._data.append(field[2] or "")
            case "event":
                self._name = field[2] or ""
        return []

    def _event(self) -> list[Any]:
        name, data = self._name, "\n".join(self._data).strip()
        self._name, self._data = "", []
        if not data:
            return []
        if data.startswith(DONE):
            return [DONE]
        value = json.loads(data)
        return [{"type": name} | value if name and isinstance(value, dict) else value]

    def _json(self, text: str) -> list[Any]:
        self._plain += text
        try:
            value = json.loads(self._plain)
        except ValueError:
            return []
        self._plain = ""
        return [value]
