"""Whatever the agent says, from its first word to its last: an answer in steps of LLM and tools, or a fixed line.

    prepared   the responder works, audio waits in the track, tool calls wait     -- discard: as if never asked for
    committed  the track has the mouth when it is its turn, the tools run         -- cancel: keeps what was heard
    done       everything was heard

`items` is what the history keeps of it: per step what was heard, then the calls that ran and their results.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from mcp_types import Tool

from voice.chat import AgentMessage, Chat, ChatItem, ToolCall, ToolResult
from voice.errors import ProviderError, ProviderMisbehaved
from voice.events import Event, Failed, FirstToken, TokensUsed
from voice.llm import TextDelta, ToolCallBegan, ToolChoice, Usage
from voice.policy import Phrases, ReplyPolicy
from voice.replies.cascade import Part, Responder
from voice.replies.tool_calls import Commitment, ToolCalls, ToolRun
from voice.speaking.cursor import Cursor
from voice.speaking.output import Track
from voice.speaking.phrases import SpokenPhrases
from voice.text.speakable import sayable
from voice.text.written import written_form
from voice.tts import Speech

__all__ = ["Reply", "ReplyParts"]


@dataclass(frozen=True, slots=True)
class ReplyParts:
    """What a reply is made with: the agent's models, phrases and tools as they were when it began."""

    responder: Responder
    spoken: SpokenPhrases
    phrases: Phrases
    tools: tuple[Tool, ...]
    has: Callable[[str], bool]
    """Whether the agent may use the tool with this name."""
    calls: ToolCalls
    policy: ReplyPolicy
    language: str
    emit: Callable[[Event], None]


@dataclass(slots=True)
class _Step:
    """One request to the responder, and what came of it."""

    cursor: Cursor
    runs: list[ToolRun] = field(default_factory=list)
    began: bool = False
    written: str = ""
    """What the model wrote; the cursor knows it in its spoken form."""
    told: bool = False
    """Something of it came out: a word as sound, or anything in writing."""

    def said(self, heard: str, language: str, interrupted: bool) -> list[AgentMessage]:
        """What the history keeps of its speech when `heard` was heard of it."""
        text = written_form(self.written.strip(), heard, language) if sayable(self.written, language) else heard
        return [AgentMessage(text, interrupted)] if text else []


