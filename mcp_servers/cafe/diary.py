"""The café's tables and bookings in SQLite: who sits where and when, never two parties at one table.

Every operation opens a connection of its own and writes inside one `BEGIN IMMEDIATE` transaction, so threads and
processes can share the file. Times are minutes since midnight.
"""

import re
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from mcp_servers.spoken import with_digits

__all__ = ["SEATING", "Booking", "Diary", "NoSuchBooking", "NoTable", "Table"]

SEATING = 90
"""Minutes a party keeps its table."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS tables (
    name TEXT PRIMARY KEY,
    area TEXT NOT NULL,
    seats INTEGER NOT NULL CHECK (seats > 0)
);
CREATE TABLE IF NOT EXISTS bookings (
    code TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    people INTEGER NOT NULL CHECK (people > 0),
    date TEXT NOT NULL,
    start INTEGER NOT NULL CHECK (start BETWEEN 0 AND 1439),
    table_name TEXT NOT NULL REFERENCES tables (name),
    cancelled INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS bookings_by_date ON bookings (date, table_name);
"""

_TABLES = (
    ("Window", "by the street", 2),
    ("Corner", "inside", 2),
    ("Alcove", "inside", 2),
    ("Stove", "inside", 4),
    ("Mirror", "inside", 4),
    ("Lime tree", "in the garden", 4),
    ("Round", "inside", 6),
    ("Long", "in the garden", 8),
)

_WORDS = (
    "apple",
    "anchor",
    "amber",
    "autumn",
    "basil",
    "bridge",
    "candle",
    "castle",
    "cedar",
    "cherry",
    "coffee",
    "coral",
    "cotton",
    "garden",
    "ginger",
    "hazel",
    "honey",
    "island",
    "jasmine",
    "lemon",
    "maple",
    "marble",
    "meadow",
    "melon",
    "mountain",
    "olive",
    "orange",
    "paper",
    "pepper",
    "piano",
    "poppy",
    "river",
    "rocket",
    "salmon",
    "silver",
    "summer",
    "sunset",
    "tiger",
    "tulip",
    "valley",
    "velvet",
    "violet",
    "walnut",
    "willow",
    "yellow",
    "zebra",
)
"""Words that sound unlike each other; a code is one of them and two digits."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table."""

    name: str
    area: str
    seats: int


@dataclass(frozen=True, slots=True)
class Booking:
    """A party at a table. `code` is what the guest remembers it by, e.g. "maple 27"."""

    code: str
    name: str
    people: int
    day: date
    start: int
    table: str


class NoTable(LookupError):
    """Every table that is large enough is taken then."""


class NoSuchBooking(LookupError):
    """No booking, or no longer one, under this code."""


