"""Threads for inference: as many as may work at once, the most urgent job first."""

import asyncio
import heapq
import itertools
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

__all__ = ["Stop", "Workers"]

T = TypeVar("T")


class Stop(Exception):
    """Raised by a job that found that nobody waits for it any more."""


class Workers:
    """At most `count` jobs at once, each in a thread of its own; for any event loop, one after another or at once."""

    def __init__(self, count: int, name: str) -> None:
        self._pool = ThreadPoolExecutor(count, thread_name_prefix=name)
        self._waiting: list[tuple[int, int, Future[Any], Callable[[], Any]]] = []
        self._numbers = itertools.count()
        self._lock = threading.Lock()

    def submit(self, job: Callable[[], T], urgency: int = 0) -> "asyncio.Future[T]":
        """The result to come of `job`. Higher urgency goes first, equals in order.

        Cancelling the future drops a job that has not begun; one that has must notice by itself.
        """
        future: Future[T] = Future()
        with self._lock:
            heapq.heappush(self._waiting, (-urgency, next(self._numbers), future, job))
        self._pool.submit(self._work)
        return asyncio.wrap_future(future)

    def _work(self) -> None:
        with self._lock:
            *_, future, job = heapq.heappop(self._waiting)
        if not future.set_running_or_notify_cancel():
            return
        try:
            result = job()
        except BaseException as error:  # noqa: BLE001 - it goes to whoever awaits the job
            future.set_exception(error)
        else:
            future.set_result(result)

    async def aclose(self) -> None:
        """Let running jobs end, drop the others, end the threads."""
        await asyncio.to_thread(self._pool.shutdown, wait=True, cancel_futures=True)
