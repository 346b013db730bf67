"""One MCP server: open it, list its tools, call them, notice when it is gone, open it again.

`Connection.run` is the owner task: everything of the SDK's client is entered and left in it, because anyio's scopes
must close in the task that opened them. Calls run as children of the owner: a caller that gives up or is cancelled
leaves at once, while its call is being cancelled at the server.
"""

import asyncio
import logging
import math
import random
from collections.abc import Callable, Mapping
from enum import StrEnum
from importlib.metadata import version
from typing import Any

import anyio
from mcp import Client, MCPError
from mcp.client import ClientSession
from mcp_types import (
    CONNECTION_CLOSED,
    HEADER_MISMATCH,
    MISSING_REQUIRED_CLIENT_CAPABILITY,
    CallToolResult,
    Implementation,
    InputRequiredResult,
    Tool,
)

from toolhub.catalogue import Entry
from toolhub.config.servers import ServerEntry
from toolhub.connection.listing import list_tools, warm
from toolhub.errors import CallFailed, CannotStart, QuestionAsked, ServerUnavailable, ToolRefused, ToolTimedOut
from toolhub.results import limited, questions
from toolhub.transports.http import SESSION_LOST, UNREACHABLE, HTTPPool
from toolhub.transports.stdio import redacted
from toolhub.transports.target import Target

__all__ = ["Connection", "ServerState", "retry_delay"]

_LONGEST_DELAY = 30.0
_DRAIN = 1.0


class ServerState(StrEnum):
    """Of a server: the first attempt is running; it can be called; it is tried again; it cannot work as configured."""

    CONNECTING = "connecting"
    READY = "ready"
    DOWN = "down"
    FAILED = "failed"


def retry_delay(attempt: int, chance: float) -> float:
    """Seconds before attempt number `attempt`: 0, then 0.25 doubling to 30, times 0.75..1.25 by `chance` (0..1)."""
    if attempt == 0:
        return 0.0
    return min(_LONGEST_DELAY, 0.25 * 2.0 ** (attempt - 1)) * (0.75 + 0.5 * chance)


