"""What every LLM does, whoever answers. `playing` builds each one so that it answers with a given script."""

import asyncio
import json
from contextlib import aclosing, asynccontextmanager
from typing import Any

import pytest
from mcp_types import Tool

from tests.fakes import anthropic_server, openai_server
from tests.fakes.http_server import BOUND
from voice.chat import AgentMessage, Chat, ImageLink, ImagePart, Note, Summary, ToolCall, ToolResult, UserMessage
from voice.errors import ProviderUnavailable
from voice.llm import Alive, TextDelta, ToolCallBegan, Usage
from voice.providers.anthropic.llm import AnthropicLLM
from voice.providers.openai.llm import OpenAILLM
from voice.providers.scripted import ScriptedLLM

CHAT = Chat("You are a waiter.", (UserMessage("A table for two?"),))
BOOK = Tool(name="book", description="Book.", input_schema={"type": "object", "properties": {"n": {"type": "integer"}}})
FIRST, SECOND = ToolCall("call_1", "book", {"n": 1}), ToolCall("call_2", "book", {"n": 2})
USAGE = {"choices": [], "usage": {"prompt_tokens": 25, "completion_tokens": 15}}
DOWN = ProviderUnavailable("llm", "scripted", "down")


def _anthropic(reply):
    blocks: list[Any] = []
    for part in reply:
        match part:
            case str():
                blocks.append(anthropic_server.Text([part]))
            case ToolCall():
                blocks.append(anthropic_server.ToolUse(part.id, part.name, [json.dumps(part.arguments)]))
            case Exception():
                return anthropic_server.Failure(529, "overloaded_error")
            case float():
                return anthropic_server.Answer(blocks, then="stall")
    return anthropic_server.Answer(blocks)


def _openai(reply):
    deltas = []
    for part in reply:
        match part:
            case str():
                deltas += openai_server.text(part)
            case ToolCall():
                index = sum("tool_calls" in delta and "id" in delta["tool_calls"][0] for delta in deltas)
                deltas += openai_server.call(index, part.id, part.name, json.dumps(part.arguments))
            case Exception():
                return openai_server.Failure(503)
            case float():
                return openai_server.Answer(deltas, then="stall")
    return openai_server.Answer(deltas, extra=(USAGE,))


@asynccontextmanager
async def playing(kind, *replies):
    """An LLM of `kind` that answers its n-th request with the n-th reply: text, calls, a failure, a long wait."""
    match kind:
        case "scripted":
            yield ScriptedLLM(replies=replies, first_token=0.0)
        case "anthropic":
            async with anthropic_server.AnthropicServer(*map(_anthropic, replies)) as server:
                claude = AnthropicLLM("m", base_url=server.url)
                yield claude
                await claude.aclose()
        case "openai":
            async with openai_server.OpenAIServer(*map(_openai, replies)) as server:
                gpt = OpenAILLM("m", base_url=f"{server.url}/v1")
                yield gpt
                await gpt.aclose()


@pytest.fixture(params=["scripted", "anthropic", "openai"])
def kind(request, monkeypatch):
    for scheme in ("http", "https", "all"):
        monkeypatch.delenv(f"{scheme}_proxy", raising=False)
        monkeypatch.delenv(f"{scheme}_proxy".upper(), raising=False)
    monkeypatch.setenv("ANTHROPIC_API_KEY", anthropic_server.KEY)
    monkeypatch.setenv("OPENAI_API_KEY", openai_server.KEY)
    return request.param


async def ask(llm, chat=CHAT):
    """The answer, without what it cost and signs of life."""
    return [part for part in await everything(llm, chat) if not isinstance(part, Usage | Alive)]


async def everything(llm, chat=CHAT):
    async with asyncio.timeout(BOUND), aclosing(llm.reply(chat, [BOOK])) as parts:
        return [part async for part in parts]


def words(parts):
    return "".join(part.text for part in parts if isinstance(part, TextDelta))


