import asyncio
import sys
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest
from mcp import Client, StdioServerParameters

from mcp_servers.clock import create

BERLIN = ZoneInfo("Europe/Berlin")


def clock(**options):
    return Client(create(timezone="Europe/Berlin", now=lambda: datetime(2026, 11, 23, 18, 5, tzinfo=BERLIN), **options))


async def test_today_is_told_with_date_weekday_and_time():
    async with clock() as client:
        result = await client.call_tool("today", {})
    assert result.content[0].text == "It is Monday, 23 November 2026, 18:05."
    assert result.structured_content == {
        "date": "2026-11-23",
        "weekday": "Monday",
        "time": "18:05",
        "timezone": "Europe/Berlin",
    }


async def test_the_next_days_have_their_dates():
    async with clock() as client:
        result = await client.call_tool("next_days", {})
    assert result.content[0].text.startswith(
        "Today is Monday, 23 November; tomorrow is Tuesday, 24 November; then Wednesday, 25 November; "
    )
    assert result.structured_content["days"][-1] == {"date": "2026-11-30", "weekday": "Monday"}


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"date": "Sunday"}, "On Sunday, 29 November we are open from 9:00 to 18:00."),
        ({}, "On Monday, 23 November we are open from 8:00 to 20:00."),
        ({"date": "eventually"}, "I did not understand the date 'eventually'."),
    ],
)
async def test_opening_hours_are_told_for_a_day(arguments, text):
    async with clock() as client:
        assert (await client.call_tool("opening_hours", arguments)).content[0].text.startswith(text)


async def test_opening_hours_may_come_from_a_file(tmp_path):
    path = tmp_path / "hours.toml"
    path.write_text('monday = "10:00-16:00"')
    async with clock(hours=path) as client:
        monday = await client.call_tool("opening_hours", {"date": "Monday"})
        sunday = await client.call_tool("opening_hours", {"date": "Sunday"})
    assert monday.content[0].text == "On Monday, 23 November we are open from 10:00 to 16:00."
    assert sunday.content[0].text == "We are closed on Sunday, 29 November."
    assert (sunday.structured_content["opens"], sunday.structured_content["closes"]) == (None, None)


async def test_all_its_tools_only_read():
    async with clock() as client:
        tools = (await client.list_tools()).tools
    assert {tool.name: tool.annotations.read_only_hint for tool in tools} == {
        "today": True,
        "next_days": True,
        "opening_hours": True,
    }


def test_an_unknown_time_zone_is_an_error_that_names_it():
    with pytest.raises(ZoneInfoNotFoundError, match="Europe/Atlantis"):
        create(timezone="Europe/Atlantis")


async def test_it_runs_as_a_program_on_stdio():
    args = ["-m", "mcp_servers.clock", "--timezone", "Asia/Tokyo"]
    params = StdioServerParameters(command=sys.executable, args=args)
    async with asyncio.timeout(30), Client(params) as client:
        result = await client.call_tool("today", {})
    assert result.structured_content["timezone"] == "Asia/Tokyo"
