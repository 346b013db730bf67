"""The tool calls of a session, each in a task of its own, and the session as the calls' `Caller`.

What runs when, what goes on after an interruption and what a result says then is the toolbox's business
(`voice.tools.Toolbox`). Here a call is started, waited for, and its result given to the history.
"""

import asyncio
import re
from collections.abc import Callable, Generator
from typing import Any, Protocol

from mcp_types import CallToolRequestParams, CallToolResult, ElicitRequestParams, ElicitRequestURLParams, ElicitResult

from voice.chat import ToolCall, ToolResult, result_text
from voice.events import Event, Failed, ToolCallFinished, ToolCallStarted
from voice.tools import Toolbox

__all__ = ["CANCELLED_MARK", "PENDING", "PENDING_MARK", "Commitment", "Desk", "ToolCalls", "ToolRun"]

CANCELLED_MARK = "frontdesk/cancelled"
"""In the `_meta` of a result that says that the call was cancelled with its reply."""
PENDING_MARK = "frontdesk/pending"
"""In the `_meta` of a result that says that the call goes on: `Caller.returned` will bring the real one."""
PENDING = "(still running; do not call it again, its result will follow)"
"""What the history says of a call whose reply was interrupted, until the toolbox says something better."""

_SOUNDS = frozenset(("ah", "oh", "uh", "um", "er", "hm", "hmm", "mhm", "well", "and", "so"))
_YES = frozenset(("yes", "yeah", "yep", "yup", "aye", "sure", "okay", "ok", "please", "right", "correct", "exactly"))
_YES |= frozenset(("absolutely", "definitely", "certainly", "perfect", "great", "fine", "agreed"))
_YES_PHRASES = (
    *("go ahead", "do it", "do that", "do so", "of course", "sounds good", "i do", "you may", "very well", "all right"),
    *("alright", "book it", "that is right", "that s right", "that is correct", "that s correct"),
)
_NO = frozenset(("no", "nope", "nah", "never", "not", "stop", "wait", "wrong", "neither", "nothing"))
_NO_PHRASES = (
    *(
        "do not",
        "please do not",
        "i do not",
        "i would not",
        "that is wrong",
        "that s wrong",
        "that is not",
        "that s not",
    ),
    *("forget it", "rather not", "leave it", "please stop", "please no", "okay no", "cancel that"),
)
_TAKES_BACK = frozenset(
    ("not", "no", "but", "except", "instead", "wait", "rather", "actually", "make", "change", "wrong")
)
"""A yes with one of these is none."""


class Commitment:
    """Awaited until the turn is decided, by any number of tasks, any of which may be cancelled meanwhile."""

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self._then: list[Callable[[], None]] = []

    @property
    def made(self) -> bool:
        """Whether it is decided."""
        return self._event.is_set()

    def commit(self) -> None:
        """It is decided."""
        self._event.set()
        for then in self._then:
            then()
        self._then.clear()

    def when_made(self, then: Callable[[], None]) -> None:
        """Call `then` when it is decided, or now if it is."""
        if self.made:
            then()
        else:
            self._then.append(then)

    def __await__(self) -> Generator[Any, Any, None]:
        yield from self._event.wait().__await__()


class Desk(Protocol):
    """What the session does for a call: ask the user, and say things. `owner` is the call's id."""

    async def ask(self, text: str, owner: str) -> str | None:
        """The user's answer to `text`, None if there was none."""
        ...

    def progress(self, text: str, share: float | None, owner: str) -> None:
        """Say `text` if there is a quiet moment before the call comes back."""
        ...

    def settled(self, owner: str) -> None:
        """The call came back."""
        ...

    def late(self, call: ToolCall, result: ToolResult, told: bool) -> None:
        """The result of a call whose reply is gone; `told`: another reply has it."""
        ...


class ToolRun:
    """One call of one reply, running or back."""

    def __init__(self, call: ToolCall, reply: int, committed: Commitment) -> None:
        self.call = call
        self.reply = reply
        self.committed = committed
        self.abandoned = asyncio.Event()
        self.began: float | None = None
        """When it was committed."""
        self.task: asyncio.Task[ToolResult]

    @property
    def result(self) -> ToolResult:
        """What the history holds of it now."""
        if self.task.done() and not self.task.cancelled():
            return self.task.result()
        return ToolResult(self.call.id, self.call.name, PENDING, pending=True)


