"""`ToolHub`: many MCP servers, one catalogue of tools, calls that always come back."""

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any, Self

import anyio
from mcp_types import CallToolRequestParams, CallToolResult, Tool

from toolhub.call import Decide
from toolhub.caller import NoCaller
from toolhub.calls import CallTasks
from toolhub.config.servers import ServerEntry
from toolhub.connection.lifecycle import ServerState
from toolhub.conversation import Conversation, ConversationInfo
from toolhub.events import HubEvent
from toolhub.policy import decide
from toolhub.servers import Servers, ServerStatus
from toolhub.transports.http import HTTPPool

__all__ = ["ToolHub"]

_logger = logging.getLogger("toolhub")


class ToolHub:
    """The tools of all enabled servers, for any number of conversations. An async context manager.

    Entering waits until every server has answered or its `connect_timeout` has passed; a server that is not there by
    then is tried again in the background and its tools appear when it comes. Enter and leave it in the same task.

    Raises (on entering):
        ConfigError: two tools would have the same name.
    """

    def __init__(self, servers: Mapping[str, ServerEntry]) -> None:
        """`servers` by name, in the order in which their tools are to appear; disabled ones are left out."""
        self._entries = {name: entry for name, entry in servers.items() if entry.frontdesk.enabled}
        self._listeners: list[Callable[[HubEvent], None]] = []

    async def __aenter__(self) -> Self:
        self._resources = AsyncExitStack()
        self._pool = await self._resources.enter_async_context(HTTPPool())
        self._owners = await self._resources.enter_async_context(anyio.create_task_group())
        self._resources.callback(self._owners.cancel_scope.cancel)
        self._calls = await self._resources.enter_async_context(CallTasks())
        self._servers = Servers(self._owners, self._pool, self._emit)
        self._nobody = self._view(None)
        try:
            await self._servers.start(self._entries)
        except BaseException:
            await self.__aexit__(None, None, None)
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._servers.end()
        # Without the caller's exception, which the task group would wrap in a group.
        await self._resources.__aexit__(None, None, None)

    @property
    def tools(self) -> Sequence[Tool]:
        """What can be called now: in the order of the configuration, then of each server."""
        return self._servers.catalogue.tools.tools

    @property
    def servers(self) -> tuple[ServerStatus, ...]:
        """How the servers are, in the order of the configuration."""
        return self._servers.statuses

    @property
    def instructions(self) -> dict[str, str]:
        """What the servers that are there say about how to use them, by server: for the system prompt."""
        there = (ServerState.READY, ServerState.IN_DOUBT)
        return {s.name: s.instructions for s in self.servers if s.state in there and s.instructions}

    def conversation(self, info: ConversationInfo, decide: Decide = decide) -> Conversation:
        """A view of the hub for one conversation; `decide` is its policy. Close it before the hub."""
        return self._view(info, decide)

    async def call(self, name: str, arguments: Mapping[str, Any]) -> CallToolResult:
        """Call the tool with this exposed name for nobody: at once, and its questions are cancelled.

        Every failure is a result with `is_error`. Cancelling cancels the call at its server.
        """
        request = CallToolRequestParams(name=name, arguments=dict(arguments))
        return await self._nobody.call(request, NoCaller(), _at_once())

    async def add(self, name: str, entry: ServerEntry) -> None:
        """Open one more server for all; returns when it has answered or its `connect_timeout` has passed.

        A tool that could only have a name that is taken is left out, with a warning.

        Raises:
            ConfigError: there is a server of this name.
        """
        await self._servers.add(name, entry)

    async def remove(self, name: str) -> None:
        """Close a server; calls that are running there fail.

        Raises:
            ConfigError: there is no such server.
        """
        await self._servers.remove(name)

    def listen(self, callback: Callable[[HubEvent], None]) -> Callable[[], None]:
        """Call `callback` with what happens from now on, also in single conversations; returns what ends that."""
        self._listeners.append(callback)
        return lambda: self._listeners.remove(callback)

    def _view(self, info: ConversationInfo | None, decide: Decide = decide) -> Conversation:
        return Conversation(self._servers, self._owners, self._calls, self._pool, self._emit, info, decide)

    def _emit(self, event: HubEvent) -> None:
        for listener in tuple(self._listeners):
            try:
                listener(event)
            except Exception:
                _logger.exception("a listener failed")


async def _at_once() -> None:
    """Committed already."""
