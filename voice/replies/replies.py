"""The agent's side of the session: the reply that counts, the one being prepared, and what is left of them.

Each is a task that ends by itself when all of it was played; then the chat gets what was heard before anything else
happens, and the turn machine is told.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from voice.chat import UserMessage
from voice.events import AgentSpeechPaused, AgentSpeechResumed, Event, ReplyDiscarded, ReplyEnded, ReplyStarted
from voice.history import History
from voice.replies.reply import Reply, ReplyParts
from voice.turn.events import Close, ReplyDone, TurnEvent

__all__ = ["Replies"]

_STOP_TIMEOUT = 1.0
"""Seconds a reply is given to close its streams."""


class Replies:
    """The replies of one session, by number.

    `parts` is asked for each reply, because what it is made with (voiced or not) may change in between. After
    `max_failures` replies that failed one after the other the call is closed.
    """

    def __init__(
        self,
        parts: Callable[[], ReplyParts],
        history: History,
        tasks: asyncio.TaskGroup,
        max_failures: int,
        post: Callable[[TurnEvent], None],
        emit: Callable[[Event], None],
    ) -> None:
        self._parts = parts
        self._history = history
        self._tasks = tasks
        self._max_failures = max_failures
        self._post = post
        self._emit = emit
        self._running: dict[int, tuple[Reply, asyncio.Task[None]]] = {}
        self._failures = 0

    # --- beginning

    def start(self, number: int, text: str, preemptive: bool) -> None:
        """Prepare the answer to `text`; nothing of it is heard and no tool runs before `commit`."""
        parts = self._parts()
        parts.runs.seen()
        reply = Reply(number, self._history.chat.plus(UserMessage(text)), parts)
        self._track(reply, reply.run(), preemptive)

    def commit(self, number: int) -> None:
        """Its turn is decided."""
        self._running[number][0].commit()

    def say(self, number: int, text: str) -> None:
        """Speak a fixed line."""
        reply = self._decided(number)
        self._track(reply, reply.say(text))

    def apologize(self, number: int) -> None:
        """Say that something broke."""
        reply = self._decided(number)
        self._track(reply, reply.apologize())

    def _decided(self, number: int) -> Reply:
        reply = Reply(number, self._history.chat, self._parts())
        reply.commit()
        return reply

    def _track(self, reply: Reply, work: Coroutine[Any, Any, None], preemptive: bool = False) -> None:
        self._emit(ReplyStarted(reply.number, preemptive))
        task = self._tasks.create_task(work, name=f"reply {reply.number}")
        self._running[reply.number] = (reply, task)
        task.add_done_callback(lambda task: None if task.cancelled() else self._done(reply))

    # --- steering; a reply that is not there has just ended by itself, and the machine will hear of it next

    def pause(self, number: int) -> None:
        """Hold the output."""
        if number in self._running:
            self._running[number][0].playout.pause()
            self._emit(AgentSpeechPaused(number))

    def resume(self, number: int, why: str) -> None:
        """Go on where `pause` stopped."""
        if number in self._running:
            self._running[number][0].playout.resume()
            self._emit(AgentSpeechResumed(number, why))

    async def discard(self, number: int) -> None:
        """Drop a reply whose turn was not decided: as if it had never been asked for."""
        if await self._stop(number):
            self._emit(ReplyDiscarded(number))

    async def cancel(self, number: int) -> None:
        """The user took the floor: the chat keeps what was heard and what was done."""
        if reply := await self._stop(number):
            reply.abandon()
            self._history.add(*reply.history(interrupted=True))
            self._emit(ReplyEnded(number, reply.heard, interrupted=True))

    async def _stop(self, number: int) -> Reply | None:
        reply, task = self._running.pop(number, (None, None))
        if reply is not None and task is not None:
            task.cancel()
            # Bounded: a provider that is slow to close its stream must not hold up the conversation.
            await asyncio.wait([task], timeout=_STOP_TIMEOUT)
            reply.playout.clear()  # up to half a minute of audio, which the cancelled task's traceback would keep
        return reply

    # --- ending

    def _done(self, reply: Reply) -> None:
        if self._running.pop(reply.number, None) is None:
            return
        heard = reply.heard
        if reply.committed:
            self._history.add(*reply.history(interrupted=False))
            self._emit(ReplyEnded(reply.number, heard, interrupted=False))
            self._failures = self._failures + 1 if reply.failed else 0
        self._post(ReplyDone(reply.number, question=heard.endswith("?")))
        if self._failures >= self._max_failures:
            self._post(Close("failed"))
