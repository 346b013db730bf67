"""The seam between a session and its models: a cascade is one way to answer, not the only one."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import numpy as np
import pytest
from mcp_types import Tool

from tests.fakes.call import Caller, Tools
from tests.fakes.loop import run
from voice.audio import AudioFrame
from voice.chat import AgentMessage, Chat, ToolCall, ToolResult, UserMessage
from voice.errors import ProviderUnavailable
from voice.events import Event
from voice.llm import Alive, LLMPart, TextDelta, ToolChoice, Usage
from voice.policy import Phrases, ReplyPolicy
from voice.providers.scripted import ScriptedLLM, ScriptedTTS
from voice.replies.cascade import Cascade, Emit, Part
from voice.replies.delivery import Delivery, written
from voice.replies.reply import Reply, ReplyParts
from voice.replies.tool_calls import ToolCalls
from voice.speaking.output import Output
from voice.speaking.phrases import SpokenPhrases
from voice.tts import Speech


def test_a_cascade_emits_text_speech_and_calls_as_they_come() -> None:
    parts: list[Part] = []

    async def emit(part: Part) -> None:
        parts.append(part)

    llm = ScriptedLLM(replies=[["Let me **see**.", ToolCall("1", "book")]])
    cascade = Cascade(llm, Delivery(ScriptedTTS(), SpokenPhrases(ScriptedTTS(), "en"), "en"), ReplyPolicy())
    run(cascade.respond(Chat("x", (UserMessage("hi"),)), (), "auto", emit))
    kinds = [type(part).__name__ for part in parts]
    assert kinds == ["TextDelta", "TextDelta", "TextDelta", "ToolCallBegan", "ToolCall", "Usage", "Speech"]
    assert [part.text.strip() for part in parts if isinstance(part, Speech)] == ["Let me see."]


class CountingFirst(ScriptedLLM):
    """Tells what a request costs before it answers, and cannot answer the first."""

    async def reply(
        self, chat: Chat, tools: Sequence[Tool], tool_choice: ToolChoice = "auto"
    ) -> AsyncIterator[LLMPart]:
        yield Usage(7, 0)
        async for part in super().reply(chat, tools, tool_choice):
            yield part


def test_an_answer_of_which_only_the_cost_is_known_has_not_begun() -> None:
    parts: list[Part] = []

    async def emit(part: Part) -> None:
        parts.append(part)

    llm = CountingFirst(replies=[[ProviderUnavailable("llm", "scripted", "down")], "Yes."])
    run(Cascade(llm, written(), ReplyPolicy()).respond(Chat("x", (UserMessage("hi"),)), (), "auto", emit))
    assert [part for part in parts if isinstance(part, TextDelta)] == [TextDelta("Yes.")]
    assert [part.input_tokens for part in parts if isinstance(part, Usage)][:2] == [7, 7]


class SpeechToSpeech:
    """A model that hears and speaks by itself: it hands over audio and calls, never text to be voiced."""

    def __init__(self) -> None:
        self.steps = 0

    async def respond(self, chat: Chat, tools: Sequence[Tool], tool_choice: ToolChoice, emit: Emit) -> None:
        self.steps += 1
        hum = AudioFrame(np.full(12_000, 500, dtype=np.int16), 24_000)
        if self.steps == 1:
            await emit(Speech("Let me look.", hum))
            await emit(ToolCall("1", "search"))
        else:
            assert isinstance(chat.items[-1], ToolResult)
            await emit(Speech("It is free.", hum))


class NoDesk:
    """Nobody is asked and nothing is said."""

    async def ask(self, text: str, owner: str) -> str | None:
        raise NotImplementedError

    def progress(self, text: str, share: float | None, owner: str) -> None:
        raise NotImplementedError

    def settled(self, owner: str) -> None:
        pass

    def late(self, call: ToolCall, result: ToolResult, told: bool) -> None:
        raise NotImplementedError


def test_a_speech_to_speech_model_fits_the_same_seam() -> None:
    caller, tools, events = Caller(), Tools({"search": (0.2, "free")}), list[Event]()

    async def main() -> Reply:
        async with asyncio.TaskGroup() as tasks:
            parts = ReplyParts(
                responder=SpeechToSpeech(),
                spoken=SpokenPhrases(ScriptedTTS(), "en"),
                phrases=Phrases(),
                tools=tools.tools().tools,
                has=lambda name: True,
                calls=ToolCalls(tools, tasks, NoDesk(), lambda result: None, events.append),
                policy=ReplyPolicy(),
                language="en",
                emit=events.append,
            )
            output = Output(caller, lambda *_: None, lambda *_: None, lambda *_: None)
            playing = tasks.create_task(output.run())
            reply = Reply(Chat("x", (UserMessage("is it free?"),)), parts, output.track(1, audible=True))
            reply.commit()
            output.attach(reply.track)
            await reply.answer()
            playing.cancel()
        return reply

    reply = run(main())
    assert reply.heard == "Let me look. It is free."
    assert reply.items(interrupted=False) == (
        AgentMessage("Let me look."),
        ToolCall("1", "search"),
        ToolResult("1", "search", "free"),
        AgentMessage("It is free."),
    )


class Thinking(ScriptedLLM):
    """Gives a sign of life every three seconds, then answers, or does not."""

    def __init__(self, signs: int, then: float) -> None:
        super().__init__(replies=["Yes."], first_token=0.0)
        self._signs = signs
        self._then = then

    async def reply(
        self, chat: Chat, tools: Sequence[Tool], tool_choice: ToolChoice = "auto"
    ) -> AsyncIterator[LLMPart]:
        for _ in range(self._signs):
            await asyncio.sleep(3.0)
            yield Alive()
        await asyncio.sleep(self._then)
        async for part in super().reply(chat, tools, tool_choice):
            yield part


def heard_of(llm: ScriptedLLM, policy: ReplyPolicy) -> list[Part]:
    parts: list[Part] = []

    async def emit(part: Part) -> None:
        parts.append(part)

    run(Cascade(llm, written(), policy).respond(Chat("x", (UserMessage("hi"),)), (), "auto", emit))
    return parts


def test_a_model_that_shows_signs_of_life_is_waited_for_and_they_go_no_further() -> None:
    parts = heard_of(Thinking(5, 3.0), ReplyPolicy(stall_timeout=4.0, retries=0))
    assert TextDelta("Yes.") in parts
    assert not any(isinstance(part, Alive) for part in parts)


def test_a_model_that_falls_silent_after_a_sign_of_life_is_given_up() -> None:
    with pytest.RaisesGroup(pytest.RaisesExc(ProviderUnavailable, match="no token for 4 s")):
        heard_of(Thinking(1, 5.0), ReplyPolicy(stall_timeout=4.0, retries=0))


def test_a_model_that_failed_after_nothing_but_signs_of_life_is_asked_again() -> None:
    class Failing(Thinking):
        attempts = 0

        async def reply(
            self, chat: Chat, tools: Sequence[Tool], tool_choice: ToolChoice = "auto"
        ) -> AsyncIterator[LLMPart]:
            self.attempts += 1
            yield Alive()
            if self.attempts == 1:
                raise ProviderUnavailable("llm", "scripted", "down")
            async for part in super().reply(chat, tools, tool_choice):
                yield part

    assert TextDelta("Yes.") in heard_of(Failing(0, 0.0), ReplyPolicy())
