"""Servers that come and go while the hub runs."""

import asyncio

import pytest
from mcp.server import MCPServer

from tests.fakes.loop import run
from tests.toolhub.conftest import text_of
from toolhub.config.servers import ServerEntry
from toolhub.connection.lifecycle import ServerState
from toolhub.errors import ConfigError
from toolhub.hub import ToolHub


def serving(*names):
    server = MCPServer("server", log_level="WARNING")
    for name in names:

        def answer(name: str = name) -> str:
            return name

        server.add_tool(answer, name=name)
    return server


def names(hub):
    return [tool.name for tool in hub.tools]


async def test_a_server_that_is_added_brings_its_tools_last(inside):
    async with ToolHub({"a": inside(serving("one"))}) as hub:
        await hub.add("b", inside(serving("two")))
        assert names(hub) == ["one", "two"]
        assert text_of(await hub.call("two", {})) == "two"
        assert [server.state for server in hub.servers] == [ServerState.READY] * 2


async def test_a_server_that_is_removed_is_gone_with_its_tools(inside):
    async with ToolHub({"a": inside(serving("one")), "b": inside(serving("two"))}) as hub:
        await hub.remove("a")
        assert names(hub) == ["two"]
        assert [server.name for server in hub.servers] == ["b"]
        assert text_of(await hub.call("one", {})) == "There is no tool called 'one'. The tools are: two."


async def test_a_call_at_a_server_that_is_removed_comes_back_and_is_cancelled_there(inside, kitchen):
    oven = kitchen(seconds=3600)
    async with ToolHub({"a": inside(oven.server)}) as hub, asyncio.TaskGroup() as tasks:
        call = tasks.create_task(hub.call("bake", {}))
        async with asyncio.timeout(5):
            while not oven.begun:  # noqa: ASYNC110 - the tool has no event
                await asyncio.sleep(0)
            await hub.remove("a")
            result = await call
    assert result.is_error
    assert "unavailable: it is being shut down" in text_of(result)
    assert oven.done == ["bake bread cancelled"]


async def test_a_child_process_that_is_removed_ends_and_can_be_added_again(peer):
    async with ToolHub({"peer": peer()}) as hub:
        await hub.remove("peer")
        assert names(hub) == []
        await hub.add("peer", peer())
        assert text_of(await hub.call("echo", {"text": "hello"})) == "hello"


async def test_names_stay_when_servers_come_and_go(inside):
    async with ToolHub({"a": inside(serving("find"))}) as hub:
        await hub.add("b", inside(serving("find")))
        assert names(hub) == ["find", "b_find"]
        await hub.remove("a")
        assert names(hub) == ["b_find"]
        await hub.add("c", inside(serving("find")))
        assert names(hub) == ["b_find", "c_find"]
        await hub.add("a", inside(serving("find")))
        assert names(hub) == ["b_find", "c_find", "find"]


async def test_a_tool_of_an_added_server_whose_name_is_taken_is_left_out_with_a_warning(inside):
    async with ToolHub({"a": inside(serving("find"), prefix="x")}) as hub:
        await hub.add("b", inside(serving("find", "list"), prefix="x"))
        assert names(hub) == ["x_find", "x_list"]
        assert "would be called 'x_find'" in hub.servers[1].warnings[0]


async def test_a_name_is_there_once(inside):
    async with ToolHub({"a": inside(serving())}) as hub:
        with pytest.raises(ConfigError, match=r"mcpServers\.a: there is a server of this name already"):
            await hub.add("a", inside(serving()))
        with pytest.raises(ConfigError, match=r"mcpServers\.b: there is no server of this name"):
            await hub.remove("b")


async def test_adding_a_command_that_does_not_exist_ends_at_once_and_says_why():
    async with ToolHub({}) as hub:
        await hub.add("typo", ServerEntry(command="/no/such/command"))
        assert ServerState.FAILED is hub.servers[0].state
        await hub.remove("typo")
        assert hub.servers == ()


async def test_a_server_that_is_silent_keeps_the_adder_for_its_connect_timeout_only(peer):
    async with ToolHub({}) as hub:
        await hub.add("mute", peer("--silent", connect_timeout=0.2))
        assert hub.servers[0].state in (ServerState.CONNECTING, ServerState.DOWN)


async def test_cancelling_an_add_leaves_nothing_behind(peer):
    async with ToolHub({}) as hub:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await hub.add("mute", peer("--silent"))
        assert hub.servers == ()


def test_servers_can_be_added_and_removed_by_any_task(inside):
    async def main():
        async with ToolHub({}) as hub:
            async with asyncio.TaskGroup() as tasks:
                for number in range(10):
                    tasks.create_task(hub.add(f"server{number}", inside(serving(f"tool{number}"))))
            assert len(hub.tools) == 10
            async with asyncio.TaskGroup() as tasks:
                for number in range(10):
                    tasks.create_task(hub.remove(f"server{number}"))
            return hub.tools, hub.servers

    assert run(main()) == ((), ())
