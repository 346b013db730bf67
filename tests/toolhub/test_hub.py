"""`ToolHub` against real MCP servers: in our process, as child processes, over HTTP, of both protocol eras."""

import asyncio
import json
import logging
import threading
from typing import Annotated

import pytest
from mcp.server import MCPServer, Server
from mcp.server.mcpserver import Context, Elicit, Resolve
from mcp_types import CallToolResult, ListToolsResult, Tool
from pydantic import BaseModel

from tests.fakes.loop import run as run_in_virtual_time
from toolhub.config.servers import ServerEntry, ServerSettings
from toolhub.connection.lifecycle import ServerState
from toolhub.errors import ConfigError
from toolhub.hub import ToolHub

ERAS = pytest.mark.parametrize("era", ["auto", "legacy"])


class Sum(BaseModel):
    total: int


def adder(name="adder", **options):
    server = MCPServer(name, log_level="WARNING", **options)

    @server.tool()
    def add(a: int, b: int) -> Sum:
        return Sum(total=a + b)

    return server


class Oven:
    """A server with a tool that never ends by itself; `started` and `cancelled` tell what became of it."""

    def __init__(self):
        self.started, self.cancelled = asyncio.Event(), asyncio.Event()
        self.server = adder("oven")
        self.server.add_tool(self.bake)

    async def bake(self) -> str:
        self.started.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cancelled.set()
            raise
        raise NotImplementedError


async def soon(waitable):
    return await asyncio.wait_for(waitable, 5)


def text(result):
    return result.content[0].text


def names(hub):
    return [tool.name for tool in hub.tools]


# Calling


@ERAS
async def test_a_call_returns_what_the_tool_returned(inside, era):
    async with ToolHub({"a": inside(adder(), protocol=era)}) as hub:
        result = await hub.call("add", {"a": 1, "b": 2})
    assert result.structured_content == {"total": 3}
    assert not result.is_error


@ERAS
async def test_a_call_over_http_returns_what_the_tool_returned(serving, era):
    async with (
        serving(adder().streamable_http_app()) as url,
        ToolHub({"a": ServerEntry(url=url, frontdesk=ServerSettings(protocol=era))}) as hub,
    ):
        assert (await hub.call("add", {"a": 1, "b": 2})).structured_content == {"total": 3}
        (status,) = hub.servers
    assert {"auto": "2026-07-28", "legacy": "2025-11-25"}[era] == status.protocol


async def test_auto_mode_talks_to_a_child_process_that_only_knows_the_handshake(peer):
    async with ToolHub({"peer": peer()}) as hub:
        assert text(await hub.call("echo", {"text": "hello"})) == "hello"
        assert hub.servers[0].protocol == "2025-11-25"


async def test_a_hundred_calls_at_once_each_get_their_own_answer(inside, serving, peer):
    async with serving(adder().streamable_http_app()) as url:
        entries = {"in": inside(adder(), prefix="in"), "web": ServerEntry(url=url), "peer": peer()}
        async with ToolHub(entries) as hub:
            sums = [hub.call("in_add" if i % 2 else "add", {"a": i, "b": i}) for i in range(66)]
            echoes = [hub.call("echo", {"text": str(i)}) for i in range(34)]
            answers = await asyncio.gather(*sums, *echoes)
    assert [2 * i for i in range(66)] == [answer.structured_content["total"] for answer in answers[:66]]
    assert [str(i) for i in range(34)] == [text(answer) for answer in answers[66:]]


async def test_an_unknown_tool_is_answered_with_the_names_there_are(inside):
    async with ToolHub({"a": inside(adder())}) as hub:
        result = await hub.call("subtract", {})
    assert result.is_error
    assert text(result) == "There is no tool called 'subtract'. The tools are: add."


async def test_wrong_arguments_are_named_and_the_tool_is_not_called(inside):
    server = MCPServer("a", log_level="WARNING")

    @server.tool()
    def add(a: int, b: int) -> int:
        raise NotImplementedError

    async with ToolHub({"a": inside(server)}) as hub:
        result = await hub.call("add", {"a": "one"})
    assert result.is_error
    assert "'one' is not of type 'integer'" in text(result)
    assert "'b' is a required property" in text(result)


