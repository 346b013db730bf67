"""The café's tools. Parameters are few and plain, so that a model of half a billion parameters can fill them."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import wraps
from pathlib import Path
from typing import Annotated, ParamSpec
from zoneinfo import ZoneInfo

from mcp.server import MCPServer
from mcp_types import CallToolResult, TextContent, ToolAnnotations
from pydantic import Field

from mcp_servers.cafe.diary import SEATING, Booking, Diary, NoSuchBooking, NoTable
from mcp_servers.cafe.replies import BookingDetails, Bookings, FreeTable, FreeTables, describe, details, party, say
from mcp_servers.hours import CAFE, OpeningHours
from mcp_servers.spoken import Unclear, parse_date, parse_time, say_date, say_time

__all__ = ["INSTRUCTIONS", "create"]

INSTRUCTIONS = """\
Use these tools for everything about tables and bookings; never invent a free table or a booking code.
A booking needs a day, a time, the number of people and a name: ask for what is missing.
Pass days and times on as the caller said them ("tomorrow", "6:30 pm"). Tell the caller the booking code."""

_STEP = 15
"""Bookings start on the quarter of an hour (minutes)."""
_NEARBY = 150
"""How far from the wished time another one is suggested (minutes)."""
_AHEAD = timedelta(days=365)

Day = Annotated[str, Field(description='Day: "2026-11-24", "tomorrow" or "Friday"')]
Time = Annotated[str, Field(description='Time: "18:30" or "6:30 pm"')]
People = Annotated[int, Field(description="How many people")]
Name = Annotated[str, Field(description="Name of the guest")]
Code = Annotated[str, Field(description='Booking code: a word and a number, like "maple 27"')]

_Arguments = ParamSpec("_Arguments")


class Refused(Exception):
    """Not possible; the message is for the caller's ear."""


def create(
    db: str | Path = "cafe.sqlite",
    *,
    hours: OpeningHours = CAFE,
    timezone: str | None = None,
    now: Callable[[], datetime] | None = None,
) -> MCPServer:
    """The server, keeping its bookings in the SQLite file `db`.

    `timezone` is an IANA name ("Europe/Berlin"), the machine's own when left out; `now` replaces the clock in tests.
    """
    zone = ZoneInfo(timezone) if timezone else None
    cafe = _Cafe(Diary(Path(db)), hours, now or (lambda: datetime.now(zone)))
    server = MCPServer("cafe", title="Café table booking", instructions=INSTRUCTIONS, log_level="WARNING")
    for tool, title, annotations, examples in cafe.tools():
        server.add_tool(tool, title=title, annotations=annotations, meta={"frontdesk/examples": examples})
    return server


def _voiced(tool: Callable[_Arguments, CallToolResult]) -> Callable[_Arguments, CallToolResult]:
    """Turn what the caller can put right into a tool error with nothing but the sentence to say."""

    @wraps(tool)
    def run(*args: _Arguments.args, **kwargs: _Arguments.kwargs) -> CallToolResult:
        try:
            return tool(*args, **kwargs)
        except (Refused, Unclear) as error:
            return CallToolResult(content=[TextContent(type="text", text=str(error))], is_error=True)

    return run