class ToolCalls:
    """All calls of a session. `replaced` takes a better result for a call that is in the history as pending."""

    def __init__(
        self,
        toolbox: Toolbox,
        tasks: asyncio.TaskGroup,
        desk: Desk,
        replaced: Callable[[ToolResult], None],
        emit: Callable[[Event], None],
    ) -> None:
        self._toolbox = toolbox
        self._tasks = tasks
        self._desk = desk
        self._replaced = replaced
        self._emit = emit
        self._running: set[asyncio.Task[ToolResult]] = set()

    def start(self, call: ToolCall, reply: int, committed: Commitment) -> ToolRun:
        """Hand `call` to the toolbox, which runs it when `committed` is done, or before if it may."""
        run = ToolRun(call, reply, committed)
        run.task = self._tasks.create_task(self._call(run), name=f"tool {call.name}")
        self._running.add(run.task)
        run.task.add_done_callback(self._running.discard)
        return run

    def abandon(self, run: ToolRun) -> None:
        """The reply that wanted `run` was interrupted: its result goes to the history when it comes."""
        if not run.task.done():
            run.abandoned.set()
            run.task.add_done_callback(lambda task: None if task.cancelled() else self._replaced(task.result()))

    async def finish(self) -> None:
        """Wait until all calls are back, also those that the toolbox goes on with alone."""
        if self._running:
            await asyncio.wait(self._running)
        await self._toolbox.drain()

    async def _call(self, run: ToolRun) -> ToolResult:
        call = run.call
        if call.error is not None:
            self._emit(Failed("llm", "unreadable_call", call.error))
            return ToolResult(call.id, call.name, f"{call.name} was not called: {call.error}", is_error=True)
        run.committed.when_made(lambda: self._started(run))
        outcome, cancelled = ToolResult(call.id, call.name, "cancelled", is_error=True), True
        try:
            request = CallToolRequestParams(name=call.name, arguments=dict(call.arguments))
            result = await self._toolbox.call(request, _Caller(run, self._desk, self._finished), run.committed)
            outcome, cancelled = _result(call, result), bool((result.meta or {}).get(CANCELLED_MARK))
            return outcome
        finally:
            if not outcome.pending:
                self._finished(run, outcome)
            if run.abandoned.is_set() and not (outcome.pending or cancelled):
                # It came back in the moment in which the user interrupted: nobody has told them.
                self._desk.late(call, outcome, told=False)

    def _started(self, run: ToolRun) -> None:
        if not run.task.done():
            run.began = asyncio.get_running_loop().time()
            self._emit(ToolCallStarted(run.reply, run.call.id, run.call.name, dict(run.call.arguments)))

    def _finished(self, run: ToolRun, result: ToolResult) -> None:
        self._desk.settled(run.call.id)
        if run.began is not None:
            seconds = asyncio.get_running_loop().time() - run.began
            call = run.call
            self._emit(ToolCallFinished(run.reply, call.id, call.name, result.is_error, result.text, seconds))


class _Caller:
    """The user, as one call sees them."""

    def __init__(self, run: ToolRun, desk: Desk, finished: Callable[[ToolRun, ToolResult], None]) -> None:
        self._run = run
        self._desk = desk
        self._finished = finished

    async def elicit(self, request: ElicitRequestParams, server: str) -> ElicitResult:
        """Speak the question; the answer is what the user says next, as it was said, under the first field's name."""
        if isinstance(request, ElicitRequestURLParams):
            return ElicitResult(action="decline")  # nobody opens a page by voice
        said = await self._desk.ask(request.message, self._run.call.id)
        if said is None:
            return ElicitResult(action="cancel")
        schema = request.requested_schema or {}
        fields = list(schema.get("properties", {})) or ["answer"]
        return ElicitResult(action="accept", content={fields[0]: said})

    async def confirm(self, read_back: str) -> bool:
        """Speak `read_back`; only a plain yes is one. What is neither yes nor no is asked once more."""
        for question in (read_back, f"Please say yes or no. {read_back}"):
            said = await self._desk.ask(question, self._run.call.id)
            answer = False if said is None else agreement(said)
            if answer is not None:
                return answer
        return False

    def progress(self, message: str, share: float | None) -> None:
        """To the agenda, while the call runs."""
        if not self._run.task.done():
            self._desk.progress(message, share, self._run.call.id)

    def returned(self, result: CallToolResult, told: bool) -> None:
        """To the history and, unless it was told, to the user."""
        late = _result(self._run.call, result)
        self._finished(self._run, late)
        self._desk.late(self._run.call, late, told)

    async def gone(self) -> None:
        """See Caller."""
        await self._run.abandoned.wait()


def agreement(said: str) -> bool | None:
    """True for a plain English yes and nothing that takes it back, False for a no, None for anything else."""
    words = [word for word in re.findall(r"[^\W\d_]+", said.casefold().replace("’", "'").replace("n't", " not"))]
    while words and words[0] in _SOUNDS:
        del words[0]
    if not words:
        return None
    start = " ".join(words)
    refused = words[0] in _NO or any(start.startswith(phrase) for phrase in _NO_PHRASES)
    if refused:
        return False
    agreed = words[0] in _YES or any(start.startswith(phrase) for phrase in _YES_PHRASES)
    return True if agreed and not _TAKES_BACK & set(words) else None


def _result(call: ToolCall, result: CallToolResult) -> ToolResult:
    pending = bool((result.meta or {}).get(PENDING_MARK))
    return ToolResult(call.id, call.name, result_text(result), bool(result.is_error), pending)
