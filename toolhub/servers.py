"""Servers that come and go together: their connections, and the catalogue of their tools."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

from anyio.abc import TaskGroup

from toolhub.catalogue import Catalogue, Entry
from toolhub.config.servers import ServerEntry
from toolhub.connection.lifecycle import ServerState
from toolhub.connection.owner import Connection
from toolhub.errors import ConfigError, ServerUnavailable
from toolhub.events import HubEvent, ServerChanged, ToolsChanged
from toolhub.transports.http import HTTPPool

__all__ = ["Route", "ServerStatus", "Servers"]


@dataclass(frozen=True, slots=True)
class ServerStatus:
    """What there is to know about one server now."""

    name: str
    transport: Literal["in-process", "stdio", "http"]
    state: ServerState
    error: str | None
    """Why it is not ready; no secrets."""
    tools: tuple[str, ...]
    """Names under which its tools can be called now."""
    protocol: str | None
    """The MCP version agreed on, e.g. "2026-07-28"."""
    instructions: str | None
    """What the server says about how to use it."""
    warnings: tuple[str, ...]
    """Why some of its tools are not offered."""


@dataclass(frozen=True, slots=True)
class Route:
    """A tool, and the connection it is reached by."""

    entry: Entry
    connection: Connection


class Servers:
    """Connections by name, in the order in which they came, and their catalogue. Owner tasks run in `tasks`.

    `emit` is told what changes, with `call_id` in it. `beside` is the catalogue that goes first, if there is one.
    """

    def __init__(
        self,
        tasks: TaskGroup,
        pool: HTTPPool,
        emit: Callable[[HubEvent], None],
        call_id: str | None = None,
        beside: Catalogue | None = None,
    ) -> None:
        self.catalogue = Catalogue({}, beside)
        self._tasks = tasks
        self._pool = pool
        self._emit = emit
        self._call_id = call_id
        self._entries: dict[str, ServerEntry] = {}
        self._connections: dict[str, Connection] = {}
        self._states: dict[str, tuple[ServerState, str | None]] = {}
        self.ended = False
        self._holding = False
        """The catalogue is not to change."""

    def __contains__(self, name: str) -> bool:
        return name in self._connections

    @property
    def statuses(self) -> tuple[ServerStatus, ...]:
        """How the servers are."""
        return tuple(self._status(name, connection) for name, connection in self._connections.items())

    async def start(self, entries: Mapping[str, ServerEntry]) -> None:
        """Open `entries` at once; returns when each has answered or its `connect_timeout` has passed.

        Raises:
            ConfigError: two tools would have the same name, where they are the first servers.
        """
        self._holding = True
        for name, entry in entries.items():
            self._open(name, entry)
        began = asyncio.get_running_loop().time()
        try:
            for name, entry in entries.items():
                with suppress(TimeoutError):
                    async with asyncio.timeout_at(began + entry.frontdesk.connect_timeout):
                        await self._connections[name].answered.wait()
        finally:
            self._holding = False
        self._update()

    async def add(self, name: str, entry: ServerEntry) -> None:
        """Open one more; returns when it has answered or its `connect_timeout` has passed.

        Raises:
            ConfigError: there is a server of this name.
        """
        if name in self:
            raise ConfigError("there is a server of this name already", key=f"mcpServers.{name}", server=name)
        self._open(name, entry)
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(entry.frontdesk.connect_timeout):
                    await self._connections[name].answered.wait()
        except asyncio.CancelledError:
            await self.remove(name)
            raise

    async def remove(self, name: str) -> None:
        """Close one, with the calls that are running there.

        Raises:
            ConfigError: there is no such server.
        """
        if name not in self:
            raise ConfigError("there is no server of this name", key=f"mcpServers.{name}", server=name)
        connection = self._connections.pop(name)
        del self._entries[name]
        self.catalogue.exclude(name)
        self._update()
        await connection.close()
        self._states.pop(name, None)

    async def aclose(self) -> None:
        """Close all."""
        for name in tuple(self._connections):
            await self.remove(name)

    def end(self) -> None:
        """Offer nothing any more; the owner tasks are about to be cancelled."""
        self.ended = self._holding = True
        self.catalogue.update({})

    def find(self, name: str) -> Route | None:
        """What `name` stands for now."""
        entry = self.catalogue.find(name)
        return None if entry is None else Route(entry, self._connections[entry.server])

    def absent(self, name: str) -> ServerUnavailable | None:
        """Why the tool `name` cannot be found, if that is because a server is not there now."""
        server = self.catalogue.server_of(name)
        connection = self._connections.get(server) if server is not None else None
        if server is None or connection is None or connection.offered is not None:
            return None
        return ServerUnavailable(name, server, connection.error)

    def _open(self, name: str, entry: ServerEntry) -> None:
        connection = Connection(name, entry, self._pool, self._changed)
        self._tasks.start_soon(connection.run)
        self._entries[name] = entry
        self._connections[name] = connection
        self.catalogue.include(name, entry.frontdesk)

    def _changed(self, connection: Connection) -> None:
        now = (connection.state, connection.error)
        if self._states.get(connection.name) != now:
            self._states[connection.name] = now
            self._emit(ServerChanged(connection.name, *now, self._call_id))
        if not self._holding:
            self._update()

    def _update(self) -> None:
        before = self.catalogue.tools
        offered = {name: connection.offered for name, connection in self._connections.items()}
        self.catalogue.update({name: tools for name, tools in offered.items() if tools is not None})
        if self.catalogue.tools != before:
            self._emit(ToolsChanged(self.catalogue.tools.revision, self._call_id))

    def _status(self, name: str, connection: Connection) -> ServerStatus:
        return ServerStatus(
            name=name,
            transport=self._entries[name].transport,
            state=connection.state,
            error=connection.error,
            tools=self.catalogue.names_of(name),
            protocol=connection.protocol,
            instructions=connection.instructions,
            warnings=self.catalogue.warnings.get(name, ()),
        )