async def test_a_tool_error_reaches_the_model_as_the_server_worded_it(peer):
    async with ToolHub({"peer": peer()}) as hub:
        result = await hub.call("odd", {})
    assert result.is_error
    assert text(result) == "odd failed: the oven is cold"


async def test_an_answer_outside_the_protocol_is_an_error_of_that_call_only(peer):
    async with ToolHub({"peer": peer()}) as hub:
        result = await hub.call("rubbish", {})
        assert result.is_error
        assert "makes no sense" in text(result)
        assert text(await hub.call("echo", {"text": "still here"})) == "still here"


async def test_structured_content_that_breaks_its_own_schema_is_an_error(inside):
    async def on_list(ctx, params):
        schema = {"type": "object", "properties": {"total": {"type": "integer"}}, "required": ["total"]}
        return ListToolsResult(tools=[Tool(name="add", input_schema={"type": "object"}, output_schema=schema)])

    async def on_call(ctx, params):
        return CallToolResult(content=[], structured_content={"total": "many"})

    async with ToolHub({"a": inside(Server("a", on_list_tools=on_list, on_call_tool=on_call))}) as hub:
        assert (await hub.call("add", {})).is_error


async def test_a_very_long_result_is_cut(inside):
    server = MCPServer("a", log_level="WARNING")

    @server.tool()
    def novel() -> str:
        return "word " * 20_000

    async with ToolHub({"a": inside(server)}) as hub:
        result = await hub.call("novel", {})
    assert text(result).endswith("(cut here: the result is too long)")
    assert len(text(result)) < 21_000


# Time limits and cancelling


@ERAS
async def test_a_slow_tool_is_given_up_in_time_and_cancelled_at_the_server(inside, era):
    oven = Oven()
    async with ToolHub({"a": inside(oven.server, protocol=era, timeouts={"bake": 0.1})}) as hub:
        result = await hub.call("bake", {})
        assert result.is_error
        assert text(result) == "bake did not answer within 0.1 seconds and was cancelled."
        await soon(oven.cancelled.wait())
        assert (await hub.call("add", {"a": 1, "b": 1})).structured_content == {"total": 2}


async def test_a_tool_that_blocks_its_thread_is_given_up_in_time_too(inside):
    server, release = adder(), threading.Event()

    @server.tool()
    def block() -> str:
        release.wait(20)
        return "late"

    try:
        async with ToolHub({"a": inside(server, timeout=0.1)}) as hub:
            result = await hub.call("block", {})
            assert not release.is_set()
            assert "did not answer" in text(result)
            release.set()
    finally:
        release.set()


def test_time_limits_are_on_the_loops_clock(inside):
    server = MCPServer("a", log_level="WARNING")

    @server.tool()
    async def brew(minutes: int) -> str:
        await asyncio.sleep(60 * minutes)
        return "ready"

    async def main():
        clock = asyncio.get_running_loop().time
        async with ToolHub({"a": inside(server, timeout=90)}) as hub:
            results = [await hub.call("brew", {"minutes": 1}), await hub.call("brew", {"minutes": 5})]
            return [result.is_error for result in results], clock()

    assert run_in_virtual_time(main()) == ([False, True], 150.0)


@ERAS
async def test_cancelling_the_caller_cancels_the_tool_in_our_process(inside, era):
    oven = Oven()
    async with ToolHub({"a": inside(oven.server, protocol=era)}) as hub:
        await cancel_midway(hub, oven)


@ERAS
async def test_cancelling_the_caller_cancels_the_tool_over_http(serving, era):
    oven = Oven()
    async with (
        serving(oven.server.streamable_http_app()) as url,
        ToolHub({"a": ServerEntry(url=url, frontdesk=ServerSettings(protocol=era))}) as hub,
    ):
        await cancel_midway(hub, oven)


async def cancel_midway(hub, oven):
    async with asyncio.TaskGroup() as tasks:
        call = tasks.create_task(hub.call("bake", {}))
        await soon(oven.started.wait())
        call.cancel()
    assert call.cancelled()
    await soon(oven.cancelled.wait())
    assert (await hub.call("add", {"a": 1, "b": 1})).structured_content == {"total": 2}


