"""One conversation's view of the hub: the tools it may call, the calls it made, the servers that only it has."""

import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self, cast

from anyio.abc import TaskGroup
from mcp_types import CallToolRequestParams, CallToolResult, RequestParamsMeta, Tool

from toolhub.call import Call, Decide
from toolhub.caller import Caller
from toolhub.calls import Calls, CallTasks
from toolhub.catalogue import ToolSet
from toolhub.config.servers import ServerEntry
from toolhub.errors import CallFailed, ConfigError, ToolNotFound
from toolhub.events import HubEvent
from toolhub.policy import decide
from toolhub.results import failed
from toolhub.servers import Route, Servers, ServerStatus
from toolhub.transports.http import HTTPPool

__all__ = ["META_KEY", "Conversation", "ConversationInfo"]

META_KEY = "frontdesk/conversation"
"""The key of `_meta` under which servers find the fields of `ConversationInfo`."""


@dataclass(frozen=True, slots=True)
class ConversationInfo:
    """What servers are told of a conversation with each call, to shape their answers. Never proof of who calls."""

    call_id: str
    agent: str
    channel: str
    """E.g. "console", "room" or "phone"."""
    locale: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    """No secrets of ours: every server sees them."""

    @property
    def meta(self) -> RequestParamsMeta:
        """As `_meta` of a request."""
        fields = {
            "call_id": self.call_id,
            "agent": self.agent,
            "channel": self.channel,
            "locale": self.locale,
            "attributes": dict(self.attributes),
        }
        return cast("RequestParamsMeta", {META_KEY: fields})


class Conversation:
    """The tools of all servers and of its own as one conversation calls them. `ToolHub.conversation` makes it.

    Any number of tasks may call at the same time. An async context manager, for `aclose`.
    """

    def __init__(
        self,
        shared: Servers,
        owners: TaskGroup,
        calls: CallTasks,
        pool: HTTPPool,
        emit: Callable[[HubEvent], None],
        info: ConversationInfo | None,
        decide: Decide = decide,
    ) -> None:
        """`info` is None for calls that belong to no conversation."""
        self._shared = shared
        self._own = Servers(owners, pool, emit, info.call_id if info else "", shared.catalogue)
        self._hidden: set[str] = set()
        self._calls = Calls(calls)
        self._meta = info.meta if info else None
        self._decide = decide
        self._seen = ToolSet((), 0)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    @property
    def servers(self) -> tuple[ServerStatus, ...]:
        """How the servers are that this conversation sees: those of all, then its own."""
        shared = (status for status in self._shared.statuses if status.name not in self._hidden)
        return (*shared, *self._own.statuses)

    def tools(self) -> ToolSet:
        """What can be called now: in the order of the configuration, then of each server; its own servers last.

        A snapshot: it does not change. Its revision differs from that of another one exactly when the list does.
        """
        now = tuple(self._listed())
        if now != self._seen.tools:
            self._seen = ToolSet(now, self._seen.revision + 1)
        return self._seen

    async def call(self, request: CallToolRequestParams, caller: Caller, committed: Awaitable[None]) -> CallToolResult:
        """Call the tool `request.name`, in at most its time limit plus the time that humans take to answer.

        Every failure is a result with `is_error` and a text in plain words. Nothing is sent before `committed` is
        done, save where the policy allows it; it is awaited once at most, and with this call cancelled. A reply that
        commits must have interrupted its predecessor first: then the same call of both is sent once.

        Cancelling this takes the call back: it is not sent, or cancelled at its server. When `caller.gone` returns,
        it comes back at once: a read-only tool is cancelled, any other runs on and is told to `caller.returned`.
        """
        try:
            call = Call(request, caller, self._meta)
            return await self._calls.make(call, self._find, self._decide, committed)
        except CallFailed as error:
            return failed(error)
        finally:
            if inspect.iscoroutine(committed):
                committed.close()  # it may not have been needed

    async def drain(self) -> None:
        """Wait for the calls that run on without a reply; they are bounded by their time limits."""
        await self._calls.drain()

    async def add(self, name: str, entry: ServerEntry) -> None:
        """Open a server that only this conversation sees; returns when it has answered or `connect_timeout` is over.

        A tool that could only have a name that is taken is left out, with a warning.

        Raises:
            ConfigError: there is a server of this name.
        """
        if name in self._shared:
            raise ConfigError("there is a server of this name already", key=f"mcpServers.{name}", server=name)
        await self._own.add(name, entry)

    async def remove(self, name: str) -> None:
        """Close the own server of this name, or see the shared one no more.

        Raises:
            ConfigError: there is no such server.
        """
        if name in self._shared and name not in self._own:
            self._hidden.add(name)
        else:
            await self._own.remove(name)

    async def aclose(self) -> None:
        """Cancel the calls that are running and close its own servers."""
        self._calls.stop()
        await self._own.aclose()

    def _listed(self) -> list[Tool]:
        own = self._own.catalogue
        shared = [
            entry.tool
            for entry in self._shared.catalogue.entries
            if entry.server not in self._hidden and own.find(entry.tool.name) is None
        ]
        return [*shared, *own.tools.tools]

    def _find(self, name: str) -> Route:
        """Where the tool of this name is.

        Raises:
            CallFailed: nowhere, or its server is not there now.
        """
        own = self._own.find(name)
        if own is not None and not self._shared.ended:
            return own
        shared = self._shared.find(name)
        if shared is not None and shared.entry.server not in self._hidden:
            return shared
        away = self._own.absent(name) or self._shared.absent(name)
        if away is not None and away.server not in self._hidden:
            raise away
        raise ToolNotFound(name, [tool.name for tool in self._listed()])