class Reply:
    """One item's speech, into `track`. `chat`: what an answer answers."""

    def __init__(self, chat: Chat, parts: ReplyParts, track: Track) -> None:
        self.number = track.number
        self.track = track
        self.failed = False
        self._chat = chat
        self._parts = parts
        self._steps: list[_Step] = []
        self._recorded = 0
        """Items that the history has already."""
        self._commitment = Commitment()
        self._filled = False

    # --- what the session does to it

    def commit(self) -> None:
        """The turn is decided: the tools that were asked for may run."""
        self._commitment.commit()

    @property
    def committed(self) -> bool:
        """Whether its turn has been decided."""
        return self._commitment.made

    async def answer(self) -> None:
        """Answer; returns when everything was heard. Once committed, a failure ends in an apology."""
        if not await self._try():
            if not self.committed:
                await self._start_over()
                await self._try()
            if self.failed:
                await self._put_apology()
        await self._heard_out()

    async def say(self, text: str) -> None:
        """Speak a fixed line."""
        self._new_step().written = text
        try:
            await self._put_line(text)
        except ProviderError as error:
            self._report(error)
        await self._heard_out()

    async def tell(self, fallback: str) -> None:
        """Answer without tools to what the chat ends in; where the LLM fails, speak `fallback`."""
        if not await self._try(choice="none"):
            if not self.track.audible:
                self._steps.clear()
            self.track.clear()
            self.failed = False  # the user is told all the same
            self._new_step().written = fallback
            for speech in await self._parts.spoken.speech_or_silence(fallback):
                await self.track.put(speech)
        await self._heard_out()

    async def apologize(self) -> None:
        """Say that something broke (the failure itself has been reported by whoever saw it)."""
        self.failed = True
        await self._put_apology()
        await self._heard_out()

    def abandon(self) -> None:
        """The user interrupted it: nobody waits for its tool calls any more."""
        for run in self._runs:
            self._parts.calls.abandon(run)

    def withdraw(self) -> None:
        """It is discarded: none of its tool calls may ever run."""
        for run in self._runs:
            run.task.cancel()

    # --- what is left of it

    @property
    def heard(self) -> str:
        """All that was heard, to the word."""
        return " ".join(filter(None, (step.cursor.heard for step in self._steps)))

    def new_items(self, interrupted: bool = False) -> tuple[ChatItem, ...]:
        """What happened since the last time, in order, for the history."""
        items = self.items(interrupted)
        recorded, self._recorded = self._recorded, len(items)
        return items[recorded:]

    @property
    def results(self) -> tuple[ToolResult, ...]:
        """What its calls have brought so far."""
        return tuple(run.result for run in self._runs)

    def items(self, interrupted: bool) -> tuple[ChatItem, ...]:
        """All that happened, in order."""
        items: list[ChatItem] = []
        for step in self._steps:
            heard = step.cursor.heard
            items.extend(step.said(heard, self._parts.language, interrupted and heard != step.cursor.text))
            items.extend(run.call for run in step.runs)
            items.extend(run.result for run in step.runs)
        return tuple(items)

    # --- how it goes

    @property
    def _runs(self) -> list[ToolRun]:
        return [run for step in self._steps for run in step.runs]

    async def _try(self, choice: ToolChoice = "auto") -> bool:
        try:
            await self._answer(choice)
        except* ProviderError as group:
            self._report(_first(group))
        return not self.failed

    async def _start_over(self) -> None:
        """A reply that failed before its turn was decided is forgotten, and tried again when it counts."""
        self.withdraw()
        self._steps.clear()
        self._filled = False
        self.track.clear()
        await self._commitment
        self.failed = False

    async def _heard_out(self) -> None:
        self.track.finish()
        await self.track.over.wait()

    async def _answer(self, choice: ToolChoice) -> None:
        limit = self._parts.policy.max_steps
        for number in range(1, limit + 1):
            step = await self._ask("none" if number == limit else choice, number)
            if not step.runs:
                break
            self.track.rest()
            results = [await asyncio.shield(run.task) for run in step.runs]
            said = step.said(step.cursor.text, self._parts.language, interrupted=False)
            self._chat = self._chat.plus(*said, *(run.call for run in step.runs), *results)
        if not self._says_something(step):
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
                case Speech(text):
                    step.told = step.told or _comes_out(text, len(part.audio.samples) > 0)
                    await self.track.put(part)
                case ToolCallBegan() if tool_choice == "auto":
                    await self._fill_the_gap()
                case ToolCall() if tool_choice == "auto":
                    await self._fill_the_gap()
                    step.runs.append(self._parts.calls.start(self._permitted(part), self.number, self._commitment))

        await self._parts.responder.respond(self._chat, self._parts.tools, tool_choice, emit)
        return step

    def _permitted(self, call: ToolCall) -> ToolCall:
        """`call`, or an error in its place where the conversation has the tool and the agent has not."""
        names = ", ".join(tool.name for tool in self._parts.tools) or "none"
        if self._parts.has(call.name):
            return call
        return replace(call, error=f"you have no tool {call.name}; you have: {names}")

    async def _fill_the_gap(self) -> None:
        """The model went straight into a tool call: say something, once a reply."""
        if self._filled or any(self._says_something(step) for step in self._steps):
            return
        self._filled = True
        try:
            await self._put_line(self._parts.phrases.filler)
        except ProviderError as error:
            self._report(error)

    def _says_something(self, step: _Step) -> bool:
        return step.told or sayable(step.written, self._parts.language)

    async def _put_line(self, text: str) -> None:
        for speech in await self._parts.spoken.speech(text):
            await self.track.put(speech)

    async def _put_apology(self) -> None:
        self._new_step().written = self._parts.phrases.apology
        for speech in await self._parts.spoken.speech_or_silence(self._parts.phrases.apology):
            await self.track.put(speech)

    def _report(self, error: ProviderError) -> None:
        self.failed = True
        self._parts.emit(Failed(error.stage, error.code, str(error)))

    def _new_step(self) -> _Step:
        self._steps.append(_Step(self.track.stretch()))
        return self._steps[-1]


def _comes_out(text: str, audible: bool) -> bool:
    return any(character.isalnum() for character in text) if audible else bool(text.strip())


def _first(group: BaseExceptionGroup[ProviderError]) -> ProviderError:
    error = group.exceptions[0]
    return _first(error) if isinstance(error, BaseExceptionGroup) else error