async def test_cancelling_the_caller_tells_a_child_process(peer, tmp_path, until):
    note = tmp_path / "cancelled"
    async with ToolHub({"peer": peer("--cancelled", note)}) as hub:
        async with asyncio.TaskGroup() as tasks:
            call = tasks.create_task(hub.call("hang", {}))
            assert text(await hub.call("echo", {"text": "first"})) == "first"
            call.cancel()
        await until(note.exists)
        assert text(await hub.call("echo", {"text": "second"})) == "second"


async def test_a_call_that_is_running_when_the_hub_closes_comes_back_as_unavailable(inside):
    oven = Oven()
    async with asyncio.TaskGroup() as tasks, ToolHub({"a": inside(oven.server)}) as hub:
        call = tasks.create_task(hub.call("bake", {}))
        await soon(oven.started.wait())
    assert call.result().is_error
    assert "unavailable" in text(call.result())
    assert oven.cancelled.is_set()


async def test_a_call_after_the_hub_has_closed_is_an_error_result(inside):
    async with ToolHub({"a": inside(adder())}) as hub:
        pass
    assert names(hub) == []
    assert (await hub.call("add", {"a": 1, "b": 1})).is_error


# Starting


async def test_the_tools_of_all_pages_are_listed_in_the_order_of_the_configuration(inside, peer):
    async with ToolHub({"peer": peer("--page", "2"), "a": inside(adder())}) as hub:
        assert names(hub) == ["echo", "environment", "die", "hang", "rubbish", "odd", "add"]


async def test_a_server_that_hangs_at_start_delays_neither_the_others_nor_the_start(inside, peer):
    async with ToolHub({"mute": peer("--silent", connect_timeout=0.3), "a": inside(adder())}) as hub:
        mute, ready = hub.servers
        assert mute.state in (ServerState.CONNECTING, ServerState.DOWN)
        assert ServerState.READY is ready.state
        assert names(hub) == ["add"]


async def test_a_command_that_does_not_exist_is_reported_and_not_tried_again(inside):
    async with ToolHub({"typo": ServerEntry(command="/no/such/command"), "a": inside(adder())}) as hub:
        assert ServerState.FAILED is hub.servers[0].state
        assert hub.servers[0].error == "cannot be started: No such file or directory: /no/such/command"
        assert names(hub) == ["add"]


async def test_a_child_that_ends_at_once_is_reported_with_its_last_words(peer, tmp_path):
    (tmp_path / "broken").touch()
    async with ToolHub({"peer": peer("--broken-while", tmp_path / "broken")}) as hub:
        assert ServerState.DOWN is hub.servers[0].state
        assert "no coffee beans" in (hub.servers[0].error or "")


async def test_a_server_that_was_down_at_start_brings_its_tools_when_it_comes(peer, tmp_path, until):
    broken = tmp_path / "broken"
    broken.touch()
    async with ToolHub({"peer": peer("--broken-while", broken)}) as hub:
        assert names(hub) == []
        broken.unlink()
        await until(lambda: hub.tools)
        assert text(await hub.call("echo", {"text": "hello"})) == "hello"


async def test_a_refused_key_is_reported_without_the_key(serving, caplog):
    async def refuse(scope, receive, send):
        if scope["type"] == "lifespan":
            for kind in ("startup", "shutdown"):
                await receive()
                await send({"type": f"lifespan.{kind}.complete"})
            return
        await send({"type": "http.response.start", "status": 401, "headers": []})
        await send({"type": "http.response.body", "body": b"who are you, sesame-open-up?"})

    caplog.set_level(logging.DEBUG)
    async with serving(refuse) as url:
        entry = ServerEntry(url=url, headers={"Authorization": "Bearer sesame-open-up"})
        async with ToolHub({"shop": entry}) as hub:
            assert ServerState.NEEDS_LOGIN is hub.servers[0].state
            assert hub.servers[0].error == "HTTP 401 Unauthorized: check `headers`"
    assert "sesame" not in caplog.text


async def test_a_disabled_server_is_not_started(inside):
    async with ToolHub({"typo": ServerEntry(command="/nope", frontdesk=ServerSettings(enabled=False))}) as hub:
        assert hub.servers == ()


