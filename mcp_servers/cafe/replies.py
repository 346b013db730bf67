"""What the café's tools answer: typed data for programs, one short sentence for a voice. Pure."""

from typing import Literal

from mcp_types import CallToolResult, TextContent
from pydantic import BaseModel

from mcp_servers.cafe.diary import Booking
from mcp_servers.spoken import say_date, say_time

__all__ = ["BookingDetails", "Bookings", "FreeTable", "FreeTables", "describe", "details", "party", "say"]


class FreeTable(BaseModel):
    """A table that could be booked."""

    table: str
    area: str
    seats: int


class FreeTables(BaseModel):
    """What is free at the time asked for; when nothing is, other times of that day."""

    date: str
    time: str
    people: int
    free: list[FreeTable]
    other_times: list[str]


Status = Literal["booked", "already booked", "changed", "cancelled"]


class BookingDetails(BaseModel):
    """One booking. `status` is what has just happened to it."""

    code: str
    date: str
    time: str
    people: int
    name: str
    table: str
    status: Status


class Bookings(BaseModel):
    """Bookings, the earliest first."""

    bookings: list[BookingDetails]


def say(text: str, data: BaseModel) -> CallToolResult:
    """A result with a sentence and its data."""
    return CallToolResult(
        content=[TextContent(type="text", text=text)], structured_content=data.model_dump(mode="json")
    )


def party(people: int) -> str:
    """ "4 people"."""
    return "1 person" if people == 1 else f"{people} people"


def describe(booking: Booking) -> str:
    """A booking in a few words."""
    when = f"{say_date(booking.day)} at {say_time(booking.start)}"
    return f"{when}, {party(booking.people)}, name {booking.name}, table {booking.table}, code {booking.code}"


def details(booking: Booking, status: Status) -> BookingDetails:
    """A booking as data."""
    return BookingDetails(
        code=booking.code,
        date=booking.day.isoformat(),
        time=say_time(booking.start),
        people=booking.people,
        name=booking.name,
        table=booking.table,
        status=status,
    )
