"""A reply to a user turn: a stream of text, audio and tool calls. The seam between a session and its models.

`Cascade` (LLM, then TTS) is one implementation; a speech-to-speech model would be another. A responder makes one step:
when it asks for tools, the reply runs them and asks for the next step with their results in the chat.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Protocol

from mcp_types import Tool

from voice.chat import Chat, ToolCall
from voice.errors import ProviderUnavailable
from voice.llm import LLM, Alive, AnswerEnded, LLMPart, TextDelta, ToolCallBegan, ToolChoice, Usage
from voice.policy import ReplyPolicy
from voice.replies.delivery import Delivery
from voice.streams import CloseLater, closing
from voice.tts import Speech

__all__ = ["Cascade", "Emit", "Part", "Responder"]

_Told = TextDelta | ToolCallBegan | ToolCall | Usage | AnswerEnded
Part = _Told | Speech
Emit = Callable[[Part], Awaitable[None]]


class Responder(Protocol):
    """Whatever can answer."""

    async def respond(self, chat: Chat, tools: Sequence[Tool], tool_choice: ToolChoice, emit: Emit) -> None:
        """Answer the last item of `chat`, handing each part to `emit` as soon as it exists; return when all is said.

        `emit` may make the caller wait (that is the back-pressure). Raises ProviderError, possibly in a group.
        """
        ...


class Cascade:
    """LLM text becomes speakable text becomes speech, all while the text is still being written."""

    def __init__(
        self, llm: LLM, delivery: Delivery, policy: ReplyPolicy, close_later: CloseLater | None = None
    ) -> None:
        """`close_later`: closes streams beside everything else; without it they are waited for."""
        self._close_later = close_later
        self._llm = llm
        self._delivery = delivery
        self._policy = policy

    async def respond(self, chat: Chat, tools: Sequence[Tool], tool_choice: ToolChoice, emit: Emit) -> None:
        """See Responder."""
        # A thousand deltas is more than a spoken answer has; the bound only stops a model that does not.
        text: asyncio.Queue[str | None] = asyncio.Queue(maxsize=1000)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._speak(text, emit))
            async with closing(self._ask(chat, tools, tool_choice), self._close_later) as parts:
                async for part in parts:
                    if isinstance(part, AnswerEnded):
                        break
                    if isinstance(part, TextDelta):
                        await text.put(part.text)
                    await emit(part)
            await text.put(None)

    async def _ask(self, chat: Chat, tools: Sequence[Tool], tool_choice: ToolChoice) -> AsyncIterator[_Told]:
        """The LLM's parts; asked again when it could not be reached and nothing has come of it yet."""
        for attempt in range(self._policy.retries + 1):
            begun = False
            try:
                async with closing(self._bounded(self._llm.reply(chat, tools, tool_choice))) as parts:
                    async for part in parts:
                        begun = begun or not isinstance(part, Usage)
                        yield part
                return
            except ProviderUnavailable:
                if begun or attempt == self._policy.retries:
                    raise
            await asyncio.sleep(self._policy.retry_delay * 2**attempt)

    async def _bounded(self, parts: AsyncIterator[LLMPart]) -> AsyncIterator[_Told]:
        """`parts` without the signs of life, for which the next is waited a while longer."""
        stall = self._policy.stall_timeout
        while True:
            try:
                async with asyncio.timeout(stall):
                    part = await anext(parts)
            except StopAsyncIteration:
                return
            except TimeoutError as error:
                raise ProviderUnavailable("llm", "model", f"no token for {stall:g} s") from error
            if not isinstance(part, Alive):
                yield part

    async def _speak(self, text: asyncio.Queue[str | None], emit: Emit) -> None:
        async with closing(self._delivery.words(_drain(text))) as words:
            spoken = _Spoken(words)
            for attempt in range(self._policy.retries + 1):
                try:
                    await self._speak_rest(spoken, emit)
                    return
                except ProviderUnavailable:
                    if attempt == self._policy.retries:
                        raise
                await asyncio.sleep(self._policy.retry_delay * 2**attempt)

    async def _speak_rest(self, spoken: "_Spoken", emit: Emit) -> None:
        stall = self._policy.stall_timeout
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(None) as limit:

                def waiting(for_tts: bool) -> None:
                    limit.reschedule(loop.time() + stall if for_tts else None)

                speaking = self._delivery.tts.speak(spoken.pieces(waiting))
                async with closing(speaking, self._close_later) as speeches:
                    async for speech in speeches:
                        waiting(False)
                        spoken.note(speech)
                        await emit(speech)
                        if speech.last:
                            break
                        waiting(True)
        except TimeoutError as error:
            raise ProviderUnavailable("tts", "voice", f"no audio for {stall:g} s") from error


async def _drain(queue: asyncio.Queue[str | None]) -> AsyncIterator[str]:
    while (piece := await queue.get()) is not None:
        yield piece


class _Spoken:
    """The text on its way to the TTS, and how much of it came out as speech: a repetition begins with the rest."""

    def __init__(self, words: AsyncIterator[str]) -> None:
        self._words = words
        self._given = ""
        self._letters_out = 0

    async def pieces(self, waiting: Callable[[bool], None]) -> AsyncIterator[str]:
        """All that has not been spoken, then what comes; tells `waiting` whether the TTS is what is waited for."""
        self._given, self._letters_out = self._rest(), 0
        if self._given:
            waiting(True)
            yield self._given
        while True:
            waiting(False)
            piece = await anext(self._words, None)
            waiting(True)
            if piece is None:
                return
            self._given += piece
            yield piece

    def note(self, speech: Speech) -> None:
        """`speech` came out."""
        self._letters_out += sum(not character.isspace() for character in speech.text)

    def _rest(self) -> str:
        left = self._letters_out
        for position, character in enumerate(self._given):
            if not left:
                return self._given[position:]
            left -= not character.isspace()
        return ""