async def test_an_exception_inside_the_hub_comes_out_as_it_is(inside):
    with pytest.raises(LookupError, match="mine"):
        async with ToolHub({"a": inside(adder())}):
            raise LookupError("mine")


async def test_cancelling_while_servers_start_leaves_nothing_behind(peer):
    async def start():
        async with ToolHub({"mute": peer("--silent")}):
            raise NotImplementedError

    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(start())
        await asyncio.sleep(0)
        task.cancel()
    assert task.cancelled()


# Names


async def test_names_that_collide_get_their_servers_name_and_others_stay(inside, peer):
    async with ToolHub({"left": inside(adder()), "right": inside(adder()), "peer": peer()}) as hub:
        assert names(hub)[:3] == ["left_add", "right_add", "echo"]
        assert (await hub.call("right_add", {"a": 1, "b": 2})).structured_content == {"total": 3}


async def test_names_that_collide_in_spite_of_prefixes_are_a_configuration_error(inside):
    with pytest.raises(ConfigError, match=r"mcpServers\.b: its tool 'add' would be called 'x_add'"):
        async with ToolHub({"a": inside(adder(), prefix="x"), "b": inside(adder(), prefix="x")}):
            raise NotImplementedError


async def test_a_server_that_comes_late_does_not_rename_a_tool(inside, peer, tmp_path, until):
    broken, echo = tmp_path / "broken", MCPServer("echo", log_level="WARNING")
    broken.touch()

    @echo.tool(name="echo")
    def repeat(text: str) -> str:
        return f"{text} {text}"

    async with ToolHub({"peer": peer("--broken-while", broken), "here": inside(echo)}) as hub:
        assert names(hub) == ["echo"]
        broken.unlink()
        await until(lambda: len(hub.tools) > 1)
        assert names(hub)[0] == "peer_echo"
        assert (await hub.call("echo", {"text": "la"})).structured_content["result"] == "la la"
        assert text(await hub.call("peer_echo", {"text": "la"})) == "la"


async def test_the_instructions_of_the_servers_that_are_there_are_given_by_server(inside, peer):
    entries = {"a": inside(adder(instructions="Be exact.")), "peer": peer(), "b": inside(adder())}
    async with ToolHub(entries) as hub:
        assert hub.instructions == {"a": "Be exact."}


# Dying


async def test_a_child_that_dies_in_a_call_fails_that_call_and_comes_back(peer, inside, until):
    async with ToolHub({"peer": peer(), "a": inside(adder())}) as hub:
        died, other = await asyncio.gather(hub.call("die", {}), hub.call("add", {"a": 1, "b": 1}))
        assert died.is_error
        assert "the peer server is unavailable" in text(died)
        assert other.structured_content == {"total": 2}
        await until(lambda: len(hub.tools) == 7)
        assert text(await hub.call("echo", {"text": "again"})) == "again"


async def test_while_a_server_is_gone_its_tools_are_not_offered_and_say_so(peer, inside, tmp_path, until):
    broken = tmp_path / "broken"
    async with ToolHub({"peer": peer("--broken-while", broken), "a": inside(adder())}) as hub:
        broken.touch()
        await hub.call("die", {})
        await until(lambda: hub.servers[0].state is ServerState.DOWN)
        assert names(hub) == ["add"]
        result = await hub.call("echo", {"text": "anybody?"})
        assert result.is_error
        assert "echo cannot be used now, the peer server is unavailable" in text(result)
        broken.unlink()
        await until(lambda: len(hub.tools) == 7)
        assert names(hub)[0] == "echo"


async def test_what_a_child_writes_to_stderr_is_logged_without_secrets(peer, caplog, until):
    caplog.set_level(logging.INFO, logger="toolhub")
    async with ToolHub({"peer": peer(env={"TOKEN": "sesame-open-up"})}) as hub:
        await hub.call("die", {})
        await until(lambda: "something broke: token is ***" in caplog.text)
    assert "sesame" not in caplog.text


async def test_a_child_gets_its_own_environment_and_none_of_ours(peer, monkeypatch):
    monkeypatch.setenv("ANTHROPIC_API_KEY", "ours")
    async with ToolHub({"peer": peer(env={"TOKEN": "theirs"})}) as hub:
        environment = json.loads(text(await hub.call("environment", {})))
    assert environment["TOKEN"] == "theirs"
    assert "ANTHROPIC_API_KEY" not in environment


