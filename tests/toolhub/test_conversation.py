"""What one conversation sees of the hub, against real servers in our process."""

import asyncio
import dataclasses
from typing import Any, cast

import pytest
from mcp.server import MCPServer
from mcp.server.mcpserver import Context

from tests.toolhub.conftest import text_of
from toolhub.caller import NoCaller
from toolhub.connection.lifecycle import ServerState
from toolhub.conversation import META_KEY, ConversationInfo
from toolhub.errors import ConfigError
from toolhub.hub import ToolHub


async def at_once():
    """Committed already."""


def serving(*names):
    """A server whose tools answer with their names and say which conversation they were told of."""
    server = MCPServer("server", log_level="WARNING")
    for name in names:

        async def answer(ctx: Context, name: str = name) -> str:
            meta = cast("dict[str, Any]", ctx.request_context.meta or {})
            return f"{name} for {meta.get(META_KEY, {}).get('call_id')}"

        server.add_tool(answer, name=name)
    return server


def names(conversation):
    return [tool.name for tool in conversation.tools().tools]


@pytest.fixture
def said(ask):
    """What the tool `name` answers this conversation."""

    async def call(conversation, name):
        result = await conversation.call(ask(name), NoCaller(), at_once())
        return text_of(result)

    return call


async def test_a_server_is_told_of_the_conversation_and_nothing_where_there_is_none(inside, info, ask):
    told, server = [], MCPServer("server", log_level="WARNING")

    @server.tool()
    async def look(ctx: Context) -> str:
        told.append((ctx.request_context.meta or {}).get(META_KEY))
        return "done"

    async with ToolHub({"a": inside(server)}) as hub:
        await hub.call("look", {})
        await hub.conversation(info()).call(ask("look"), NoCaller(), at_once())
    assert told == [
        None,
        {"call_id": "call 1", "agent": "waiter", "channel": "console", "locale": "en-GB", "attributes": {"table": "7"}},
    ]


def test_what_is_known_of_a_conversation_does_not_change():
    info = ConversationInfo("1", "waiter", "phone", "de")
    with pytest.raises(dataclasses.FrozenInstanceError):
        info.locale = "fr"  # type: ignore[misc]


async def test_the_tools_are_a_snapshot_whose_revision_changes_exactly_when_the_list_does(inside, info):
    async with ToolHub({"a": inside(serving("one"))}) as hub, hub.conversation(info()) as conversation:
        first = conversation.tools()
        assert conversation.tools() is first
        await hub.add("b", inside(serving("two")))
        second = conversation.tools()
        assert [tool.name for tool in first.tools] == ["one"]
        assert [tool.name for tool in second.tools] == ["one", "two"]
        assert second.revision != first.revision
        await hub.add("c", inside(serving()))
        assert conversation.tools() is second


async def test_an_own_server_is_seen_by_its_conversation_only(inside, info, said):
    async with (
        ToolHub({"a": inside(serving("one"))}) as hub,
        hub.conversation(info()) as conversation,
        hub.conversation(info("call 2")) as other,
    ):
        await conversation.add("page", inside(serving("show")))
        assert names(conversation) == ["one", "show"]
        assert names(other) == ["one"]
        assert [tool.name for tool in hub.tools] == ["one"]
        assert await said(conversation, "show") == "show for call 1"
        assert "There is no tool called 'show'" in await said(other, "show")
        assert [server.name for server in conversation.servers] == ["a", "page"]


async def test_conversations_may_have_own_servers_of_the_same_name(inside, info, said):
    async with ToolHub({}) as hub, hub.conversation(info()) as one, hub.conversation(info("call 2")) as two:
        await asyncio.gather(one.add("page", inside(serving("show"))), two.add("page", inside(serving("show"))))
        assert [await said(one, "show"), await said(two, "show")] == ["show for call 1", "show for call 2"]


async def test_closing_a_conversation_closes_its_own_servers_and_no_others(inside, info):
    async with ToolHub({"a": inside(serving("one"))}) as hub:
        async with hub.conversation(info()) as conversation:
            await conversation.add("page", inside(serving("show")))
        assert names(conversation) == ["one"]
        assert [server.state for server in conversation.servers] == [ServerState.READY]


