"""The one stream of a session's events: stamped, numbered by turn, given to everybody who wants them.

A sink is called at once and loses nothing: for what must be whole, such as a log on disk. A subscription is a bounded
queue: whoever is too far behind loses the oldest records and is told how many, by a `Lost` record in their place.
"""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable

from voice.events import Event, Lost, Record, SessionEnded

__all__ = ["EventStream"]

_log = logging.getLogger(__name__)

LONGEST_QUEUE = 10_000
"""Records that a subscription may be behind; an hour of talk has fewer."""


class _Subscription:
    def __init__(self, longest: int) -> None:
        self.records: deque[Record] = deque()
        self.lost = 0
        self.changed = asyncio.Event()
        self._longest = longest

    def put(self, record: Record) -> None:
        if len(self.records) >= self._longest:
            self.records.popleft()
            self.lost += 1
        self.records.append(record)
        self.changed.set()

    async def read(self) -> AsyncIterator[Record]:
        while True:
            while not self.records:
                self.changed.clear()
                await self.changed.wait()
            if self.lost:
                first, lost, self.lost = self.records[0], self.lost, 0
                yield Record(first.at, first.turn, Lost(lost), first.call)
            record = self.records.popleft()
            yield record
            if isinstance(record.event, SessionEnded):
                return


class EventStream:
    """The records of one call. `call`: its id, on every record."""

    def __init__(self, call: str = "") -> None:
        self._call = call
        self._sinks: list[Callable[[Record], None]] = []
        self._subscriptions: list[_Subscription] = []

    def attach(self, sink: Callable[[Record], None]) -> None:
        """Call `sink` with every record from now on, in order, before the session goes on. It should be quick."""
        self._sinks.append(sink)

    def subscribe(self, longest: int = LONGEST_QUEUE) -> AsyncIterator[Record]:
        """All records from now on, in order, at most `longest` behind; ends after SessionEnded."""
        subscription = _Subscription(longest)
        self._subscriptions.append(subscription)
        return subscription.read()

    def emit(self, event: Event, at: float, turn: int) -> None:
        """`event` happened `at` seconds after the call began, in user turn `turn`."""
        record = Record(at, turn, event, self._call)
        for sink in self._sinks:
            try:
                sink(record)
            except Exception:  # noqa: BLE001 - one consumer's fault must not end the call, nor hide the record from the others
                _log.exception("a record of the call could not be kept")
        for subscription in self._subscriptions:
            subscription.put(record)