class Connection:
    """The one connection to a server, whatever happens to it. `changed` is called when `state` or `tools` changed."""

    def __init__(self, name: str, entry: ServerEntry, pool: HTTPPool, changed: Callable[[], None]) -> None:
        self.name = name
        self.state = ServerState.CONNECTING
        self.error: str | None = None
        """Why the state is DOWN or FAILED."""
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
        self._target = Target(name, entry, pool, self._lose)
        self._client: Client | None = None
        self._in_flight = 0
        self._attention = asyncio.Event()
        """Something happened to the connection: `_lost`, or a doubt to be looked into."""
        self._settled = asyncio.Event()
        """Not just renewing the session: `state` says how it is."""
        self._quiet = asyncio.Event()
        """Nothing is in flight."""
        self._lost = False
        self._over = False

    async def run(self) -> None:
        """Own the connection until cancelled, or until it is clear that it will never work."""
        loop = asyncio.get_running_loop()
        attempt = 0
        async with anyio.create_task_group() as self._calls:
            while True:
                started = loop.time()
                try:
                    await self._live()
                except Exception as error:  # noqa: BLE001 - whatever the SDK raises, the owner goes on
                    cause = _first(error)
                    if isinstance(cause, CannotStart):
                        self._unready(ServerState.FAILED, str(cause))
                        return
                    if not self._over:
                        self._unready(ServerState.DOWN, self._reason(cause))
                if self._over and self._settled.is_set():
                    self._unready(ServerState.DOWN, self._target.last_error("the connection ended"))
                if loop.time() - started > _LONGEST_DELAY:
                    attempt = 0
                await asyncio.sleep(retry_delay(attempt, random.random()))
                attempt += 1

    async def call(self, entry: Entry, arguments: Mapping[str, Any]) -> CallToolResult:
        """Call a tool of this server.

        Raises:
            CallFailed: no result; says why.
        """
        if self.state is not ServerState.READY:
            raise self._unavailable(entry, self.error)
        outcome: asyncio.Future[CallToolResult | CallFailed] = asyncio.get_running_loop().create_future()
        scope = anyio.CancelScope()
        self._calls.start_soon(self._settle, outcome, scope, entry, arguments)
        seconds = self._settings.timeouts.get(entry.name, self._settings.timeout)
        try:
            async with asyncio.timeout(seconds):
                result = await outcome
        except TimeoutError:
            raise ToolTimedOut(entry.tool.name, seconds) from None
        finally:
            scope.cancel()
        if isinstance(result, CallFailed):
            raise result
        return result

    async def _live(self) -> None:
        """One life of the connection; returns when it has been lost. `_over` tells whether there was a life at all."""
        self._lost = self._over = False
        self._attention.clear()
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
                    self._become_ready(tools)
                    await self._watch(client.session)
                finally:
                    self._client = None
                self._over = True
                if self._settled.is_set():
                    # At once: winding down a child process may take seconds.
                    self._unready(ServerState.DOWN, "the connection ended")
                await self._drain()
        if starting.cancelled_caught:
            raise TimeoutError

    async def _watch(self, session: ClientSession) -> None:
        """Wait until the connection is lost; when a call could not reach the server, see whether it is still there."""
        attempt = 0
        while await self._suspected():
            try:
                with anyio.fail_after(self._settings.connect_timeout):
                    tools = await list_tools(session)
            except MCPError as error:
                if error.code != UNREACHABLE:
                    return
                self._unready(ServerState.DOWN, self._reason(error))
            except TimeoutError as error:
                self._unready(ServerState.DOWN, self._reason(error))
            else:
                attempt = 0
                self._become_ready(tools)
                continue
            # The client itself is alive (`ErrorIsolation`), and so may be other calls on it: ask again.
            attempt += 1
            await asyncio.sleep(retry_delay(attempt, random.random()))
            self._attention.set()

    async def _suspected(self) -> bool:
        """Wait for a doubt about the server; False when there is none left: the connection is lost."""
        await self._attention.wait()
        self._attention.clear()
        return not self._lost

    def _become_ready(self, tools: tuple[Tool, ...]) -> None:
        self._settled.set()
        if self.state is not ServerState.READY:
            self._logger.info("ready: MCP %s, %d tools", self.protocol, len(tools))
        elif tools == self.tools:
            return
        self.state, self.error, self.tools = ServerState.READY, None, tools
        self.answered.set()
        self._changed()

    def _unready(self, state: ServerState, error: str) -> None:
        if (self.state, self.error) != (state, error):
            self._logger.warning("%s: %s", state, error)
        self.state, self.error = state, error
        self._settled.set()
        self.answered.set()
        self._changed()

    def _lose(self) -> None:
        self._lost = True
        self._attention.set()

    async def _drain(self) -> None:
        """Let the calls in flight learn for themselves what became of them, which takes a moment."""
        with anyio.move_on_after(_DRAIN):
            while self._in_flight:
                self._quiet.clear()
                await self._quiet.wait()

    async def _settle(
        self,
        outcome: asyncio.Future[CallToolResult | CallFailed],
        scope: anyio.CancelScope,
        entry: Entry,
        arguments: Mapping[str, Any],
    ) -> None:
        result: CallToolResult | CallFailed = self._unavailable(entry, "it is being shut down")
        try:
            with scope:
                result = await self._exchange(entry, dict(arguments))
        finally:
            if not outcome.done():
                outcome.set_result(result)

    async def _exchange(self, entry: Entry, arguments: dict[str, Any]) -> CallToolResult | CallFailed:
        try:
            result = await self._request(entry, arguments)
        except MCPError as error:
            return self._failure(entry, error)
        except Exception as error:  # one call's trouble, whatever the SDK raises, stays with that call
            self._logger.warning("%s: the answer makes no sense (%s)", entry.name, type(error).__name__)
            self._logger.debug("%s", entry.name, exc_info=error)
            return ToolRefused(entry.tool.name, f"The {self.name} server's answer to {entry.tool.name} makes no sense.")
        if isinstance(result, InputRequiredResult):
            return QuestionAsked(entry.tool.name, self.name, questions(result))
        return limited(result)

    async def _request(self, entry: Entry, arguments: dict[str, Any]) -> CallToolResult | InputRequiredResult:
        """Send the call; once more where the server has certainly not looked at it."""
        for _ in range(2):
            await self._settled.wait()
            client = self._client
            if client is None:
                break
            try:
                return await self._send(client, entry, arguments)
            except MCPError as error:
                if error.code == HEADER_MISMATCH:
                    await list_tools(client.session)
                elif error.code == SESSION_LOST:
                    self._renew(client)
                else:
                    raise
        raise MCPError(code=UNREACHABLE, message="the connection ended")

    async def _send(
        self, client: Client, entry: Entry, arguments: dict[str, Any]
    ) -> CallToolResult | InputRequiredResult:
        self._in_flight += 1
        try:
            return await client.session.call_tool(entry.name, arguments, allow_input_required=True)
        finally:
            self._in_flight -= 1
            if not self._in_flight:
                self._quiet.set()

    def _renew(self, client: Client) -> None:
        """The server has forgotten our session: open another, with calls waiting meanwhile instead of failing."""
        if client is self._client:
            self._settled.clear()
            self._lose()

    def _failure(self, entry: Entry, error: MCPError) -> CallFailed:
        message = redacted(error.error.message, self._secrets)
        if error.code in (UNREACHABLE, CONNECTION_CLOSED):
            self._attention.set()
            return self._unavailable(entry, message if error.code == UNREACHABLE else "the connection broke")
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