async def test_a_child_process_of_a_conversation_ends_with_it(peer, info, said, ask):
    async with ToolHub({}) as hub:
        async with hub.conversation(info()) as conversation:
            await conversation.add("peer", peer())
            result = await conversation.call(ask("echo", text="hello"), NoCaller(), at_once())
            assert text_of(result) == "hello"
        assert conversation.servers == ()
        assert "There is no tool called 'echo'" in await said(conversation, "echo")


async def test_removing_an_own_server_closes_it(inside, info, said):
    async with ToolHub({}) as hub, hub.conversation(info()) as conversation:
        await conversation.add("page", inside(serving("show")))
        await conversation.remove("page")
        assert conversation.servers == ()
        assert "There is no tool called 'show'" in await said(conversation, "show")
        await conversation.add("page", inside(serving("show")))
        assert names(conversation) == ["show"]


async def test_removing_a_shared_server_hides_it_from_this_conversation_only(inside, info, said):
    async with (
        ToolHub({"a": inside(serving("one")), "b": inside(serving("two"))}) as hub,
        hub.conversation(info()) as conversation,
        hub.conversation(info("call 2")) as other,
    ):
        await conversation.remove("a")
        assert names(conversation) == ["two"]
        assert await said(conversation, "one") == "There is no tool called 'one'. The tools are: two."
        assert await said(other, "one") == "one for call 2"


async def test_a_hidden_server_that_is_not_there_is_not_spoken_of(peer, tmp_path, info, said, until):
    broken = tmp_path / "broken"
    async with ToolHub({"peer": peer("--broken-while", broken)}) as hub, hub.conversation(info()) as conversation:
        broken.touch()
        await hub.call("die", {})
        await until(lambda: not hub.tools)
        assert "the peer server is unavailable" in await said(conversation, "echo")
        await conversation.remove("peer")
        assert "There is no tool called 'echo'" in await said(conversation, "echo")


async def test_what_is_not_there_cannot_be_removed_and_what_is_there_not_added(inside, info):
    async with ToolHub({"a": inside(serving())}) as hub, hub.conversation(info()) as conversation:
        with pytest.raises(ConfigError, match=r"mcpServers\.b: there is no server of this name"):
            await conversation.remove("b")
        with pytest.raises(ConfigError, match=r"mcpServers\.a: there is a server of this name already"):
            await conversation.add("a", inside(serving()))
        await conversation.add("b", inside(serving()))
        with pytest.raises(ConfigError, match=r"mcpServers\.b: there is a server of this name already"):
            await conversation.add("b", inside(serving()))


async def test_an_own_tool_never_takes_the_name_of_a_shared_one(inside, info, said):
    async with ToolHub({"a": inside(serving("show"))}) as hub, hub.conversation(info()) as conversation:
        await conversation.add("page", inside(serving("show")))
        assert names(conversation) == ["show", "page_show"]
        await conversation.add("tab", inside(serving("show"), prefix="page"))
        assert names(conversation) == ["show", "page_show"]
        assert "would be called 'page_show'" in conversation.servers[-1].warnings[0]


async def test_a_shared_tool_that_comes_later_does_not_take_the_name_of_an_own_one(inside, info, said):
    async with ToolHub({}) as hub, hub.conversation(info()) as conversation:
        await conversation.add("page", inside(serving("show")))
        await hub.add("late", inside(serving("show", "hide")))
        assert names(conversation) == ["hide", "show"]
        assert await said(conversation, "show") == "show for call 1"
        assert [tool.name for tool in hub.tools] == ["show", "hide"]


async def test_an_own_server_that_cannot_be_started_says_so_and_can_be_removed(inside, info):
    async with ToolHub({}) as hub, hub.conversation(info()) as conversation:
        await conversation.add("typo", inside("no.such.module:server"))
        assert [server.state for server in conversation.servers] == [ServerState.FAILED]
        await conversation.remove("typo")
        assert conversation.servers == ()


async def test_after_the_hub_has_closed_a_conversation_has_no_tools(inside, info, said):
    async with ToolHub({"a": inside(serving("one"))}) as hub:
        conversation = hub.conversation(info())
        await conversation.add("page", inside(serving("show")))
    assert names(conversation) == []
    assert "unavailable" in await said(conversation, "one")
    await conversation.aclose()
