"""One tool call, top to bottom: find the tool, check the arguments, decide, wait for the commit; then confirm, send,
have the server's questions answered, come back with a result.

The first half runs in the task of the reply that asked, so that a discarded reply has sent nothing. The second half
runs in a task of the hub: what may have changed the world outlives the reply.
"""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable

import anyio
from anyio.lowlevel import checkpoint_if_cancelled
from mcp_types import (
    CallToolRequestParams,
    CallToolResult,
    ElicitRequest,
    InputRequiredResult,
    InputResponses,
    RequestParamsMeta,
    ToolAnnotations,
)

from toolhub.arguments import problems
from toolhub.budget import Budget
from toolhub.caller import Caller
from toolhub.errors import (
    CallFailed,
    InvalidArguments,
    NotConfirmed,
    QuestionAsked,
    ServerUnavailable,
    ToolDenied,
    ToolRefused,
    ToolTimedOut,
)
from toolhub.policy import Decision, is_read_only, read_back
from toolhub.results import CANCELLED, failed, limited, questions
from toolhub.servers import Route

__all__ = ["Call", "Decide"]

Decide = Callable[[ToolAnnotations | None], Decision]
"""What happens to a call of a tool with these hints; `policy.decide` with its other arguments filled in."""

_MOST_ROUNDS = 10
"""A server that never stops asking must not keep a human for ever."""
_STATE_ONLY_DELAY = 0.25
"""Seconds before a server that only wants to be asked again is asked again."""
_logger = logging.getLogger("toolhub.call")


class Call:
    """One call of the tool `request.name` for `caller`. `meta` goes with it as `_meta`."""

    def __init__(self, request: CallToolRequestParams, caller: Caller, meta: RequestParamsMeta | None) -> None:
        self.caller = caller
        """Who is asked and told; another one when another reply joins."""
        self.awaited = True
        """A reply waits for the result; else nobody wants to hear of progress."""
        self.back: asyncio.Future[CallToolResult] = asyncio.get_running_loop().create_future()
        """Done when the call is over, with its result; never an exception."""
        self.read_only = False
        self.sent = False
        """The server may have begun with it."""
        self._name = request.name
        self._arguments = request.arguments or {}
        self._meta = meta
        self._scope = anyio.CancelScope()
        self._timer: asyncio.TimerHandle | None = None
        self._heard = 0.0

    def same_as(self, other: "Call") -> bool:
        """Whether it is the same tool with the same arguments."""
        # In JSON, because 1 and true are equal in Python.
        mine, theirs = (json.dumps([c._name, c._arguments], sort_keys=True, default=str) for c in (self, other))
        return mine == theirs

    async def prepare(self, find: Callable[[str], Route], decide: Decide, committed: Awaitable[None]) -> None:
        """All that comes before the call is begun; nothing is sent.

        Raises:
            CallFailed: it will not be begun.
        """
        self._route = find(self._name)
        entry = self._route.entry
        if wrong := problems(self._arguments, entry.arguments):
            raise InvalidArguments(self._name, wrong)
        self.read_only = is_read_only(entry.tool.annotations)
        self._decision = decide(entry.tool.annotations)
        if self._decision is Decision.REFUSE:
            raise ToolDenied(self._name)
        if self._decision is not Decision.RUN_NOW:
            await committed

    async def run(self) -> None:
        """Begin the call and bring it to its end; `back` has its result."""
        self._budget = Budget(self._route.connection.limit(self._route.entry.name))
        try:
            with self._scope:
                self._end(await self._result())
        except CallFailed as error:
            self._end(failed(error))
        except asyncio.CancelledError:
            self.shut_down()
            raise
        except Exception as error:
            # The caller's trouble (it is asked from here) must not end the hub.
            _logger.exception("%s: could not be finished", self._name)
            self._end(failed(ToolRefused(self._name, f"{self._name} failed: {type(error).__name__}")))

    def shut_down(self) -> None:
        """The hub closes: `stop` it, and say so."""
        self._end(failed(ServerUnavailable(self._name, self._route.connection.name, "it is being shut down")))
        self._scope.cancel()

    def stop(self) -> None:
        """Nobody wants it any more: it is not sent, or cancelled at its server."""
        self._end(CANCELLED)
        self._scope.cancel()

    async def _result(self) -> CallToolResult:
        await checkpoint_if_cancelled()
        if self._decision is Decision.ASK_FIRST:
            await self._confirm()
        answer = await self._send(None, None)
        for _ in range(_MOST_ROUNDS):
            if isinstance(answer, CallToolResult):
                return limited(answer)
            answer = await self._send(await self._answers(answer), answer.request_state)
        raise ToolRefused(self._name, f"{self._name} failed: the server does not stop asking.")

    async def _confirm(self) -> None:
        if not await self.caller.confirm(read_back(self._route.entry.tool, self._arguments)):
            raise NotConfirmed(self._name)

    async def _send(self, responses: InputResponses | None, state: str | None) -> CallToolResult | InputRequiredResult:
        """One request, on machine time."""
        entry, connection = self._route.entry, self._route.connection
        self._start_clock()
        self.sent = True
        try:
            return await connection.request(entry, self._arguments, self._meta, self._progress, responses, state)
        finally:
            self._stop_clock()

    async def _answers(self, asked: InputRequiredResult) -> InputResponses | None:
        """The answers to all that the server asks, one after another: a human has one mouth."""
        if not asked.input_requests:
            await asyncio.sleep(_STATE_ONLY_DELAY)
            return None
        server = self._route.connection.name
        answers: InputResponses = {}
        for key, request in asked.input_requests.items():
            if not isinstance(request, ElicitRequest):
                raise QuestionAsked(self._name, server, questions(asked))
            answers[key] = await self.caller.elicit(request.params, server)
        return answers

    async def _progress(self, progress: float, total: float | None, message: str | None) -> None:
        # These come from tasks of their own: late, and in any order.
        if message and progress > self._heard and self.awaited and not self.back.done():
            self._heard = progress
            self.caller.progress(message, min(1.0, progress / total) if total else None)

    def _start_clock(self) -> None:
        loop = asyncio.get_running_loop()
        self._budget.start(loop.time())
        if self._budget.deadline is not None:
            self._timer = loop.call_at(self._budget.deadline, self._expire)

    def _stop_clock(self) -> None:
        self._budget.pause(asyncio.get_running_loop().time())
        if self._timer is not None:
            self._timer.cancel()

    def _expire(self) -> None:
        seconds = self._route.connection.limit(self._route.entry.name)
        self._end(failed(ToolTimedOut(self._name, seconds)))
        self._scope.cancel()

    def _end(self, result: CallToolResult) -> None:
        if not self.back.done():
            self.back.set_result(result)
