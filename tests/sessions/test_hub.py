"""Whole calls over a real `ToolHub` with real MCP servers: bookings, servers that die, tools that hang.

In virtual time where all is in this process; where there is a child process, or a thread that really waits, on the
real clock. Every wait of the caller is for an event of the call, never for a time.
"""

import asyncio
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mcp.server import MCPServer
from mcp_types import ToolAnnotations

from mcp_servers.cafe import create
from tests.fakes.call import FRAME, LOUD, Caller, hold
from tests.fakes.loop import run
from toolhub.config.servers import ServerEntry, ServerSettings
from toolhub.connection.lifecycle import ServerState
from toolhub.conversation import ConversationInfo
from toolhub.hub import ToolHub
from voice.audio import AudioFrame
from voice.chat import AgentMessage, ToolResult, UserMessage
from voice.events import Failed, FirstToken, ReplyEnded, SessionStarted, ToolCallFinished, ToolCallStarted
from voice.policy import Phrases
from voice.providers.scripted import ScriptedLLM, ScriptedSTT, ScriptedTTS

NOW = datetime(2026, 11, 23, 10, 5)  # a Monday
TABLE = {"date": "tomorrow", "time": "18:30", "people": 4, "name": "Miller"}
BOOK = [{"tool": "book_table", "arguments": TABLE}]
ROW = ("Miller", 4, "2026-11-24", 18 * 60 + 30, 0)
PEER = Path(__file__).parents[1] / "toolhub" / "peer.py"
BOUND = 20.0
"""Seconds after which a call has failed to go on."""


class CuedCaller(Caller):
    """A caller who speaks and hangs up when told to."""

    def __init__(self):
        super().__init__()
        self._left, self._there = 0, True

    def speak(self, seconds=0.4):
        self._left = round(seconds / FRAME)

    def hang_up(self):
        self._there = False

    async def microphone(self):
        size = round(FRAME * 16_000)
        while self._there:
            await asyncio.sleep(FRAME)
            loud, self._left = self._left > 0, self._left - 1
            yield AudioFrame(np.full(size, LOUD if loud else 0, dtype=np.int16), 16_000)


class Stage:
    """What a scene plays with: the caller, the hub, and the events of the call."""

    def __init__(self, caller, hub, records):
        self.caller, self.hub = caller, hub
        self._records = records

    async def until(self, kind, **fields):
        """The next event of this kind with these fields."""
        async for record in self._records:
            if isinstance(record.event, kind) and all(getattr(record.event, k) == v for k, v in fields.items()):
                return record.event
        raise AssertionError(f"the call ended without {kind.__name__} {fields}")

    async def ask(self):
        """Say something and wait for the end of the answer."""
        self.caller.speak()
        await self.until(ReplyEnded, interrupted=False)

    async def until_servers(self, condition):
        """Wait for a state of the servers, which is no event of the call."""
        while not condition(self.hub):  # noqa: ASYNC110 - the hub has no event for it
            await asyncio.sleep(0.005)


async def play(
    servers: dict[str, ServerEntry],
    scene: Callable[[Stage], Any],
    texts: Any,
    replies: Any,
    bound: float = BOUND,
    **kwargs: Any,
):
    """One call over the hub of `servers`: the scene is played, then the caller hangs up if that has not been done."""
    caller = CuedCaller()

    async def played(stage):
        await stage.until(SessionStarted)
        await scene(stage)
        caller.hang_up()

    info = ConversationInfo("1", "test", "test", "en")
    async with asyncio.timeout(bound), ToolHub(servers) as hub, hub.conversation(info) as toolbox:
        return await hold(
            caller,
            ScriptedSTT(texts=texts, delay=0.02),
            ScriptedLLM(replies=replies, first_token=0.0),
            ScriptedTTS(delay=0.0, rate=60),
            tools=toolbox,
            during=lambda session: played(Stage(caller, hub, session.subscribe())),
            **kwargs,
        )


async def one_turn(stage):
    await stage.ask()


def inside(server, **settings):
    return ServerEntry(frontdesk=ServerSettings(module=server, **settings))


