"""A clock that jumps over waiting and counts computing: a call of a minute takes as long as its models compute.

Computing counts in processor time, so that another program on the machine changes nothing; where threads compute side
by side it is shared out among the cores that they would have. `spent` adds up what each model's jobs cost.
"""

import asyncio
import selectors
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

__all__ = ["Spent", "run", "spent"]

T = TypeVar("T")

_CORES = 2
"""Of the machine that the figures are for."""
_SLICE = 0.002
"""Seconds between two looks at the clock while somebody computes."""
_LLAMA_THREADS = 2


class Spent:
    """Processor seconds of the jobs of one model."""

    def __init__(self) -> None:
        self.jobs: list[float] = []


spent: defaultdict[str, Spent] = defaultdict(Spent)
"""By the name of the threads, which is the model's."""


class _Selector(selectors.DefaultSelector):
    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self._used = time.process_time()
        self._lock = threading.Lock()
        self.waiting = 0
        self._threads = 0

    def count(self, jobs: int = 0, threads: int = 0) -> None:
        """So many jobs more are under way, so many threads more compute."""
        with self._lock:
            self._advance()
            self.waiting += jobs
            self._threads += threads

    def time(self) -> float:
        """Seconds."""
        with self._lock:
            self._advance()
            return self.now

    def _advance(self) -> None:
        used = time.process_time()
        self.now += (used - self._used) / min(_CORES, max(1, self._threads))
        self._used = used

    def select(self, timeout: float | None = None) -> list[Any]:
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        if self.waiting or timeout is None:
            return super().select(_SLICE if timeout is None else min(timeout, _SLICE))
        self.now += timeout
        return []


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self.clock = _Selector()
        super().__init__(self.clock)

    def time(self) -> float:
        return self.clock.time()


def run(main: Coroutine[Any, Any, T]) -> T:
    """`asyncio.run` on this clock; every job that is given to a thread counts."""
    submit = ThreadPoolExecutor.submit
    loop = _Loop()

    def counted(pool: ThreadPoolExecutor, job: Callable[..., Any], /, *args: Any, **named: Any) -> "Future[Any]":
        name = pool._thread_name_prefix or ""

        def measured() -> Any:
            try:
                return _measured(loop.clock, name, partial(job, *args, **named))
            finally:  # after what the job itself has told the loop
                loop.call_soon_threadsafe(loop.clock.count, -1)

        loop.clock.count(1)
        return submit(pool, measured)

    ThreadPoolExecutor.submit = counted  # type: ignore[method-assign, assignment]
    try:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            return runner.run(main)
    finally:
        ThreadPoolExecutor.submit = submit  # type: ignore[method-assign]


def _measured(clock: _Selector, name: str, job: Callable[[], T]) -> T:
    threads = _LLAMA_THREADS if name == "llama" else 1
    clock.count(threads=threads)
    used = time.process_time if name == "llama" else time.thread_time  # llama.cpp computes in threads of its own
    began = used()
    try:
        return job()
    finally:
        spent[name].jobs.append(used() - began)
        clock.count(threads=-threads)