@ERAS
async def test_a_broken_connection_fails_one_call_and_no_other(serving, relay, era, until):
    oven, web = Oven(), ServerEntry(url=relay.url, frontdesk=ServerSettings(protocol=era))
    async with serving(oven.server.streamable_http_app()) as url, asyncio.TaskGroup() as tasks:
        await relay.open(url)
        async with ToolHub({"oven": web}) as hub:
            lasting = tasks.create_task(hub.call("bake", {}))
            await soon(oven.started.wait())
            oven.started.clear()
            before = list(relay.connections)
            broken = tasks.create_task(hub.call("bake", {}))
            await soon(oven.started.wait())
            (connection,) = [c for c in relay.connections if c not in before]
            relay.cut(connection)
            result = await soon(broken)
            assert result.is_error
            assert "the oven server is unavailable" in text(result)
            assert (await hub.call("add", {"a": 1, "b": 1})).structured_content == {"total": 2}
            assert names(hub) == ["add", "bake"]
            assert not lasting.done()
            lasting.cancel()


@ERAS
async def test_an_http_server_that_is_killed_fails_its_calls_and_comes_back(serving, relay, era, until):
    oven, web = Oven(), ServerEntry(url=relay.url, frontdesk=ServerSettings(protocol=era))
    async with serving(oven.server.streamable_http_app()) as first, serving(adder().streamable_http_app()) as second:
        await relay.open(first)
        async with ToolHub({"oven": web}) as hub, asyncio.TaskGroup() as tasks:
            call = tasks.create_task(hub.call("bake", {}))
            await soon(oven.started.wait())
            await relay.close()
            result = await soon(call)
            assert result.is_error
            assert "the oven server is unavailable" in text(result)
            await until(lambda: hub.servers[0].state is ServerState.DOWN)
            assert names(hub) == []
            assert "cannot be reached" in text(await hub.call("add", {"a": 1, "b": 1}))
            await relay.open(second)
            await until(lambda: names(hub) == ["add"])
            assert (await hub.call("add", {"a": 1, "b": 1})).structured_content == {"total": 2}


async def test_a_server_that_has_forgotten_our_session_is_asked_again_without_a_word(serving, relay):
    web = ServerEntry(url=relay.url, frontdesk=ServerSettings(protocol="legacy"))
    async with serving(adder().streamable_http_app()) as first, serving(adder().streamable_http_app()) as second:
        await relay.open(first)
        async with ToolHub({"web": web}) as hub:
            assert (await hub.call("add", {"a": 1, "b": 1})).structured_content == {"total": 2}
            await relay.close()
            await relay.open(second)
            results = await asyncio.gather(*[hub.call("add", {"a": i, "b": i}) for i in range(5)])
    assert [result.structured_content["total"] for result in results] == [0, 2, 4, 6, 8]


async def test_an_http_server_that_is_not_there_at_start_brings_its_tools_when_it_comes(serving, relay, inside, until):
    async with serving(adder().streamable_http_app()) as url, ToolHub({"web": ServerEntry(url=relay.url)}) as hub:
        assert (hub.servers[0].state, hub.servers[0].error) == (ServerState.DOWN, "cannot be reached")
        await relay.open(url)
        await until(lambda: names(hub) == ["add"])


# Questions


@ERAS
async def test_a_tool_that_asks_the_user_is_answered_instead_of_hanging(inside, era):
    class Answer(BaseModel):
        sure: bool

    async def ask(ctx: Context) -> Elicit[Answer]:
        return Elicit("Are you sure?", Answer)

    server = adder()

    @server.tool()
    def wipe(answer: Annotated[Answer, Resolve(ask)]) -> str:
        raise NotImplementedError

    async with ToolHub({"a": inside(server, protocol=era)}) as hub:
        result = await hub.call("wipe", {})
        assert result.is_error
        assert (await hub.call("add", {"a": 1, "b": 1})).structured_content == {"total": 2}
    if era == "auto":
        assert "wipe has a question of its own" in text(result)
