"""What day it is, what the days to come are called, and when the place is open. All tools only read.

Run it with `python -m mcp_servers.clock [--timezone Europe/Berlin] [--hours FILE]`, or in-process as
`mcp_servers.clock:create`. A language model knows neither the date nor what "Friday" is; a voice agent has to.
"""

import argparse
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

from mcp.server import MCPServer
from mcp_types import CallToolResult, TextContent, ToolAnnotations
from pydantic import BaseModel, Field

from mcp_servers.hours import CAFE, read_hours
from mcp_servers.spoken import Unclear, parse_date, say_date, say_time

__all__ = ["create", "main"]

_READS = ToolAnnotations(read_only_hint=True, open_world_hint=False)


class Now(BaseModel):
    """The present."""

    date: str
    weekday: str
    time: str
    timezone: str


class Day(BaseModel):
    """A day by its date."""

    date: str
    weekday: str


class Days(BaseModel):
    """Days, today first."""

    days: list[Day]


class Hours(BaseModel):
    """When it is open on a day; both times are null when it is closed."""

    date: str
    weekday: str
    opens: str | None
    closes: str | None


def create(
    *, timezone: str | None = None, hours: str | Path | None = None, now: Callable[[], datetime] | None = None
) -> MCPServer:
    """The server.

    `timezone` is an IANA name, the machine's own when left out; `hours` a file as `mcp_servers.hours.read_hours` takes
    it, the café's hours when left out; `now` replaces the clock in tests.
    """
    zone = ZoneInfo(timezone) if timezone else None
    clock = now or (lambda: datetime.now(zone).astimezone())
    opening = read_hours(Path(hours)) if hours else CAFE
    server = MCPServer(
        "clock",
        title="Clock and opening hours",
        instructions="Ask here what day or time it is and when we are open; do not guess.",
        log_level="WARNING",
    )

    @server.tool(title="Date and time", annotations=_READS, meta=_examples("What day is it today?"))
    def today() -> Annotated[CallToolResult, Now]:
        """Tell today's date, the weekday and the time."""
        moment = clock()
        return _say(
            f"It is {say_date(moment.date())} {moment.year}, {say_time(moment.hour * 60 + moment.minute)}.",
            Now(
                date=moment.date().isoformat(),
                weekday=f"{moment:%A}",
                time=f"{moment:%H:%M}",
                timezone=timezone or moment.tzname() or "local time",
            ),
        )

    @server.tool(title="The next days", annotations=_READS, meta=_examples("What date is next Thursday?"))
    def next_days() -> Annotated[CallToolResult, Days]:
        """List the dates of today and the seven days after it."""
        first = clock().date()
        days = [first + timedelta(days=ahead) for ahead in range(8)]
        today_is, tomorrow_is, *others = (say_date(day) for day in days)
        text = f"Today is {today_is}; tomorrow is {tomorrow_is}; then {'; '.join(others)}."
        return _say(text, Days(days=[Day(date=d.isoformat(), weekday=f"{d:%A}") for d in days]))

    @server.tool(
        title="Opening hours", annotations=_READS, meta=_examples("When do you open on Sunday?", date="Sunday")
    )
    def opening_hours(
        date: Annotated[str, Field(description='Day: "2026-11-24", "tomorrow" or "Friday"')] = "today",
    ) -> Annotated[CallToolResult, Hours]:
        """Tell when the place is open on a day."""
        try:
            day = parse_date(date, clock().date())
        except Unclear as error:
            return CallToolResult(content=[TextContent(type="text", text=str(error))], is_error=True)
        span = opening.on(day)
        return _say(
            f"On {say_date(day)} we are open from {span}." if span else f"We are closed on {say_date(day)}.",
            Hours(
                date=day.isoformat(),
                weekday=f"{day:%A}",
                opens=say_time(span.opens) if span else None,
                closes=say_time(span.closes) if span else None,
            ),
        )

    return server


def _examples(user: str, **arguments: object) -> dict[str, object]:
    return {"frontdesk/examples": [{"user": user, "arguments": arguments}]}


def _say(text: str, data: BaseModel) -> CallToolResult:
    content = [TextContent(type="text", text=text)]
    return CallToolResult(content=[*content], structured_content=data.model_dump(mode="json"))


def main() -> None:
    """Serve stdio until the client hangs up."""
    parser = argparse.ArgumentParser(prog="python -m mcp_servers.clock", description=__doc__)
    parser.add_argument("--timezone", help='IANA name such as "Europe/Berlin" (default: the machine\'s own)')
    parser.add_argument("--hours", type=Path, help="TOML or JSON file with opening hours (default: the café's)")
    options = parser.parse_args()
    create(timezone=options.timezone, hours=options.hours).run("stdio")


if __name__ == "__main__":
    main()
