"""The seam between a session and its models: a cascade is one way to answer, not the only one."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import numpy as np
from mcp_types import Tool
from voice.replies.tool_runs import ToolRuns

from tests.fakes.call import Caller, Tools
from tests.fakes.loop import run
from voice.audio import AudioFrame
from voice.chat import AgentMessage, Chat, ToolCall, ToolResult, UserMessage
from voice.errors import ProviderUnavailable
from voice.events import Event
from voice.llm import LLMPart, TextDelta, ToolChoice, Usage
from voice.policy import Phrases, ReplyPolicy
from voice.providers.scripted import ScriptedLLM, ScriptedTTS
from voice.replies.cascade import Cascade, Emit, Part
from voice.replies.reply import Reply, ReplyParts
from voice.speaking.phrases import SpokenPhrases
from voice.tts import Speech, Unvoiced


def test_a_cascade_emits_text_speech_and_calls_as_they_come() -> None:
    parts: list[Part] = []

    async def emit(part: Part) -> None:
        parts.append(part)

    llm = ScriptedLLM(replies=[["Let me **see**.", ToolCall("1", "book")]])
    run(Cascade(llm, ScriptedTTS(), ReplyPolicy()).respond(Chat("x", (UserMessage("hi"),)), (), "auto", emit))
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
    run(Cascade(llm, Unvoiced(), ReplyPolicy()).respond(Chat("x", (UserMessage("hi"),)), (), "auto", emit))
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


def test_a_speech_to_speech_model_fits_the_same_seam() -> None:
    caller, tools, events = Caller(), Tools({"search": (0.2, "free")}), list[Event]()

    async def main() -> Reply:
        async with asyncio.TaskGroup() as tasks:
            parts = ReplyParts(
                responder=SpeechToSpeech(),
                spoken=SpokenPhrases(ScriptedTTS()),
                phrases=Phrases(),
                toolbox=tools,
                runs=ToolRuns(tools, tasks, 5.0, lambda result: None),
                transport=caller,
                policy=ReplyPolicy(),
                language="en",
                emit=events.append,
                audible=lambda number: None,
            )
            reply = Reply(1, Chat("x", (UserMessage("is it free?"),)), parts)
            reply.commit()
            await reply.run()
        return reply

    reply = run(main())
    assert reply.heard == "Let me look. It is free."
    assert reply.history(interrupted=False) == (
        AgentMessage("Let me look."),
        ToolCall("1", "search"),
        ToolResult("1", "search", "free"),
        AgentMessage("It is free."),
    )
