"""The event loop frontdesk runs on: asyncio's, with timers that fire on time.

asyncio on Linux waits with epoll, which counts whole milliseconds and is rounded up: each timer fires half a
millisecond late on average, and a turn is a chain of timers. An epoll descriptor can itself be waited for with
`select`, which counts microseconds; `python -m tests.bench.turn_overhead` shows the difference (`--plain-loop` is
asyncio's own).
"""

import asyncio
import gc
import select
import selectors
import signal
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

__all__ = ["asked_to_stop", "freeze", "new_loop", "run"]

T = TypeVar("T")


def new_loop() -> asyncio.AbstractEventLoop:
    """A selector loop with exact timers where there is epoll, else asyncio's default loop."""
    if not hasattr(selectors, "EpollSelector"):
        return asyncio.new_event_loop()

    class ExactSelector(selectors.EpollSelector):
        def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
            # The descriptor is opened at start-up, so it is far below the 1024 that `select` can take; were it not,
            # epoll alone still works, only less exactly.
            if timeout is not None and timeout > 0 and self.fileno() < 1024:
                select.select([self.fileno()], [], [], timeout)
                timeout = 0
            return super().select(timeout)

    return asyncio.SelectorEventLoop(ExactSelector())


def run(main: Coroutine[Any, Any, T]) -> T:
    """`asyncio.run` on this loop."""
    with asyncio.Runner(loop_factory=new_loop) as runner:
        return runner.run(main)


@contextmanager
def asked_to_stop(stop: Callable[[signal.Signals], None]) -> Iterator[None]:
    """Inside, the first Ctrl-C (SIGINT) or SIGTERM calls `stop`; the next does what it did before.

    For the main thread. Where a loop cannot watch signals (Windows) they keep their meaning.
    """
    loop = asyncio.get_running_loop()
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def restore() -> None:
        for number, handler in before.items():
            loop.remove_signal_handler(number)
            signal.signal(number, handler)

    def first(number: signal.Signals) -> None:
        restore()
        stop(number)

    try:
        for number in before:
            loop.add_signal_handler(number, first, number)
    except NotImplementedError:
        before.clear()
    try:
        yield
    finally:
        restore()


def freeze() -> None:
    """Call it when all is loaded, before the first call: takes what there is out of the garbage collector's sight.

    Modules and models live as long as the process; walking them in a full collection stops every call for 30 to 70 ms
    (the 95th percentile of `tests.bench.turn_overhead` with and without).
    """
    gc.collect()
    gc.freeze()