class Diary:
    """The bookings in the file at `path`, which is made with the café's tables if it is not there."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        with self._writing() as db:
            for statement in _SCHEMA.split(";"):
                db.execute(statement)
            if db.execute("SELECT count(*) FROM tables").fetchone()[0] == 0:
                db.executemany("INSERT INTO tables (name, area, seats) VALUES (?, ?, ?)", _TABLES)

    @property
    def largest(self) -> int:
        """Seats of the largest table."""
        with self._reading() as db:
            return int(db.execute("SELECT max(seats) FROM tables").fetchone()[0])

    def free(self, day: date, start: int, people: int) -> list[Table]:
        """Tables for a party, the smallest first; empty when all are taken."""
        with self._reading() as db:
            return _free(db, day, start, people)

    def book(self, day: date, start: int, people: int, name: str) -> tuple[Booking, bool]:
        """Book the smallest free table. The same booking again is not a second one: then the flag is False.

        Raises:
            NoTable: all are taken.
        """
        with self._writing() as db:
            same = db.execute(
                _SELECT + "AND date = ? AND start = ? AND people = ? AND name = ? COLLATE NOCASE",
                (day.isoformat(), start, people, name),
            ).fetchone()
            if same is not None:
                return _booking(same), False
            table = _first(_free(db, day, start, people))
            booking = Booking(_new_code(db), name, people, day, start, table.name)
            db.execute(
                "INSERT INTO bookings (code, name, people, date, start, table_name) VALUES (?, ?, ?, ?, ?, ?)",
                (booking.code, name, people, day.isoformat(), start, table.name),
            )
            return booking, True

    def find(self, code: str) -> Booking:
        """The booking with this code, however it is written ("Maple-27", "maple twenty seven").

        Raises:
            NoSuchBooking: there is none.
        """
        with self._reading() as db:
            return _find(db, code)

    def change(self, code: str, day: date, start: int, people: int) -> Booking:
        """Move a booking; it keeps its table if that is free then and large enough.

        Raises:
            NoSuchBooking: there is none.
            NoTable: all are taken; the booking stays as it was.
        """
        with self._writing() as db:
            old = _find(db, code)
            free = _free(db, day, start, people, besides=old.code)
            table = next((t for t in free if t.name == old.table), None) or _first(free)
            db.execute(
                "UPDATE bookings SET date = ?, start = ?, people = ?, table_name = ? WHERE code = ?",
                (day.isoformat(), start, people, table.name, old.code),
            )
            return _find(db, old.code)

    def cancel(self, code: str) -> Booking:
        """Cancel a booking.

        Raises:
            NoSuchBooking: there is none, or it has been cancelled before.
        """
        with self._writing() as db:
            booking = _find(db, code)
            db.execute("UPDATE bookings SET cancelled = 1 WHERE code = ?", (booking.code,))
            return booking

    def of(self, name: str, since: date) -> list[Booking]:
        """Bookings under `name` (capitals do not matter) from the day `since` on, the earliest first."""
        with self._reading() as db:
            rows = db.execute(
                _SELECT + "AND name = ? COLLATE NOCASE AND date >= ? ORDER BY date, start", (name, since.isoformat())
            )
            return [_booking(row) for row in rows]

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        # Transactions are ours to begin (isolation_level=None); `timeout` is how long another writer is waited for.
        with closing(sqlite3.connect(self._path, timeout=5.0, isolation_level=None)) as db:
            yield db

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._reading() as db:
            # IMMEDIATE takes the write lock before the first look, so what is free stays free until the commit.
            db.execute("BEGIN IMMEDIATE")
            with db:
                yield db


_SELECT = "SELECT code, name, people, date, start, table_name FROM bookings WHERE NOT cancelled "


def _free(db: sqlite3.Connection, day: date, start: int, people: int, besides: str = "") -> list[Table]:
    rows = db.execute(
        """
        SELECT name, area, seats FROM tables WHERE seats >= ? AND name NOT IN (
            SELECT table_name FROM bookings
            WHERE NOT cancelled AND date = ? AND start < ? AND start > ? AND code <> ?
        ) ORDER BY seats, rowid
        """,
        (people, day.isoformat(), start + SEATING, start - SEATING, besides),
    )
    return [Table(*row) for row in rows]


def _first(tables: list[Table]) -> Table:
    if not tables:
        raise NoTable
    return tables[0]


def _find(db: sqlite3.Connection, code: str) -> Booking:
    parts = re.fullmatch(r"([a-z]+)(\d+)", re.sub(r"[^a-z0-9]", "", with_digits(code.lower().replace("-", " "))))
    row = db.execute(_SELECT + "AND code = ?", (f"{parts[1]} {parts[2]}",)).fetchone() if parts else None
    if row is None:
        raise NoSuchBooking(code)
    return _booking(row)


def _booking(row: tuple[str, str, int, str, int, str]) -> Booking:
    code, name, people, day, start, table = row
    return Booking(code, name, people, date.fromisoformat(day), start, table)


def _new_code(db: sqlite3.Connection) -> str:
    digits = 2
    while True:
        for _ in range(20):
            code = f"{secrets.choice(_WORDS)} {10 ** (digits - 1) + secrets.randbelow(9 * 10 ** (digits - 1))}"
            if db.execute("SELECT 1 FROM bookings WHERE code = ?", (code,)).fetchone() is None:
                return code
        digits += 1  # a full diary: longer codes
