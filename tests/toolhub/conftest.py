"""Peers for the hub: a rude stdio server, and real streamable HTTP on a free port."""

import asyncio
import socket
import sys
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
import uvicorn

from toolhub.config.servers import ServerEntry, ServerSettings

PEER = Path(__file__).with_name("peer.py")


@pytest.fixture
def peer():
    """An entry for `peer.py` with these arguments and settings."""

    def entry(*args, env=None, **settings):
        return ServerEntry(
            command=sys.executable,
            args=(str(PEER), *map(str, args)),
            env=env or {},
            frontdesk=ServerSettings(**settings),
        )

    return entry


@pytest.fixture
def inside():
    """An entry for a server object in our process."""

    def entry(server, **settings):
        return ServerEntry(frontdesk=ServerSettings(module=server, **settings))

    return entry


@pytest.fixture
def free_port():
    """A loopback port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def serving():
    """`async with serving(app, port)`: a real HTTP server for an ASGI app; gives the URL of `/mcp`.

    Leaving it breaks the connections that are open, like a process that is killed.
    """

    @asynccontextmanager
    async def serve(app, port=0):
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        config = uvicorn.Config(app, log_config=None, lifespan="on", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(server.serve(sockets=[listener]))
            try:
                async with asyncio.timeout(5):
                    while not server.started and not running.done():  # noqa: ASYNC110 - uvicorn gives no event
                        await asyncio.sleep(0)
                yield f"http://127.0.0.1:{listener.getsockname()[1]}/mcp"
            finally:
                server.should_exit = server.force_exit = True
        listener.close()

    return serve


@pytest.fixture
def until():
    """`await until(lambda: ...)`: wait for a condition, five seconds at most."""

    async def wait(condition):
        async with asyncio.timeout(5):
            while not condition():  # noqa: ASYNC110 - what is waited for has no event
                await asyncio.sleep(0.005)

    return wait


class Relay:
    """TCP between a client and a server, so that connections can be broken as networks do."""

    def __init__(self, port):
        self.url = f"http://127.0.0.1:{port}/mcp"
        self.connections = []
        self._port = port
        self._server = None

    async def open(self, target):
        """Listen, and pass everything on to the server at the URL `target`."""
        self._target = int(target.rsplit(":", 1)[1].split("/")[0])
        self._server = await asyncio.start_server(self._connect, "127.0.0.1", self._port)

    async def close(self):
        """Break everything and listen no more, like a server that was killed."""
        if self._server is None:
            return
        self._server.close()
        while self.connections:
            self.cut(self.connections[0])
        await self._server.wait_closed()
        self._server = None

    def cut(self, connection):
        """Break one connection."""
        self.connections.remove(connection)
        for writer in connection:
            writer.transport.abort()

    async def _connect(self, reader, writer):
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)
        connection = (writer, far_writer)
        self.connections.append(connection)
        with suppress(ConnectionError):
            await asyncio.gather(self._pass(reader, far_writer), self._pass(far_reader, writer))
        if connection in self.connections:
            self.cut(connection)

    async def _pass(self, reader, writer):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        writer.transport.abort()


@pytest.fixture
async def relay(free_port):
    """A relay that is not open yet."""
    relay = Relay(free_port)
    yield relay
    await relay.close()
