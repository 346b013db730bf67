"""`ToolHub`: many MCP servers, one catalogue of tools, calls that always come back."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Literal, Self

import anyio
from mcp_types import CallToolResult, Tool

from toolhub.arguments import problems
from toolhub.catalogue import Catalogue
from toolhub.config.servers import ServerEntry
from toolhub.connection.owner import Connection, ServerState
from toolhub.errors import CallFailed, InvalidArguments, ServerUnavailable, ToolNotFound
from toolhub.results import failed
from toolhub.transports.http import HTTPPool

__all__ = ["ServerStatus", "ToolHub"]


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


class ToolHub:
    """The tools of all enabled servers, as a `voice.tools.Toolbox` without knowing it. An async context manager.

    Entering waits until every server has answered or its `connect_timeout` has passed; a server that is not there by
    then is tried again in the background and its tools appear when it comes. Enter and leave it in the same task.
    Any number of tasks may call at the same time.

    Raises (on entering):
        ConfigError: two tools would have the same name.
    """

    def __init__(self, servers: Mapping[str, ServerEntry]) -> None:
        """`servers` by name, in the order in which their tools are to appear; disabled ones are left out."""
        self._entries = {name: entry for name, entry in servers.items() if entry.frontdesk.enabled}
        self._catalogue = Catalogue({name: entry.frontdesk for name, entry in self._entries.items()})
        self._connections: dict[str, Connection] = {}
        self._started = False

    async def __aenter__(self) -> Self:
        pool = HTTPPool()
        self._connections = {
            name: Connection(name, entry, pool, self._changed) for name, entry in self._entries.items()
        }
        self._resources = AsyncExitStack()
        await self._resources.enter_async_context(pool)
        self._owners = await self._resources.enter_async_context(anyio.create_task_group())
        for connection in self._connections.values():
            self._owners.start_soon(connection.run)
        try:
            await self._first_answers()
            self._started = True
            self._changed()
        except BaseException:
            await self.__aexit__(None, None, None)
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._started = False
        self._catalogue.update({})
        self._owners.cancel_scope.cancel()
        # Without the caller's exception, which the task group would wrap in a group.
        await self._resources.__aexit__(None, None, None)

    @property
    def tools(self) -> Sequence[Tool]:
        """What can be called now: in the order of the configuration, then of each server."""
        return self._catalogue.tools

    @property
    def servers(self) -> tuple[ServerStatus, ...]:
        """How the servers are, in the order of the configuration."""
        return tuple(self._status(name, connection) for name, connection in self._connections.items())

    @property
    def instructions(self) -> dict[str, str]:
        """What the servers that are there say about how to use them, by server: for the system prompt."""
        return {s.name: s.instructions for s in self.servers if s.state is ServerState.READY and s.instructions}

    async def call(self, name: str, arguments: Mapping[str, Any]) -> CallToolResult:
        """Call the tool with this exposed name; bounded by its time limit.

        Every failure is a result with `is_error` and a text in plain words. Cancelling cancels the call at its server.
        """
        try:
            entry = self._catalogue.find(name)
            if entry is None:
                raise self._not_found(name)
            if wrong := problems(arguments, entry.arguments):
                raise InvalidArguments(name, wrong)
            return await self._connections[entry.server].call(entry, arguments)
        except CallFailed as error:
            return failed(error)

    async def _first_answers(self) -> None:
        began = asyncio.get_running_loop().time()
        for name, connection in self._connections.items():
            with suppress(TimeoutError):
                async with asyncio.timeout_at(began + self._entries[name].frontdesk.connect_timeout):
                    await connection.answered.wait()

    def _changed(self) -> None:
        if self._started:
            ready = {c.name: c.tools for c in self._connections.values() if c.state is ServerState.READY}
            self._catalogue.update(ready)

    def _not_found(self, name: str) -> CallFailed:
        server = self._catalogue.server_of(name)
        if server is not None and (connection := self._connections[server]).state is not ServerState.READY:
            return ServerUnavailable(name, server, connection.error)
        return ToolNotFound(name, [tool.name for tool in self.tools])

    def _status(self, name: str, connection: Connection) -> ServerStatus:
        return ServerStatus(
            name=name,
            transport=self._entries[name].transport,
            state=connection.state,
            error=connection.error,
            tools=self._catalogue.names_of(name),
            protocol=connection.protocol,
            instructions=connection.instructions,
            warnings=self._catalogue.warnings.get(name, ()),
        )
