"""`Connection` by itself; `tests/toolhub/test_hub.py` has what becomes of servers that misbehave."""

import asyncio
from contextlib import asynccontextmanager

import anyio
import pytest
from mcp.server import MCPServer

from toolhub.catalogue import Catalogue
from toolhub.config.servers import ServerEntry, ServerSettings
from toolhub.connection.lifecycle import ServerState
from toolhub.connection.owner import Connection
from toolhub.errors import ServerUnavailable
from toolhub.transports.http import HTTPPool


def adder():
    server = MCPServer("adder", log_level="WARNING")

    @server.tool()
    def add(a: int, b: int) -> int:
        return a + b

    return server


@asynccontextmanager
async def running(entry):
    """A connection that has answered once, and the states it was seen in."""
    states = []
    async with HTTPPool() as pool, anyio.create_task_group() as tasks:
        connection = Connection("adder", entry, pool, lambda connection: states.append(connection.state))
        tasks.start_soon(connection.run)
        async with asyncio.timeout(5):
            await connection.answered.wait()
        yield connection, states
        tasks.cancel_scope.cancel()


async def request(connection):
    catalogue = Catalogue({"adder": ServerSettings()})
    catalogue.update({"adder": connection.tools})

    async def progress(share, total, message):
        raise NotImplementedError

    return await connection.request(catalogue.find("add"), {"a": 1, "b": 2}, None, progress, None, None)


async def test_a_request_is_answered_by_the_server(inside):
    async with running(inside(adder())) as (connection, states):
        assert (await request(connection)).structured_content == {"result": 3}
        assert [tool.name for tool in connection.offered] == ["add"]
        assert states == [ServerState.READY]


async def test_a_connection_that_is_closed_offers_and_answers_nothing(inside):
    async with running(inside(adder())) as (connection, states):
        await connection.close()
        assert states == [ServerState.READY, ServerState.CLOSED]
        assert connection.offered is None
        with pytest.raises(ServerUnavailable):
            await request(connection)


async def test_the_limit_is_the_tools_own_or_the_servers(inside):
    async with running(inside(adder(), timeout=7, timeouts={"bake": 90})) as (connection, _):
        assert (connection.limit("add"), connection.limit("bake")) == (7, 90)


async def test_a_server_that_stops_accepting_our_credentials_needs_a_login_and_offers_nothing(serving, until):
    app, refusing = adder().streamable_http_app(), asyncio.Event()

    async def guarded(scope, receive, send):
        if scope["type"] == "lifespan" or not refusing.is_set():
            await app(scope, receive, send)
            return
        await send({"type": "http.response.start", "status": 401, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async with serving(guarded) as url, running(ServerEntry(url=url)) as (connection, states):
        refusing.set()
        with pytest.raises(ServerUnavailable, match="HTTP 401 Unauthorized"):
            await request(connection)
        await until(lambda: connection.state is ServerState.NEEDS_LOGIN)
        assert states == [ServerState.READY, ServerState.IN_DOUBT, ServerState.NEEDS_LOGIN]
        assert connection.error == "HTTP 401 Unauthorized: check `headers`"
        assert connection.offered is None
