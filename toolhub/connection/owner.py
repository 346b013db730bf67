"""One MCP server: open it, list its tools, ask it, notice when it is gone, open it again.

`Connection.run` is the owner task: everything of the SDK's client is entered and left in it, because anyio's scopes
must close in the task that opened them. What it does is decided by `lifecycle`. Requests are sent by the tasks of the
calls.
"""

import asyncio
import logging
import math
import random
from collections.abc import Awaitable, Callable
from importlib.metadata import version
from typing import Any

import anyio
from mcp import Client, MCPError
from mcp.client import ClientSession
from mcp.shared.dispatcher import ProgressFnT
from mcp_types import (
    CONNECTION_CLOSED,
    HEADER_MISMATCH,
    MISSING_REQUIRED_CLIENT_CAPABILITY,
    CallToolResult,
    Implementation,
    InputRequiredResult,
    InputResponses,
    RequestParamsMeta,
    Tool,
)

from toolhub.catalogue import Entry
from toolhub.config.servers import ServerEntry
from toolhub.connection.lifecycle import (
    Answered,
    ClientClosed,
    Close,
    Command,
    Doubted,
    Due,
    Ended,
    Event,
    Forgotten,
    Life,
    LoginNeeded,
    Opened,
    OpenFailed,
    ServerState,
    Unanswered,
    Unusable,
    born,
    step,
)
from toolhub.connection.listing import list_tools, warm
from toolhub.errors import CallFailed, CannotStart, QuestionAsked, ServerUnavailable, ToolRefused
from toolhub.transports.http import SESSION_LOST, UNAUTHORIZED, UNREACHABLE, HTTPPool
from toolhub.transports.stdio import redacted
from toolhub.transports.target import Target

__all__ = ["Connection"]

_DRAIN = 1.0
"""Seconds that requests in flight are given to learn for themselves what became of them."""
_Answer = CallToolResult | InputRequiredResult
_THERE = (ServerState.READY, ServerState.IN_DOUBT)
_WORSE = (ServerState.DOWN, ServerState.NEEDS_LOGIN, ServerState.FAILED)


