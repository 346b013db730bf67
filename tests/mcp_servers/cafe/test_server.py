"""The café as an agent sees it: through the protocol."""

import asyncio
import json
import socket
import sqlite3
import sys
from contextlib import asynccontextmanager, closing
from datetime import datetime

import pytest
from jsonschema import Draft202012Validator
from mcp import Client, StdioServerParameters
from mcp_types import TextContent, ToolAnnotations

from mcp_servers.cafe import create
from mcp_servers.cafe.server import INSTRUCTIONS

NOW = datetime(2026, 11, 23, 10, 5)  # a Monday


@pytest.fixture
def db(tmp_path):
    return tmp_path / "cafe.sqlite"


@pytest.fixture
def cafe(db):
    """`async with cafe() as call`: `await call(tool, **arguments)` gives (text, data, is_error)."""

    @asynccontextmanager
    async def connect(now=NOW):
        async with Client(create(db, now=lambda: now)) as client:

            async def call(tool, **arguments):
                result = await client.call_tool(tool, arguments)
                [content] = result.content
                assert isinstance(content, TextContent)
                return content.text, result.structured_content, result.is_error

            yield call

    return connect


async def test_a_guest_searches_books_changes_lists_and_cancels(cafe):
    async with cafe() as call:
        text, data, _ = await call("search_tables", date="tomorrow", time="6:30 pm", people=4)
        assert text == ("5 tables are free for 4 people on Tuesday, 24 November at 18:30, for example Stove, inside.")
        assert [table["table"] for table in data["free"]] == ["Stove", "Mirror", "Lime tree", "Round", "Long"]
        text, booked, _ = await call("book_table", date="2026-11-24", time="18:30", people=4, name="Miller")
        code = booked["code"]
        assert text == (f"Booked: Tuesday, 24 November at 18:30, 4 people, name Miller, table Stove, code {code}.")
        text, changed, _ = await call("change_booking", code=code.title(), time="5 pm")
        assert text.startswith("Changed: Tuesday, 24 November at 17:00, 4 people")
        assert changed == {**booked, "time": "17:00", "status": "changed"}
        text, listed, _ = await call("list_bookings", name="miller")
        assert text.startswith("1 booking: Tuesday, 24 November at 17:00")
        assert listed["bookings"] == [{**changed, "status": "booked"}]
        text, cancelled, _ = await call("cancel_booking", code=code)
        assert cancelled["status"] == "cancelled"
        assert await call("list_bookings", name="Miller") == (
            "There are no bookings under the name Miller.",
            {"bookings": []},
            False,
        )


async def test_the_row_is_in_the_database_afterwards(cafe, db):
    async with cafe() as call:
        await call("book_table", date="tomorrow", time="18:30", people=4, name="Anna  Lee ")
    with closing(sqlite3.connect(db)) as connection:
        row = connection.execute("SELECT name, people, date, start, cancelled FROM bookings").fetchone()
    assert row == ("Anna Lee", 4, "2026-11-24", 18 * 60 + 30, 0)


async def test_a_repeated_booking_says_so_and_stays_one(cafe):
    async with cafe() as call:
        first = await call("book_table", date="tomorrow", time="18:30", people=2, name="Lee")
        again = await call("book_table", date="2026-11-24", time="6:30 pm", people=2, name="lee")
        assert again[0].startswith("That was booked already: Tuesday, 24 November at 18:30")
        assert again[1] == {**first[1], "status": "already booked"}


async def test_when_all_is_taken_other_times_are_suggested(cafe):
    async with cafe() as call:
        for name in "ab":
            await call("book_table", date="tomorrow", time="15:00", people=6, name=name)
        text, data, is_error = await call("search_tables", date="tomorrow", time="15:00", people=6)
        assert text == (
            "Nothing is free for 6 people on Tuesday, 24 November at 15:00. "
            "There is something at 13:00, 13:30 or 16:30."
        )
        assert (data["free"], data["other_times"], is_error) == ([], ["13:00", "13:30", "16:30"], False)
        refused = await call("book_table", date="tomorrow", time="15:00", people=6, name="c")
        assert refused == (text, None, True)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"time": "23:00"}, "We are closed at 23:00. On Tuesday, 24 November we take bookings from 8:00 to 18:30."),
        ({"time": "5 am"}, "We are closed at 5:00. On Tuesday, 24 November we take bookings from 8:00 to 18:30."),
        (
            {"time": "19:00"},
            "That is too late for a meal at 19:00. On Tuesday, 24 November we take bookings from 8:00 to 18:30.",
        ),
        ({"time": "18:10"}, "We book on the quarter hour, such as 18:00 or 18:15."),
        ({"date": "2026-11-22"}, "Sunday, 22 November 2026 is in the past. Today is Monday, 23 November 2026."),
        (
            {"date": "2028-01-01"},
            "Saturday, 1 January 2028 is too far ahead; we take bookings for the next twelve months.",
        ),
        ({"date": "today", "time": "9:00"}, "9:00 has passed, it is 10:05 now."),
        ({"date": "soon"}, "I did not understand the date 'soon'. Give it like 2026-11-23, or as tomorrow or Friday."),
        ({"time": "late"}, "I did not understand the time 'late'. Give it like 18:30 or 6:30 pm."),
        ({"people": 9}, "Our largest table seats 8; 9 people would need two bookings."),
        ({"people": 0}, "How many people will come?"),
        ({"name": " "}, "I need a name for the booking."),
    ],
)
async def test_what_cannot_be_booked_is_refused_in_a_sentence_to_speak(cafe, arguments, sentence):
    wish = {"date": "tomorrow", "time": "18:30", "people": 4, "name": "Miller", **arguments}
    async with cafe() as call:
        assert await call("book_table", **wish) == (sentence, None, True)
        assert (await call("list_bookings", name="Miller"))[1] == {"bookings": []}


