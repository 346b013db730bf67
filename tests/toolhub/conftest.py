"""Peers for the hub: a rude stdio server, and real streamable HTTP on a free port."""

import asyncio
import socket
import sys
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
import uvicorn
from mcp.server import MCPServer
from mcp_types import CallToolRequestParams, ElicitResult, ToolAnnotations

from toolhub.config.servers import ServerEntry, ServerSettings
from toolhub.conversation import ConversationInfo

PEER = Path(__file__).with_name("peer.py")


def text_of(result):
    """The text that a result begins with."""
    return result.content[0].text


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


class Person:
    """A caller of tools who answers as told, and keeps what was asked and said."""

    def __init__(self, answers=(), says_yes=True, thinks=0.0):
        self.answers, self.says_yes, self.thinks = list(answers), says_yes, thinks
        self.asked, self.heard, self.results = [], [], []
        self.interrupted = asyncio.Event()

    async def elicit(self, request, server):
        self.asked.append(f"{server}: {request.message}")
        await asyncio.sleep(self.thinks)
        return ElicitResult(action="accept", content=self.answers.pop(0))

    async def confirm(self, read_back):
        self.asked.append(read_back)
        await asyncio.sleep(self.thinks)
        return self.says_yes

    def progress(self, message, share):
        self.heard.append((message, share))

    def returned(self, result, told):
        self.results.append((text_of(result), told))

    async def gone(self):
        await self.interrupted.wait()


@pytest.fixture
def person():
    """Makes a caller of tools."""
    return Person


class Kitchen:
    """A server whose tools take `seconds`: `look` only reads, `bake` changes the world. `done` tells what became."""

    def __init__(self, seconds=10):
        self.seconds, self.done, self.begun = seconds, [], []
        self.server = MCPServer("kitchen", log_level="WARNING")
        self.server.add_tool(self.look, annotations=ToolAnnotations(read_only_hint=True))
        self.server.add_tool(self.bake)

    async def look(self) -> str:
        return await self._take("look")

    async def bake(self, what: str = "bread") -> str:
        return await self._take(f"bake {what}")

    async def _take(self, name: str) -> str:
        self.begun.append(name)
        try:
            await asyncio.sleep(self.seconds)
        except asyncio.CancelledError:
            self.done.append(f"{name} cancelled")
            raise
        self.done.append(name)
        return f"{name} is done"


@pytest.fixture
def kitchen():
    """Makes a kitchen."""
    return Kitchen


@pytest.fixture
def ask():
    """Parameters of a call of this tool with these arguments."""
    return lambda name, **arguments: CallToolRequestParams(name=name, arguments=arguments)


@pytest.fixture
def info():
    """A conversation with this id."""
    return lambda call_id="call 1": ConversationInfo(call_id, "waiter", "console", "en-GB", {"table": "7"})
