"""The agent's side of the session: the reply that counts, the one being prepared, and whatever else is being said.

Each is a task that ends by itself when all of it was heard; then the history gets it before anything else happens, and
the agenda is told. One that is cut short is final at once: its task closes its streams later, and nobody waits for it.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, NamedTuple

from voice.chat import Note, UserMessage
from voice.events import Event, ReplyDiscarded, ReplyEnded, ReplyStarted
from voice.history import History
from voice.replies.reply import Reply, ReplyParts
from voice.speaking.output import Output
from voice.turn.events import Close, Finished, Item
from voice.turn.events import Event as AgendaEvent

__all__ = ["Basis", "Making", "Replies"]


class Basis(NamedTuple):
    """What an answer was made from besides the user's words; another basis, another answer."""

    agent: str
    history: int
    tools: int


class Making(NamedTuple):
    """How a reply is made now. `audible`: it is spoken, and not only written."""

    parts: ReplyParts
    basis: Basis
    audible: bool


class _Running(NamedTuple):
    reply: Reply
    task: "asyncio.Task[None]"
    basis: Basis


class Replies:
    """The replies of one session, by number. After `max_failures` that failed one after the other the call is closed.

    `making` is asked for each, because agent, tools and voice may change in between.
    """

    def __init__(
        self,
        making: Callable[[], Making],
        history: History,
        output: Output,
        tasks: asyncio.TaskGroup,
        max_failures: int,
        post: Callable[[AgendaEvent], None],
        emit: Callable[[Event], None],
    ) -> None:
        self._making = making
        self._history = history
        self._output = output
        self._tasks = tasks
        self._max_failures = max_failures
        self._post = post
        self._emit = emit
        self._running: dict[int, _Running] = {}
        self._failures = 0

    # --- beginning

    def start(self, number: int, text: str, preemptive: bool) -> None:
        """Prepare the answer to `text`; nothing of it is heard and no tool that writes runs before `commit`."""
        making = self._making()
        track = self._output.track(number, making.audible)
        reply = Reply(self._history.chat.plus(*_message(text)), making.parts, track)
        self._track(reply, reply.answer(), making.basis, preemptive)

    def commit(self, number: int, text: str) -> None:
        """The turn has ended with `text`: its answer counts. One that was made from something else is made anew."""
        if self._running[number].basis != self._making().basis:
            self.discard(number)
            self.start(number, text, preemptive=False)
        self._history.add(*_message(text))
        reply = self._running[number].reply
        reply.commit()
        self._output.attach(reply.track)

    def say(self, item: Item) -> None:
        """Speak a fixed line."""
        reply, basis = self._decided(item)
        self._track(reply, reply.say(item.text), basis)

    def apologize(self, item: Item) -> None:
        """Say that something broke."""
        reply, basis = self._decided(item)
        self._track(reply, reply.apologize(), basis)

    def tell(self, item: Item) -> None:
        """Have the LLM tell the user what `item.note` says, or speak `item.text` where it cannot."""
        note = Note(item.note, item.source)
        reply, basis = self._decided(item, *() if note in self._history.chat.items else (note,))
        self._track(reply, reply.tell(item.text), basis)

    def attach(self, number: int) -> None:
        """It has the mouth again."""
        if number in self._running:
            self._output.attach(self._running[number].reply.track)

    def _decided(self, item: Item, *notes: Note) -> tuple[Reply, Basis]:
        making = self._making()
        self._history.add(*notes)
        track = self._output.track(item.number, making.audible)
        reply = Reply(self._history.chat, making.parts, track)
        reply.commit()
        self._output.attach(track)
        return reply, making.basis

    def _track(self, reply: Reply, work: Coroutine[Any, Any, None], basis: Basis, preemptive: bool = False) -> None:
        self._emit(ReplyStarted(reply.number, preemptive))
        task = self._tasks.create_task(work, name=f"reply {reply.number}")
        self._running[reply.number] = _Running(reply, task, basis)
        task.add_done_callback(lambda task: None if task.cancelled() else self._done(reply))

    def record(self, number: int) -> None:
        """Somebody else speaks while it waits: the history gets what it has said and called so far."""
        if number in self._running:
            self._record(self._running[number].reply, interrupted=False)

    def _record(self, reply: Reply, interrupted: bool) -> None:
        self._history.add(*reply.new_items(interrupted))
        for result in reply.results:  # some of them were pending when they were recorded
            self._history.replace_result(result)

    # --- cutting short; a reply that is not there has just ended by itself, and the agenda will hear of it next

    def discard(self, number: int) -> None:
        """Drop a reply whose turn was not decided: as if it had never been asked for."""
        if reply := self._stop(number):
            reply.withdraw()
            self._emit(ReplyDiscarded(number))

    def cancel(self, number: int) -> None:
        """The user took the floor: the history keeps what was heard and what was done."""
        if reply := self._stop(number):
            reply.abandon()
            self._record(reply, interrupted=True)
            self._emit(ReplyEnded(number, reply.heard, interrupted=True))

    def _stop(self, number: int) -> Reply | None:
        """Silence at once; what the task still has to close is closed beside the conversation."""
        running = self._running.pop(number, None)
        if running is None:
            return None
        self._output.stop(running.reply.track)
        running.task.cancel()
        return running.reply

    # --- ending

    def _done(self, reply: Reply) -> None:
        if self._running.pop(reply.number, None) is None:
            return
        heard = reply.heard
        self._record(reply, interrupted=False)
        self._emit(ReplyEnded(reply.number, heard, interrupted=False))
        self._failures = self._failures + 1 if reply.failed else 0
        self._post(Finished(reply.number, question=heard.endswith("?")))
        if self._failures >= self._max_failures:
            self._post(Close("failed"))


def _message(text: str) -> tuple[UserMessage, ...]:
    """A turn without words adds none to the chat."""
    return (UserMessage(text),) if text else ()
