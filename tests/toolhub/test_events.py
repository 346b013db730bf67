"""What the hub tells those who listen."""

import dataclasses

import pytest
from mcp.server import MCPServer

from toolhub.config.servers import ServerEntry
from toolhub.connection.lifecycle import ServerState
from toolhub.events import HubEvent, ServerChanged, ToolsChanged
from toolhub.hub import ToolHub


def serving(*names):
    server = MCPServer("server", log_level="WARNING")
    for name in names:

        def answer() -> str:
            return "done"

        server.add_tool(answer, name=name)
    return server


@pytest.mark.parametrize("event", [ServerChanged("a", ServerState.READY, None), ToolsChanged(1)])
def test_events_do_not_change(event):
    with pytest.raises(dataclasses.FrozenInstanceError):
        event.call_id = "1"


async def test_a_start_is_told_server_by_server_and_the_tools_once(inside):
    events: list[HubEvent] = []
    hub = ToolHub({"a": inside(serving("one")), "typo": ServerEntry(command="/no/such/command")})
    hub.listen(events.append)
    async with hub:
        told = list(events)
    assert sorted(told[:2], key=repr) == [
        ServerChanged("a", ServerState.READY, None),
        ServerChanged("typo", ServerState.FAILED, "cannot be started: No such file or directory: /no/such/command"),
    ]
    assert told[2:] == [ToolsChanged(1)]


async def test_a_server_that_dies_and_comes_back_is_told_with_the_reason(peer, until):
    events: list[HubEvent] = []
    async with ToolHub({"peer": peer()}) as hub:
        hub.listen(events.append)
        await hub.call("die", {})
        await until(lambda: events[-1:] == [ToolsChanged(3)])
    changes = [event for event in events if isinstance(event, ServerChanged)]
    assert ServerState.DOWN in [change.state for change in changes]
    assert any("something broke" in (change.reason or "") for change in changes if change.state is ServerState.DOWN)
    assert [event for event in events if isinstance(event, ToolsChanged)] == [ToolsChanged(2), ToolsChanged(3)]


async def test_what_happens_to_a_conversations_own_servers_names_the_conversation(inside, info):
    events: list[HubEvent] = []
    async with ToolHub({}) as hub:
        hub.listen(events.append)
        async with hub.conversation(info()) as conversation:
            await conversation.add("page", inside(serving("show")))
    assert events == [
        ServerChanged("page", ServerState.READY, None, "call 1"),
        ToolsChanged(1, "call 1"),
        ToolsChanged(2, "call 1"),
        ServerChanged("page", ServerState.CLOSED, None, "call 1"),
    ]


async def test_who_has_ended_listening_hears_nothing(inside):
    events: list[HubEvent] = []
    async with ToolHub({}) as hub:
        end = hub.listen(events.append)
        end()
        await hub.add("a", inside(serving("one")))
    assert events == []


async def test_a_listener_that_breaks_harms_neither_the_server_nor_other_listeners(inside, caplog):
    def broken(event):
        raise LookupError("mine")

    events: list[HubEvent] = []
    async with ToolHub({}) as hub:
        hub.listen(broken)
        hub.listen(events.append)
        await hub.add("a", inside(serving("one")))
        assert len(hub.tools) == 1
        assert len(events) == 2
    assert "a listener failed" in caplog.text