def calls(parts):
    return [(part.name, part.arguments) for part in parts if isinstance(part, ToolCall)]


async def test_words_arrive_in_order(kind):
    async with playing(kind, ["Good ", "morning."]) as llm:
        assert words(await ask(llm)) == "Good morning."


async def test_calls_arrive_in_order_after_the_words_and_announced(kind):
    async with playing(kind, ["Sure.", FIRST, SECOND]) as llm:
        parts = await ask(llm)
    assert calls(parts) == [("book", {"n": 1}), ("book", {"n": 2})]
    assert words(parts) == "Sure."
    assert isinstance(parts[0], TextDelta)
    assert [ToolCallBegan] * 2 == [type(part) for part in parts if isinstance(part, ToolCallBegan)]
    assert isinstance(parts[[isinstance(part, ToolCall) for part in parts].index(True) - 1], ToolCallBegan)


async def test_every_call_has_an_id_of_its_own(kind):
    async with playing(kind, [FIRST, SECOND]) as llm:
        ids = [part.id for part in await ask(llm) if isinstance(part, ToolCall)]
    assert len({*ids} - {""}) == 2


async def test_a_chat_with_a_greeting_calls_and_results_is_understood(kind):
    items = (AgentMessage("Hello."), *CHAT.items, FIRST, SECOND, ToolResult("call_2", "book", "full", is_error=True))
    chat = Chat("", (*items, ToolResult("call_1", "book", "done")))
    async with playing(kind, ["Booked."]) as llm:
        assert words(await ask(llm, chat)) == "Booked."


async def test_a_chat_with_notes_a_summary_and_images_is_understood(kind):
    photo = UserMessage("Look.", (ImagePart("image/png", b"x"), ImageLink("https://example.org/x.png")))
    items = (Summary("They talked."), FIRST, Note("Hurry.", "steering"), ToolResult("call_1", "book", "done"), photo)
    async with playing(kind, ["Booked."], ["And?"]) as llm:
        assert words(await ask(llm, Chat("", items))) == "Booked."
        assert words(await ask(llm, Chat("", (*items, AgentMessage("Yes."), Note("It is late."))))) == "And?"


async def test_an_answer_tells_what_it_has_cost(kind):
    async with playing(kind, ["Good morning."]) as llm:
        used = [part for part in await everything(llm) if isinstance(part, Usage)]
    assert sum(part.input_tokens for part in used) > 0
    assert sum(part.output_tokens for part in used) > 0


async def test_a_failure_is_one_of_ours_and_the_next_request_may_pass(kind):
    async with playing(kind, [DOWN], ["Back."]) as llm:
        with pytest.raises(ProviderUnavailable):
            await ask(llm)
        assert words(await ask(llm)) == "Back."


async def test_an_abandoned_answer_does_not_disturb_the_next(kind):
    async with playing(kind, ["Well", 30.0, "never said"], ["Next."]) as llm:
        async with asyncio.timeout(BOUND), aclosing(llm.reply(CHAT, [BOOK])) as parts:
            assert TextDelta("Well") == await anext(part async for part in parts if not isinstance(part, Usage))
        assert words(await ask(llm)) == "Next."


async def test_a_cancelled_answer_does_not_disturb_the_next(kind):
    heard = asyncio.Event()

    async def listen(llm):
        async with aclosing(llm.reply(CHAT, [BOOK])) as parts:
            async for _ in parts:
                heard.set()

    async with playing(kind, ["Well", 30.0], ["Next."]) as llm:
        async with asyncio.timeout(BOUND), asyncio.TaskGroup() as tasks:
            task = tasks.create_task(listen(llm))
            await heard.wait()
            task.cancel()
        assert words(await ask(llm)) == "Next."


async def test_two_conversations_do_not_mix(kind):
    async with playing(kind, ["One."], ["Two."]) as llm, asyncio.TaskGroup() as tasks:
        answers = [tasks.create_task(ask(llm)) for _ in range(2)]
    assert {"One.", "Two."} == {words(answer.result()) for answer in answers}
