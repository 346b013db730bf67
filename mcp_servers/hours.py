"""Opening hours: the café's by default, or from a TOML or JSON file. Pure but for reading that file."""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from mcp_servers.spoken import Unclear, parse_time, say_time

__all__ = ["CAFE", "OpeningHours", "Span", "read_hours"]

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True, slots=True)
class Span:
    """From `opens` to `closes`, in minutes since midnight."""

    opens: int
    closes: int

    def __str__(self) -> str:
        return f"{say_time(self.opens)} to {say_time(self.closes)}"


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """One span a day, or None where closed; Monday first, seven of them."""

    week: tuple[Span | None, ...]

    def on(self, day: date) -> Span | None:
        """The hours of `day`."""
        return self.week[day.weekday()]

    def __str__(self) -> str:
        """The week in a sentence, days with equal hours together."""
        runs: list[tuple[int, int]] = []
        for day, span in enumerate(self.week):
            if runs and self.week[runs[-1][0]] == span:
                runs[-1] = (runs[-1][0], day)
            else:
                runs.append((day, day))
        return "; ".join(f"{_days(*run)} {self.week[run[0]] or 'closed'}" for run in runs)


def _days(first: int, last: int) -> str:
    name = _DAYS[first].title()
    return name if first == last else f"{name} to {_DAYS[last].title()}"


CAFE = OpeningHours((Span(8 * 60, 20 * 60),) * 4 + (Span(8 * 60, 22 * 60),) * 2 + (Span(9 * 60, 18 * 60),))
"""Monday to Thursday 8 to 20, Friday and Saturday 8 to 22, Sunday 9 to 18."""


def read_hours(path: Path) -> OpeningHours:
    """The hours in a file such as `monday = "8:00-20:00"`, one key a day; a day left out is closed.

    Raises:
        ValueError: naming the file, the day and what was expected.
        OSError: the file cannot be read.
    """
    text = path.read_text(encoding="utf-8")
    try:
        table: Mapping[str, Any] = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error
    unknown = [key for key in table if key not in _DAYS]
    if unknown:
        raise ValueError(f"{path}: {unknown[0]}: not a day; the days are {', '.join(_DAYS)}")
    return OpeningHours(tuple(_span(path, day, table.get(day)) for day in _DAYS))


def _span(path: Path, day: str, value: Any) -> Span | None:
    if value is None:
        return None
    opens, _, closes = str(value).partition("-")
    try:
        span = Span(parse_time(opens.strip()).minutes, parse_time(closes.strip()).minutes)
    except Unclear as error:
        raise ValueError(f'{path}: {day}: should look like "8:00-20:00", not {value!r}') from error
    if span.opens >= span.closes:
        raise ValueError(f"{path}: {day}: closes before it opens")
    return span
