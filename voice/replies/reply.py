"""One answer: steps of LLM and tools, spoken as they come, until there is nothing left to say.

    prepared   the responder works, audio waits in the playout, tool calls wait       -- discard: as if never asked for
    committed  the playout is released, the tools run                                 -- cancel: keeps what was heard
    done       everything was played

`history` is what the chat keeps of it: per step what was heard, then the calls that ran and their results.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from voice.chat import AgentMessage, Chat, ChatItem, ToolCall, ToolResult
from voice.errors import ProviderError, ProviderMisbehaved
from voice.events import (
    AgentSaid,
    AgentSpeechStarted,
    Event,
    Failed,
    FirstToken,
    TokensUsed,
    ToolCallFinished,
    ToolCallStarted,
)
from voice.llm import TextDelta, ToolCallBegan, ToolChoice, Usage
from voice.policy import Phrases, ReplyPolicy
from voice.replies.cascade import Part, Responder
from voice.replies.tool_runs import ToolRun, ToolRuns
from voice.speaking.cursor import Cursor
from voice.speaking.phrases import SpokenPhrases
from voice.speaking.playout import Playout
from voice.text.written import written_form
from voice.tools import Toolbox
from voice.transport import Transport
from voice.tts import Speech

__all__ = ["Reply", "ReplyParts"]


@dataclass(frozen=True, slots=True)
class ReplyParts:
    """What every reply of a session is made with."""

    responder: Responder
    spoken: SpokenPhrases
    phrases: Phrases
    toolbox: Toolbox
    runs: ToolRuns
    transport: Transport | None
    policy: ReplyPolicy
    language: str
    emit: Callable[[Event], None]
    audible: Callable[[int], None]


@dataclass(slots=True)
class _Step:
    """One request to the responder, and what came of it."""

    cursor: Cursor
    calls: list[ToolCall] = field(default_factory=list)
    runs: list[ToolRun] = field(default_factory=list)
    began: bool = False
    written: str = ""
    """What the model wrote; the cursor knows it in its spoken form."""

    def history(self, heard: str, language: str, interrupted: bool) -> list[AgentMessage]:
        """What the chat keeps of its speech when `heard` was heard of it."""
        text = written_form(self.written.strip(), heard, language)
        return [AgentMessage(text, interrupted)] if text else []


class Reply:
    """The answer to the last item of `chat`. `number` names it in events."""

    def __init__(self, number: int, chat: Chat, parts: ReplyParts) -> None:
        self.number = number
        self.failed = False
        self._chat = chat
        self._parts = parts
        self._steps: list[_Step] = []
        self._committed = asyncio.Event()
        self.playout = _playout(number, parts)

    # --- what the session does to it

    def commit(self) -> None:
        """The turn is decided: be heard, run the tools that were asked for."""
        self._committed.set()
        self.playout.release()
        for step in self._steps:
            for call in step.calls:
                self._run(step, call)

    @property
    def committed(self) -> bool:
        """Whether its turn has been decided."""
        return self._committed.is_set()

    async def run(self) -> None:
        """Answer; returns when everything was played. Once committed, a failure ends in an apology."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.playout.run())
            if not await self._try():
                if not self.committed:
                    await self._start_over()
                    await self._try()
                if self.failed:
                    await self._put_apology()
            self.playout.finish()

    async def say(self, text: str) -> None:
        """Speak a fixed line instead of answering."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.playout.run())
            try:
                self._new_step()
                await self._put_line(text)
            except ProviderError as error:
                self._report(error)
            self.playout.finish()

    async def apologize(self) -> None:
        """Say that something broke (the failure itself has been reported by whoever saw it)."""
        self.failed = True
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.playout.run())
            await self._put_apology()
            self.playout.finish()

    def abandon(self) -> None:
        """It was interrupted: let go of its tool calls (see ToolRuns)."""
        for step in self._steps:
            for run in step.runs:
                self._parts.runs.abandon(run)

    # --- what is left of it

    @property
    def heard(self) -> str:
        """All that was heard, to the word."""
        return " ".join(filter(None, (step.cursor.heard for step in self._steps)))

    def history(self, interrupted: bool) -> tuple[ChatItem, ...]:
        """What happened, in order, for the chat."""
        items: list[ChatItem] = []
        for step in self._steps:
            heard = step.cursor.heard
            items.extend(step.history(heard, self._parts.language, interrupted and heard != step.cursor.text))
            items.extend(run.call for run in step.runs)
            items.extend(run.result for run in step.runs)
        return tuple(items)

    # --- how it goes

    async def _try(self) -> bool:
        try:
            await self._answer()
        except* ProviderError as group:
            self._report(_first(group))
        return not self.failed

    async def _start_over(self) -> None:
        """A reply that failed before its turn was decided has harmed nobody: forget it, try again when it counts."""
        self._steps.clear()
        self.playout.clear()
        await self._committed.wait()
        self.failed = False

    async def _answer(self) -> None:
        limit = self._parts.policy.max_steps
        for number in range(1, limit + 1):
            step = await self._ask("none" if number == limit else "auto", number)
            if not step.calls:
                break
            await self._committed.wait()
            results = [await asyncio.shield(run.task) for run in step.runs]
            said = step.history(step.cursor.text, self._parts.language, interrupted=False)
            self._chat = self._chat.plus(*said, *step.calls, *results)
        if not step.written.strip() and not step.cursor.text:
            raise ProviderMisbehaved("llm", "model", "gave no answer in words")

    async def _ask(self, tool_choice: ToolChoice, number: int) -> _Step:
        """One step: returns when the responder is done; its tool calls may still be running."""
        step = self._new_step()

        async def emit(part: Part) -> None:
            if isinstance(part, Usage):
                used = TokensUsed(self.number, number, part.input_tokens, part.output_tokens, part.cached_tokens)
                self._parts.emit(used)
                return
            if not step.began:
                step.began = True
                self._parts.emit(FirstToken(self.number, number))
            match part:
                case TextDelta(text):
                    step.written += text
                case Speech():
                    await self.playout.put(part)
                case ToolCallBegan() if tool_choice == "auto":
                    await self._fill_the_gap()
                case ToolCall() if tool_choice == "auto":
                    await self._fill_the_gap()
                    step.calls.append(part)
                    if self.committed:
                        self._run(step, part)

        await self._parts.responder.respond(self._chat, self._parts.toolbox.tools, tool_choice, emit)
        return step

    def _run(self, step: _Step, call: ToolCall) -> None:
        run, new = self._parts.runs.start(call)
        step.runs.append(run)
        if not new:
            return
        started = asyncio.get_running_loop().time()
        self._parts.emit(ToolCallStarted(self.number, call.id, call.name, dict(call.arguments)))
        run.task.add_done_callback(lambda task: self._tool_finished(task, call, started))

    def _tool_finished(self, task: "asyncio.Task[ToolResult]", call: ToolCall, started: float) -> None:
        seconds = task.get_loop().time() - started
        if task.cancelled():
            result = ToolResult(call.id, call.name, "cancelled", is_error=True)
        elif task.exception() is not None:
            return  # a bug; the task group raises it
        else:
            result = task.result()
        self._parts.emit(ToolCallFinished(self.number, call.id, call.name, result.is_error, result.text, seconds))

    async def _fill_the_gap(self) -> None:
        """The model went straight into a tool call: say something, once a reply."""
        if any(step.written.strip() or step.cursor.text for step in self._steps):
            return
        try:
            await self._put_line(self._parts.phrases.filler)
        except ProviderError as error:
            self._report(error)

    async def _put_line(self, text: str) -> None:
        for speech in await self._parts.spoken.speech(text):
            await self.playout.put(speech)

    async def _put_apology(self) -> None:
        self._new_step()
        for speech in await self._parts.spoken.speech_or_silence(self._parts.phrases.apology):
            await self.playout.put(speech)

    def _report(self, error: ProviderError) -> None:
        self.failed = True
        self._parts.emit(Failed(error.stage, error.code, str(error)))

    def _new_step(self) -> _Step:
        self._steps.append(_Step(self.playout.stretch()))
        return self._steps[-1]


def _playout(number: int, parts: ReplyParts) -> Playout:
    """Knows nothing of the reply it belongs to: two that held each other would keep their audio until the garbage
    collector comes round."""

    def audible() -> None:
        parts.emit(AgentSpeechStarted(number))
        parts.audible(number)

    def said(text: str) -> None:
        parts.emit(AgentSaid(number, text.strip() if parts.transport else text))

    return Playout(parts.transport, on_audible=audible, on_said=said)


def _first(group: BaseExceptionGroup[ProviderError]) -> ProviderError:
    error = group.exceptions[0]
    return _first(error) if isinstance(error, BaseExceptionGroup) else error