def child(*arguments, **settings):
    """A child process that can be told to misbehave."""
    return ServerEntry(
        command=sys.executable, args=(str(PEER), *map(str, arguments)), frontdesk=ServerSettings(**settings)
    )


def results(outcome):
    return [item for item in outcome.chat if isinstance(item, ToolResult)]


@pytest.fixture
def db(tmp_path):
    return tmp_path / "cafe.sqlite"


@pytest.fixture
def cafe(db):
    return inside(create(db, now=lambda: NOW))


@pytest.fixture
def busy(db, cafe):
    """The database while somebody else writes: a booking waits until `busy.rollback()`."""
    with closing(sqlite3.connect(db, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield other


def rows(db):
    with closing(sqlite3.connect(db)) as connection:
        return connection.execute("SELECT name, people, date, start, cancelled FROM bookings").fetchall()


class Oven:
    """A server whose tools take `seconds`: `look` only reads, `bake` changes the world."""

    def __init__(self, seconds):
        self.seconds = seconds
        self.done: list[str] = []
        self.server = MCPServer("oven", log_level="WARNING")
        self.server.add_tool(self.look, annotations=ToolAnnotations(read_only_hint=True))
        self.server.add_tool(self.bake)

    async def look(self) -> str:
        return await self._take("look")

    async def bake(self) -> str:
        return await self._take("bake")

    async def _take(self, name: str) -> str:
        try:
            await asyncio.sleep(self.seconds)
        except asyncio.CancelledError:
            self.done.append(f"{name} cancelled")
            raise
        self.done.append(name)
        return f"{name} is done"


# The café


def test_a_table_that_is_found_and_booked_in_a_call_is_in_the_database(cafe, db):
    search = [{"tool": "search_tables", "arguments": {"date": "tomorrow", "time": "6:30 pm", "people": 4}}]
    outcome = run(play({"cafe": cafe}, one_turn, ["A table please"], [search, BOOK, "It is booked."]))
    found, booked = (item.text for item in results(outcome))
    assert found.startswith("5 tables are free for 4 people on Tuesday, 24 November")
    assert booked.startswith("Booked: Tuesday, 24 November at 18:30, 4 people, name Miller")
    assert outcome.chat[-1] == AgentMessage("It is booked.")
    assert rows(db) == [ROW]


def test_a_booking_the_cafe_refuses_is_read_by_the_model_and_leaves_no_row(cafe, db):
    yesterday = [{"tool": "book_table", "arguments": TABLE | {"date": "2026-11-22"}}]
    outcome = run(play({"cafe": cafe}, one_turn, ["A table please"], [yesterday, "That day is over."]))
    [refused] = results(outcome)
    assert refused.is_error
    assert "is in the past" in refused.text
    assert outcome.chat[-1] == AgentMessage("That day is over.")
    assert rows(db) == []


def test_arguments_that_do_not_fit_are_named_to_the_model_which_may_try_again(cafe, db):
    odd = [{"tool": "book_table", "arguments": TABLE | {"people": "a few"}}]
    outcome = run(play({"cafe": cafe}, one_turn, ["A table please"], [odd, BOOK, "It is booked."]))
    wrong, booked = results(outcome)
    assert wrong.is_error
    assert "people" in wrong.text
    assert booked.text.startswith("Booked:")
    assert rows(db) == [ROW]


async def test_a_booking_the_caller_speaks_over_is_finished_and_its_result_is_kept(cafe, busy, db):
    async def scene(stage):
        stage.caller.speak()
        await stage.until(ToolCallStarted)
        stage.caller.speak(0.6)
        await stage.until(ReplyEnded, interrupted=True)
        await stage.until(FirstToken)
        busy.rollback()
        await stage.until(ReplyEnded, interrupted=False)

    outcome = await play({"cafe": cafe}, scene, ["Book it", "Wait a moment please"], [BOOK, "I am waiting."])
    assert rows(db) == [ROW]
    assert len(outcome.of(ToolCallStarted)) == 1
    assert [event.is_error for event in outcome.of(ToolCallFinished)] == [False]
    [booked] = results(outcome)
    assert booked.text.startswith("Booked:")
    assert "still running" in next(i.text for i in outcome.llm.requests[1].items if isinstance(i, ToolResult))
    asked = outcome.chat.index(UserMessage("Wait a moment please"))
    assert outcome.chat[asked + 1] == AgentMessage("I am waiting.")
    assert "Booked:" in outcome.chat[asked + 2].text  # news for the user, which the LLM is to tell


async def test_a_booking_asked_for_again_while_it_is_being_made_is_made_once(cafe, busy, db):
    async def scene(stage):
        stage.caller.speak()
        await stage.until(ToolCallStarted)
        stage.caller.speak(0.6)
        await stage.until(ReplyEnded, interrupted=True)
        await stage.until(FirstToken)
        busy.rollback()
        await stage.until(ReplyEnded, interrupted=False)

    outcome = await play({"cafe": cafe}, scene, ["Book it", "Come on book it now"], [BOOK, BOOK, "It is booked."])
    assert rows(db) == [ROW]
    first, second = (item.text for item in results(outcome))
    assert first.startswith("Booked:")  # and not "That was booked already:"
    assert second == first
    assert outcome.chat[-1] == AgentMessage("It is booked.")


async def test_a_booking_that_is_being_made_when_the_caller_hangs_up_is_in_the_database(cafe, busy, db):
    async def scene(stage):
        stage.caller.speak()
        await stage.until(ToolCallStarted)
        stage.caller.hang_up()
        await stage.until(ReplyEnded)
        assert rows(db) == []
        busy.rollback()

    outcome = await play({"cafe": cafe}, scene, ["Book it"], [BOOK])
    assert outcome.reason == "hangup"
    assert [item.text.partition(":")[0] for item in results(outcome)] == ["Booked"]
    assert rows(db) == [ROW]


# Tools that take long


@pytest.mark.parametrize(
    ("limits", "seconds"),
    [({"timeout": 3}, 3), ({"timeouts": {"bake": 2}}, 2), ({"timeout": 90}, 90)],
    ids=["of the server", "of the tool", "long"],
)
def test_a_tool_that_hangs_is_given_up_cancelled_at_its_server_and_talked_about(limits, seconds):
    async def scene(stage):
        await stage.ask()
        assert oven.done == ["bake cancelled"]

    oven = Oven(3600)
    outcome = run(
        play(
            {"oven": inside(oven.server, **limits)},
            scene,
            ["Bake"],
            [[{"tool": "bake"}], "It takes too long."],
            bound=200,
        )
    )
    [finished] = outcome.of(ToolCallFinished)
    assert finished.is_error
    assert finished.seconds == pytest.approx(seconds, abs=0.01)
    assert f"did not answer within {seconds} second" in results(outcome)[0].text
    assert outcome.chat[-1] == AgentMessage("It takes too long.")


@pytest.mark.parametrize(
    ("tool", "soon", "late"), [("look", ["look cancelled"], ["look cancelled"]), ("bake", [], ["bake"])]
)
def test_of_what_the_caller_speaks_over_a_read_is_cancelled_at_its_server_and_a_write_goes_on(tool, soon, late):
    async def scene(stage):
        stage.caller.speak()
        await stage.until(ToolCallStarted)
        stage.caller.speak(0.6)
        await stage.until(ReplyEnded, interrupted=False)
        assert oven.done == soon

    oven = Oven(4)
    # An answer that was prepared when the call had not been cancelled yet is made anew.
    replies = [[{"tool": tool}], "All right.", "All right."]
    outcome = run(play({"oven": inside(oven.server)}, scene, ["Go on", "No stop it please"], replies))
    assert oven.done == late
    assert AgentMessage("All right.") in outcome.chat


def test_a_caller_who_hangs_up_does_not_wait_for_a_tool_that_only_reads():
    async def scene(stage):
        stage.caller.speak()
        await stage.until(ToolCallStarted)

    oven = Oven(10)
    outcome = run(play({"oven": inside(oven.server)}, scene, ["Go on"], [[{"tool": "look"}]]))
    assert outcome.reason == "hangup"
    assert oven.done == ["look cancelled"]
    assert outcome.records[-1].at < 2


# Servers that are not there


async def test_a_server_that_dies_in_a_call_is_said_to_be_unavailable_and_is_there_again_for_the_next_turn():
    async def scene(stage):
        await stage.ask()
        await stage.until_servers(lambda hub: hub.servers[0].state is ServerState.READY)
        await stage.ask()

    outcome = await play(
        {"peer": child()},
        scene,
        ["Do it", "And now"],
        [[{"tool": "die"}], "It broke.", [{"tool": "echo", "arguments": {"text": "alive"}}], "It works again."],
    )
    died, echoed = results(outcome)
    assert died.is_error
    assert "the peer server is unavailable" in died.text
    assert (echoed.text, echoed.is_error) == ("alive", False)
    said = [item.text for item in outcome.chat if isinstance(item, AgentMessage)]
    assert [text for text in said if text != Phrases().filler] == ["It broke.", "It works again."]
    assert outcome.of(Failed) == []
    assert outcome.reason == "hangup"


async def test_while_a_server_stays_away_its_tools_say_so_and_those_of_the_others_work(cafe, db, tmp_path):
    broken = tmp_path / "broken"

    async def scene(stage):
        broken.touch()
        await stage.ask()
        await stage.until_servers(lambda hub: hub.servers[0].state is ServerState.DOWN)
        offered.extend(tool.name for tool in stage.hub.tools)
        await stage.ask()

    offered: list[str] = []
    outcome = await play(
        {"peer": child("--broken-while", broken), "cafe": cafe},
        scene,
        ["Do it", "Book it then"],
        [[{"tool": "die"}], "It broke.", [{"tool": "echo", "arguments": {"text": "x"}}, *BOOK], "It is booked."],
    )
    _, echo, booked = results(outcome)
    assert echo.is_error
    assert echo.text.startswith("echo cannot be used now, the peer server is unavailable: ")
    assert booked.text.startswith("Booked:")
    assert rows(db) == [ROW]
    assert "echo" not in offered
    assert "book_table" in offered
    assert outcome.chat[-1] == AgentMessage("It is booked.")


def test_a_server_that_cannot_be_started_leaves_the_call_with_the_tools_of_the_others(cafe):
    gone = ServerEntry(command="/nowhere/at/all")
    outcome = run(
        play({"gone": gone, "cafe": cafe}, one_turn, ["Do it"], [[{"tool": "fly"}], BOOK, "Booked, but I cannot fly."])
    )
    unknown, booked = results(outcome)
    assert unknown.is_error
    assert "There is no tool called 'fly'. The tools are: search_tables, book_table" in unknown.text
    assert booked.text.startswith("Booked:")
    assert outcome.chat[-1] == AgentMessage("Booked, but I cannot fly.")


async def test_a_server_that_comes_in_mid_call_can_be_used_from_then_on(tmp_path):
    broken = tmp_path / "broken"
    broken.touch()

    async def scene(stage):
        await stage.ask()
        broken.unlink()
        await stage.until_servers(lambda hub: hub.servers[0].state is ServerState.READY)
        await stage.ask()

    echo = [{"tool": "echo", "arguments": {"text": "here I am"}}]
    outcome = await play(
        {"late": child("--broken-while", broken)},
        scene,
        ["Do it", "Try again"],
        [echo, "It is not there.", echo, "Now it is."],
    )
    before, after = results(outcome)
    assert before.is_error
    assert (after.text, after.is_error) == ("here I am", False)
    assert outcome.chat[-1] == AgentMessage("Now it is.")


async def test_an_answer_that_is_rubbish_is_an_error_of_that_call_only():
    replies = [[{"tool": "rubbish"}], [{"tool": "odd"}], [{"tool": "echo", "arguments": {"text": "fine"}}], "Phew."]
    outcome = await play({"peer": child()}, one_turn, ["Do it"], replies)
    rubbish, odd, echo = results(outcome)
    assert rubbish.is_error
    assert "the oven is cold" in odd.text
    assert echo.text == "fine"
    assert outcome.chat[-1] == AgentMessage("Phew.")