async def test_a_bare_hour_is_the_one_at_which_the_cafe_is_open(cafe):
    async with cafe() as call:
        for said, meant in [("6:30", "18:30"), ("8", "8:00"), ("half past five", "17:30"), ("06:30", None)]:
            _, data, is_error = await call("search_tables", date="tomorrow", time=said, people=2)
            assert (data and data["time"], is_error) == (meant, meant is None)


async def test_a_change_needs_a_code_that_exists_and_something_to_change(cafe):
    async with cafe() as call:
        assert (await call("change_booking", code="maple 1", people=2))[0] == (
            "There is no booking with the code maple 1."
        )
        _, data, _ = await call("book_table", date="tomorrow", time="9:00", people=4, name="Miller")
        assert (await call("change_booking", code=data["code"]))[0] == (
            "What should change: the day, the time or the number of people?"
        )
        _, moved, _ = await call("change_booking", code=data["code"], date="Friday")
        assert (moved["date"], moved["time"], moved["people"]) == ("2026-11-27", "9:00", 4)


async def test_bookings_that_arrive_together_never_share_a_table(cafe):
    async with cafe() as call:
        wishes = [call("book_table", date="tomorrow", time="18:00", people=6, name=f"guest {i}") for i in range(6)]
        results = await asyncio.gather(*wishes)
    assert sorted(data["table"] for _, data, is_error in results if not is_error) == ["Long", "Round"]


async def test_tools_are_small_typed_and_honestly_annotated(db):
    async with Client(create(db)) as client:
        assert client.instructions == INSTRUCTIONS
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
    annotations = {name: tool.annotations or ToolAnnotations() for name, tool in tools.items()}
    hints = {name: (a.read_only_hint, a.destructive_hint, a.idempotent_hint) for name, a in annotations.items()}
    assert hints == {
        "search_tables": (True, None, None),
        "book_table": (False, False, True),
        "change_booking": (False, True, True),
        "cancel_booking": (False, True, True),
        "list_bookings": (True, None, None),
    }
    assert [name for name, hint in annotations.items() if hint.open_world_hint is not False] == []
    for tool in tools.values():
        assert tool.title
        assert tool.output_schema
        assert len(tool.input_schema["properties"]) <= 4
        examples = (tool.meta or {})["frontdesk/examples"]
        assert 1 <= len(examples) <= 2
        for example in examples:
            assert not list(Draft202012Validator(tool.input_schema).iter_errors(example["arguments"]))


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_it_runs_as_a_program_on_stdio(db, mode):
    params = StdioServerParameters(command=sys.executable, args=["-m", "mcp_servers.cafe", "--db", str(db)])
    async with asyncio.timeout(30), Client(params, mode=mode) as client:
        result = await client.call_tool("list_bookings", {"name": "Nobody"})
    assert json.dumps(result.structured_content) == '{"bookings": []}'
    assert db.exists()


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_it_runs_as_a_program_on_http(db, mode):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    args = ["-m", "mcp_servers.cafe", "--db", str(db), "--http", str(port)]
    process = await asyncio.create_subprocess_exec(sys.executable, *args)
    try:
        async with asyncio.timeout(30):
            await listening(port)
            async with Client(f"http://127.0.0.1:{port}/mcp", mode=mode) as client:
                result = await client.call_tool("list_bookings", {"name": "Nobody"})
    finally:
        process.terminate()
        await process.wait()
    assert result.structured_content == {"bookings": []}


async def listening(port):
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.05)
        else:
            writer.close()
            return await writer.wait_closed()
