"""The calls of one conversation: who waits for which, what runs on without its reply, and who hears of it.

event                           not sent, or read-only     any other
the reply goes on               result to the reply        result to the reply
the reply is interrupted        cancelled                  runs on; `Caller.returned` is told when it comes back
the same is asked for again     runs again                 joins the one that runs on
the asker is cancelled          cancelled                  cancelled, unless another reply waits for it too
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import anyio
from anyio.abc import TaskGroup
from mcp_types import CallToolResult

from toolhub.call import Call, Decide
from toolhub.caller import Caller
from toolhub.policy import Fate, fate
from toolhub.results import CANCELLED, STILL_RUNNING
from toolhub.servers import Route

__all__ = ["Calls"]


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
    """Calls run as children of `tasks`."""

    def __init__(self, tasks: TaskGroup) -> None:
        self._tasks = tasks
        self._runs: set[_Run] = set()
        self._left: dict[str, _Run] = {}
        """Those that run on without a reply, by key."""

    async def make(
        self, call: Call, find: Callable[[str], Route], decide: Decide, committed: Awaitable[None]
    ) -> CallToolResult:
        """The result of `call`, or of the same call that runs on without its reply.

        Raises:
            CallFailed: it has not been begun.
        """
        key = call.key
        # Looked for twice: before, because the one that runs on may come back while this one waits to be committed;
        # and after, because what commits this one may have interrupted the other.
        running = self._left.get(key)
        await call.prepare(find, decide, committed)
        running = running or self._left.get(key) or self._begin(call)
        return await self._attend(running, key, call.caller)

    async def drain(self) -> None:
        """Wait for the calls that run on without a reply."""
        while left := [run.call.back for run in self._runs if run.left]:
            await asyncio.wait(left)

    def stop(self) -> None:
        """Cancel all."""
        for run in tuple(self._runs):
            run.call.stop()

    def _begin(self, call: Call) -> _Run:
        run = _Run(call)
        self._runs.add(run)
        call.back.add_done_callback(lambda _: self._runs.discard(run))
        self._tasks.start_soon(call.run)
        return run

    async def _attend(self, run: _Run, key: str, caller: Caller) -> CallToolResult:
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
            self._report(run, key)
        if back.done():
            return back.result()
        if fate(run.call.read_only, run.call.sent) is Fate.CANCEL:
            run.call.stop()
            return CANCELLED
        self._leave(run, key, caller)
        return STILL_RUNNING

    def _leave(self, run: _Run, key: str, caller: Caller) -> None:
        if not run.left:
            self._left[key] = run
            run.call.back.add_done_callback(lambda _: self._report(run, key))
        run.left.append(caller)

    def _report(self, run: _Run, key: str) -> None:
        """Tell the callers that are gone, once it is clear whether a reply has taken the result."""
        if not run.left or run.waiting or not run.call.back.done():
            return
        if self._left.get(key) is run:
            del self._left[key]
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