class _Cafe:
    """The tools over one diary. The SDK runs them in worker threads, as they are no coroutines."""

    def __init__(self, diary: Diary, hours: OpeningHours, now: Callable[[], datetime]) -> None:
        self._diary = diary
        self._hours = hours
        self._now = now

    def tools(self) -> list[tuple[Callable[..., CallToolResult], str, ToolAnnotations, list[dict[str, object]]]]:
        """Each tool with its title, its honest annotations, and what a caller might say for it."""
        looks = ToolAnnotations(read_only_hint=True, open_world_hint=False)
        adds = ToolAnnotations(
            read_only_hint=False, destructive_hint=False, idempotent_hint=True, open_world_hint=False
        )
        changes = ToolAnnotations(
            read_only_hint=False, destructive_hint=True, idempotent_hint=True, open_world_hint=False
        )
        return [
            (
                self.search_tables,
                "Search free tables",
                looks,
                [
                    _example("Is there a table for three on Friday at seven?", date="Friday", time="7 pm", people=3),
                    _example(
                        "Do you have anything free tonight at 6:30 for two?", date="today", time="18:30", people=2
                    ),
                ],
            ),
            (
                self.book_table,
                "Book a table",
                adds,
                [
                    _example(
                        "Book a table for four tomorrow at half past six, the name is Miller.",
                        date="tomorrow",
                        time="18:30",
                        people=4,
                        name="Miller",
                    ),
                    _example(
                        "I'd like to reserve for two people on Sunday at noon for Anna Lee.",
                        date="Sunday",
                        time="12:00",
                        people=2,
                        name="Anna Lee",
                    ),
                ],
            ),
            (
                self.change_booking,
                "Change a booking",
                changes,
                [_example("Please move my booking maple 27 to eight in the evening.", code="maple 27", time="8 pm")],
            ),
            (
                self.cancel_booking,
                "Cancel a booking",
                changes,
                [_example("Cancel my table please, the code is river 41.", code="river 41")],
            ),
            (
                self.list_bookings,
                "List bookings",
                looks,
                [_example("What have I booked? My name is Miller.", name="Miller")],
            ),
        ]

    @_voiced
    def search_tables(self, date: Day, time: Time, people: People) -> Annotated[CallToolResult, FreeTables]:
        """Look for free tables at the café. Suggests other times when all are taken."""
        day, start = self._when(date, time)
        self._checkparty(people)
        free = self._diary.free(day, start, people)
        other = [] if free else self._nearby(day, start, people)
        found = FreeTables(
            date=day.isoformat(),
            time=say_time(start),
            people=people,
            free=[FreeTable(table=table.name, area=table.area, seats=table.seats) for table in free],
            other_times=other,
        )
        when = f"on {say_date(day)} at {say_time(start)}"
        if free:
            best = free[0]
            count = "1 table is" if len(free) == 1 else f"{len(free)} tables are"
            return say(f"{count} free for {party(people)} {when}, for example {best.name}, {best.area}.", found)
        return say(f"Nothing is free for {party(people)} {when}. {self._suggestion(other)}", found)

    @_voiced
    def book_table(
        self, date: Day, time: Time, people: People, name: Name
    ) -> Annotated[CallToolResult, BookingDetails]:
        """Book a table at the café. Needs the day, the time, how many people, and a name."""
        day, start = self._when(date, time)
        self._checkparty(people)
        name = " ".join(name.split())
        if not name:
            raise Refused("I need a name for the booking.")
        try:
            booking, new = self._diary.book(day, start, people, name)
        except NoTable:
            raise self._full(day, start, people) from None
        if new:
            return say(f"Booked: {describe(booking)}.", details(booking, "booked"))
        return say(f"That was booked already: {describe(booking)}.", details(booking, "already booked"))

    @_voiced
    def change_booking(
        self, code: Code, date: Day = "", time: Time = "", people: People = 0
    ) -> Annotated[CallToolResult, BookingDetails]:
        """Change the day, the time or the number of people of a booking; leave out what stays as it is."""
        old = self._find(code)
        if not (date or time or people):
            raise Refused("What should change: the day, the time or the number of people?")
        day, start = self._when(date or old.day.isoformat(), time or say_time(old.start).zfill(5))
        people = people or old.people
        self._checkparty(people)
        try:
            booking = self._diary.change(old.code, day, start, people)
        except NoTable:
            raise self._full(day, start, people) from None
        return say(f"Changed: {describe(booking)}.", details(booking, "changed"))

    @_voiced
    def cancel_booking(self, code: Code) -> Annotated[CallToolResult, BookingDetails]:
        """Cancel a booking by its code."""
        booking = self._diary.cancel(self._find(code).code)
        return say(f"Cancelled: {describe(booking)}.", details(booking, "cancelled"))

    @_voiced
    def list_bookings(self, name: Name) -> Annotated[CallToolResult, Bookings]:
        """List the coming bookings of a guest."""
        found = self._diary.of(" ".join(name.split()), self._now().date())
        data = Bookings(bookings=[details(booking, "booked") for booking in found])
        if not found:
            return say(f"There are no bookings under the name {name}.", data)
        count = "1 booking" if len(found) == 1 else f"{len(found)} bookings"
        return say(f"{count}: {'; '.join(describe(booking) for booking in found)}.", data)

    def _when(self, day_text: str, time_text: str) -> tuple[date, int]:
        """The day and the minute meant, if a party can be seated then."""
        now = self._now()
        day, time = parse_date(day_text, now.date()), parse_time(time_text)
        if day < now.date():
            raise Refused(f"{say_date(day)} {day.year} is in the past. Today is {say_date(now.date())} {now.year}.")
        if day > now.date() + _AHEAD:
            raise Refused(f"{say_date(day)} {day.year} is too far ahead; we take bookings for the next twelve months.")
        span = self._hours.on(day)
        if span is None:
            raise Refused(f"We are closed on {say_date(day)}. We are open {self._hours}.")
        last = span.closes - SEATING
        start = time.minutes
        if time.either and not span.opens <= start <= last and span.opens <= (start + 720) % 1440 <= last:
            start = (start + 720) % 1440
        if not span.opens <= start <= last:
            closed = "We are closed" if not span.opens <= start < span.closes else "That is too late for a meal"
            raise Refused(
                f"{closed} at {say_time(start)}. On {say_date(day)} we take bookings from {say_time(span.opens)} "
                f"to {say_time(last)}."
            )
        if start % _STEP:
            earlier = start - start % _STEP
            raise Refused(f"We book on the quarter hour, such as {say_time(earlier)} or {say_time(earlier + _STEP)}.")
        if day == now.date() and start < now.hour * 60 + now.minute:
            raise Refused(f"{say_time(start)} has passed, it is {say_time(now.hour * 60 + now.minute)} now.")
        return day, start

    def _checkparty(self, people: int) -> None:
        largest = self._diary.largest
        if people < 1:
            raise Refused("How many people will come?")
        if people > largest:
            raise Refused(f"Our largest table seats {largest}; {people} people would need two bookings.")

    def _find(self, code: str) -> Booking:
        try:
            return self._diary.find(code)
        except NoSuchBooking:
            raise Refused(f"There is no booking with the code {code}.") from None

    def _full(self, day: date, start: int, people: int) -> Refused:
        other = self._suggestion(self._nearby(day, start, people))
        return Refused(f"Nothing is free for {party(people)} on {say_date(day)} at {say_time(start)}. {other}")

    def _nearby(self, day: date, start: int, people: int) -> list[str]:
        """Up to three times with a free table close to `start`, in the order of the day."""
        now, span = self._now(), self._hours.on(day)
        first = now.hour * 60 + now.minute if day == now.date() else 0
        shifts = sorted(range(-_NEARBY, _NEARBY + 1, 2 * _STEP), key=lambda shift: (abs(shift), shift))
        times = [start + shift for shift in shifts if shift]
        possible = [t for t in times if span is not None and max(span.opens, first) <= t <= span.closes - SEATING]
        free = (time for time in possible if self._diary.free(day, time, people))
        return [say_time(time) for time in sorted(time for time, _ in zip(free, range(3), strict=False))]

    @staticmethod
    def _suggestion(times: list[str]) -> str:
        if not times:
            return "There is nothing near that time; another day may do."
        return f"There is something at {' or '.join(filter(None, [', '.join(times[:-1]), times[-1]]))}."


def _example(user: str, **arguments: object) -> dict[str, object]:
    return {"user": user, "arguments": arguments}