class Connection:
    """The one connection to a server, whatever happens to it.

    `changed` is called with it when its state, the reason for that, or its tools are different.
    """

    def __init__(self, name: str, entry: ServerEntry, pool: HTTPPool, changed: Callable[["Connection"], None]) -> None:
        self.name = name
        self.tools: tuple[Tool, ...] = ()
        """All pages of the last list, whether the server is there or not."""
        self.protocol: str | None = None
        """The protocol version agreed on."""
        self.instructions: str | None = None
        self.answered = asyncio.Event()
        """The first attempt is over, well or not."""
        self._settings = entry.frontdesk
        self._secrets = entry.secrets
        self._changed = changed
        self._logger = logging.getLogger(f"toolhub.{name}")
        self._target = Target(name, entry, pool, lambda: self._take(Ended("the connection ended")))
        self._client: Client | None = None
        self._life: Life = born()
        self._owner = anyio.CancelScope()
        self._over = asyncio.Event()
        self._woken = asyncio.Event()
        """There may be something for the owner to do."""
        self._decided = asyncio.Event()
        """The state is not `connecting`."""
        self._requests: set[anyio.CancelScope] = set()
        self._quiet = asyncio.Event()
        """Nothing is in flight."""

    @property
    def state(self) -> ServerState:
        """How the server is."""
        return self._life.state

    @property
    def error(self) -> str | None:
        """Why it is not ready; no secrets."""
        return self._life.error

    @property
    def offered(self) -> tuple[Tool, ...] | None:
        """What can be called now; None when the server is not there."""
        renewing = self.state is ServerState.CONNECTING and self.answered.is_set()
        return self.tools if self.state in _THERE or renewing else None

    def limit(self, tool: str) -> float:
        """Seconds of machine time for a call of the server's `tool`."""
        return self._settings.timeouts.get(tool, self._settings.timeout)

    async def run(self) -> None:
        """Own the connection until cancelled or closed."""
        try:
            with self._owner:
                while True:
                    if self._life.command is Command.OPEN:
                        await self._live()
                    else:
                        await self._wait()
        finally:
            self._take(Close())
            for request in self._requests:
                request.cancel()
            self._over.set()

    async def close(self) -> None:
        """End `run`, which has been started, and wait until it has; requests in flight fail."""
        self._owner.cancel()
        await self._over.wait()

    async def request(
        self,
        entry: Entry,
        arguments: dict[str, Any],
        meta: RequestParamsMeta | None,
        progress: ProgressFnT,
        responses: InputResponses | None,
        state: str | None,
    ) -> _Answer:
        """Send one `tools/call`; `responses` and `state` go with one that answers questions.

        Cancelling it cancels the tool at the server.

        Raises:
            CallFailed: no result; says why.
        """
        with anyio.CancelScope() as scope:
            self._requests.add(scope)
            try:
                return await self._call(
                    lambda session: session.call_tool(
                        entry.name,
                        arguments,
                        progress_callback=progress,
                        input_responses=responses,
                        request_state=state,
                        meta=meta,
                        allow_input_required=True,
                    )
                )
            except MCPError as error:
                raise self._failure(entry, error) from error
            except Exception as error:
                # One request's trouble, whatever the SDK raises, stays with it.
                self._logger.warning("%s: the answer makes no sense (%s)", entry.name, type(error).__name__)
                self._logger.debug("%s", entry.name, exc_info=error)
                text = f"The {self.name} server's answer to {entry.tool.name} makes no sense."
                raise ToolRefused(entry.tool.name, text) from error
            finally:
                self._requests.discard(scope)
                if not self._requests:
                    self._quiet.set()
        raise self._unavailable(entry, "it is being shut down")

    async def _call(self, send: Callable[[ClientSession], Awaitable[_Answer]]) -> _Answer:
        """Send it; once more where the server has certainly not looked at it."""
        for _ in range(2):
            await self._decided.wait()
            client = self._client
            if client is None or self.state not in _THERE:
                break
            try:
                return await send(client.session)
            except MCPError as error:
                if error.code == HEADER_MISMATCH:
                    await list_tools(client.session)
                elif error.code != SESSION_LOST:
                    raise
                elif client is self._client:
                    self._take(Forgotten())
        raise MCPError(code=UNREACHABLE, message=self.error or "the connection ended")

    async def _live(self) -> None:
        """One client, from the command to open it to its end."""
        reason = None
        try:
            await self._client_life()
        except Exception as error:  # noqa: BLE001 - whatever the SDK raises, the owner goes on
            cause = _first(error)
            if self._life.command is Command.OPEN:
                self._take(self._not_opened(cause))
            elif self._life.command is not Command.CLOSE:
                reason = self._reason(cause)
                self._take(Ended(reason))
        if self._life.command is Command.CLOSE:
            self._take(ClientClosed(reason or self._target.last_error("the connection ended")))

    async def _client_life(self) -> None:
        # One scope around everything, its deadline lifted later: anyio's scopes must nest.
        with anyio.CancelScope(deadline=anyio.current_time() + self._settings.connect_timeout) as starting:
            async with Client(
                self._target.open(),
                mode=self._settings.protocol,
                cache=None,
                client_info=Implementation(name="frontdesk", version=version("frontdesk")),
            ) as client:
                tools = await list_tools(client.session)
                await warm(client.session, tools)
                starting.deadline = math.inf
                self._client = client
                self.protocol, self.instructions = client.protocol_version, client.instructions
                try:
                    self._take(Opened(), tools)
                    await self._keep(client.session)
                finally:
                    self._client = None
                await self._drain()
        if starting.cancelled_caught:
            raise TimeoutError

    async def _keep(self, session: ClientSession) -> None:
        """Do what is commanded while the client is open."""
        while self._life.command is not Command.CLOSE:
            if self._life.command is Command.ASK:
                await self._question(session)
            else:
                await self._wait()

    async def _question(self, session: ClientSession) -> None:
        """List the tools again, to see whether the server is still there."""
        tools: tuple[Tool, ...] | None = None
        try:
            with anyio.fail_after(self._settings.connect_timeout):
                tools = await list_tools(session)
        except (MCPError, TimeoutError) as error:
            event = self._not_answered(error)
        else:
            event = Answered()
        if self._life.command is Command.ASK:  # and not: the child has ended meanwhile
            self._take(event, tools)

    async def _wait(self) -> None:
        """Until there may be something to do."""
        deadline = self._life.deadline
        with anyio.CancelScope(deadline=math.inf if deadline is None else deadline) as scope:
            await self._woken.wait()
        self._woken.clear()
        if scope.cancelled_caught and self._life.deadline == deadline:
            self._take(Due())

    async def _drain(self) -> None:
        """Let the requests in flight learn for themselves what became of them, which takes a moment."""
        with anyio.move_on_after(_DRAIN):
            while self._requests:
                self._quiet.clear()
                await self._quiet.wait()

    def _take(self, event: Event, tools: tuple[Tool, ...] | None = None) -> None:
        """Go on to the life after `event`, with these `tools` where they were listed; tell what is different."""
        before = (self.state, self.error, self.tools)
        self._life = step(self._life, event, asyncio.get_running_loop().time(), random.random())
        self.tools = self.tools if tools is None else tools
        if self.state is ServerState.CONNECTING:
            self._decided.clear()
        else:
            self._decided.set()
            self.answered.set()
        self._woken.set()
        if (self.state, self.error, self.tools) != before:
            self._log(before[0])
            self._changed(self)

    def _log(self, before: ServerState) -> None:
        if self.state in _WORSE:
            self._logger.warning("%s: %s", self.state, self.error)
        elif self.state is ServerState.READY and before not in _THERE:
            self._logger.info("ready: MCP %s, %d tools", self.protocol, len(self.tools))

    def _not_opened(self, error: BaseException) -> Event:
        match error:
            case CannotStart():
                return Unusable(str(error))
            case MCPError(code=code) if code == UNAUTHORIZED:
                return LoginNeeded(self._reason(error))
            case _:
                return OpenFailed(self._reason(error))

    def _not_answered(self, error: MCPError | TimeoutError) -> Event:
        match error:
            case TimeoutError():
                return Unanswered(self._reason(error))
            case MCPError(code=code) if code == UNREACHABLE:
                return Unanswered(self._reason(error))
            case MCPError(code=code) if code == UNAUTHORIZED:
                return LoginNeeded(self._reason(error))
            case MCPError(code=code) if code == SESSION_LOST:
                return Forgotten()
            case _:
                return Ended("the connection ended")

    def _failure(self, entry: Entry, error: MCPError) -> CallFailed:
        message = redacted(error.error.message, self._secrets)
        if error.code in (UNREACHABLE, UNAUTHORIZED, CONNECTION_CLOSED):
            self._take(Doubted())
            return self._unavailable(entry, "the connection broke" if error.code == CONNECTION_CLOSED else message)
        if error.code == MISSING_REQUIRED_CLIENT_CAPABILITY:
            return QuestionAsked(entry.tool.name, self.name, [])
        return ToolRefused(entry.tool.name, f"{entry.tool.name} failed: {message}")

    def _unavailable(self, entry: Entry, reason: str | None) -> ServerUnavailable:
        return ServerUnavailable(entry.tool.name, self.name, reason)

    def _reason(self, error: BaseException) -> str:
        match error:
            case TimeoutError():
                return self._target.last_error(f"did not answer within {self._settings.connect_timeout:g} seconds")
            case MCPError(code=code) if code == CONNECTION_CLOSED:
                return self._target.last_error("ended before it answered")
            case MCPError():
                return redacted(error.error.message, self._secrets)
            case _:
                return self._target.last_error(f"failed ({type(error).__name__})")


def _first(error: BaseException) -> BaseException:
    """What really happened: the first exception of nested groups."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
