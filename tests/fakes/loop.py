"""Virtual time: an event loop whose clock jumps to the next timer when nothing is ready.

A thousand turns take a second, and a deadlock is an error at once instead of a hang. Only for code that is all in
memory: no sockets, and no threads but anyio's workers, in which an in-process MCP server runs its plain functions:
while one of them is busy the clock stands still, so that a tool takes no time however slow the machine is.
"""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

from anyio import CapacityLimiter
from anyio.to_thread import current_default_thread_limiter

T = TypeVar("T")


_BOUND = 10.0
"""Seconds of real time after which a worker thread is taken to hang."""


class Deadlock(RuntimeError):
    """Everybody waits and no timer is set, or a worker thread does not come back."""


class _JumpingSelector(selectors.DefaultSelector):
    now = 0.0
    workers: CapacityLimiter | None = None

    def select(self, timeout: float | None = None) -> list[Any]:
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        if self.workers is not None and self.workers.borrowed_tokens:
            if ready := super().select(_BOUND):
                return ready
            raise Deadlock(f"a worker thread did not come back within {_BOUND:g} seconds")
        if timeout is None:
            raise Deadlock("nothing is ready and no timer is set")
        self.now += timeout
        return []


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """`time()` starts at 0 and only moves when everybody waits."""

    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.now

    def stand_still_for(self, workers: CapacityLimiter) -> None:
        """Time does not pass while `workers` are at work."""
        self._jumping.workers = workers


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run `main` in virtual time; nothing may be left running."""
    loop = VirtualTimeLoop()

    async def watched() -> T:
        loop.stand_still_for(current_default_thread_limiter())
        return await main

    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        return runner.run(watched())
