"""The calls of one conversation: who waits for which, what runs on without its reply, and who hears of it.

Calls run in tasks of the hub (`CallTasks`), because they may outlive whoever asked for them.

event                           not sent, or read-only     any other
the reply goes on               result to the reply        result to the reply
the reply is interrupted        cancelled                  runs on; `Caller.returned` is told when it comes back
the same is asked for again     runs again                 joins the one that runs on
the asker is cancelled          cancelled                  cancelled, unless another reply waits for it too
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import anyio
from mcp_types import CallToolResult

from toolhub.call import Call, Decide
from toolhub.caller import Caller
from toolhub.policy import Fate, fate
from toolhub.results import CANCELLED, STILL_RUNNING
from toolhub.servers import Route

__all__ = ["CallTasks", "Calls"]


class CallTasks:
    """The tasks of all calls of a hub. An async context manager: leaving it shuts down those that are running."""

    def __init__(self) -> None:
        # Not anyio's: a child of that costs 0.1 ms more after a pause.
        self._group = asyncio.TaskGroup()
        self._running: set[Call] = set()

    async def __aenter__(self) -> Self:
        await self._group.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for call in tuple(self._running):
            call.shut_down()
        await self._group.__aexit__(None, None, None)

    def start(self, call: Call) -> None:
        """Run `call`."""
        self._running.add(call)
        call.back.add_done_callback(lambda _: self._running.discard(call))
        self._group.create_task(call.run(), name="tool call")


@dataclass(eq=False, slots=True)
class _Run:
    """A call that has begun."""

    call: Call
    waiting: int = 0
    """Replies that wait for it."""
    left: list[Caller] = field(default_factory=list)
    """Callers whose replies are gone."""
    taken: bool = False
    """A reply has its result."""


class Calls:
    """Calls run in `tasks`."""

    def __init__(self, tasks: CallTasks) -> None:
        self._tasks = tasks
        self._runs: set[_Run] = set()
        self._left: list[_Run] = []
        """Those that run on without a reply."""

    async def make(
        self, call: Call, find: Callable[[str], Route], decide: Decide, committed: Awaitable[None]
    ) -> CallToolResult:
        """The result of `call`, or of the same call that runs on without its reply.

        Raises:
            CallFailed: it has not been begun.
        """
        # Looked for twice: before, because the one that runs on may come back while this one waits to be committed;
        # and after, because what commits this one may have interrupted the other.
        running = self._same(call)
        await call.prepare(find, decide, committed)
        running = running or self._same(call) or self._begin(call)
        return await self._attend(running, call.caller)

    async def drain(self) -> None:
        """Wait for the calls that run on without a reply."""
        while self._left:
            await asyncio.wait([run.call.back for run in self._left])

    def stop(self) -> None:
        """Cancel all."""
        for run in tuple(self._runs):
            run.call.stop()

    def _begin(self, call: Call) -> _Run:
        run = _Run(call)
        self._runs.add(run)
        call.back.add_done_callback(lambda _: self._runs.discard(run))
        self._tasks.start(call)
        return run

    def _same(self, call: Call) -> _Run | None:
        """The same call, running on without its reply."""
        return next((run for run in self._left if run.call.same_as(call)), None)

    async def _attend(self, run: _Run, caller: Caller) -> CallToolResult:
        """Wait for the result, as long as the reply of `caller` does."""
        back = run.call.back
        run.call.caller = caller
        run.waiting += 1
        run.call.awaited = True
        try:
            await _until(back, caller)
            run.taken = run.taken or back.done()
        except BaseException:
            if run.waiting == 1 and not run.left:
                run.call.stop()
            raise
        finally:
            run.waiting -= 1
            run.call.awaited = run.waiting > 0
            self._report(run)
        if back.done():
            return back.result()
        if fate(run.call.read_only, run.call.sent) is Fate.CANCEL:
            run.call.stop()
            return CANCELLED
        self._leave(run, caller)
        return STILL_RUNNING

    def _leave(self, run: _Run, caller: Caller) -> None:
        if not run.left:
            self._left.append(run)
            run.call.back.add_done_callback(lambda _: self._report(run))
        run.left.append(caller)

    def _report(self, run: _Run) -> None:
        """Tell the callers that are gone, once it is clear whether a reply has taken the result."""
        if not run.left or run.waiting or not run.call.back.done():
            return
        self._left.remove(run)
        callers, run.left = run.left, []
        for caller in callers:
            # If no reply has it, the last to be interrupted is the one to say it.
            caller.returned(run.call.back.result(), run.taken or caller is not callers[-1])


async def _until(back: asyncio.Future[CallToolResult], caller: Caller) -> None:
    """Wait until the call is back or the reply of `caller` is gone."""
    if back.done():
        return
    with anyio.CancelScope() as scope:

        def came(_: asyncio.Future[CallToolResult]) -> None:
            scope.cancel()

        back.add_done_callback(came)
        try:
            await caller.gone()
        finally:
            back.remove_done_callback(came)
