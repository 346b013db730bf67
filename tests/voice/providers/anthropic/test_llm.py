import asyncio
import json
import logging
import traceback
from contextlib import aclosing

import pytest
from anthropic.types.message_create_params import MessageCreateParamsStreaming
from mcp_types import Tool
from pydantic import TypeAdapter

from tests.fakes.anthropic_server import KEY, Answer, AnthropicServer, Failure, Hang, Raw, Text, Thinking, ToolUse
from tests.fakes.http_server import BOUND, LoopbackServer
from voice.chat import AgentMessage, Chat, ImageLink, ImagePart, Note, Summary, ToolCall, ToolResult, UserMessage
from voice.errors import ProviderError, ProviderMisbehaved, ProviderRejected, ProviderUnavailable
from voice.llm import Alive, TextDelta, ToolCallBegan, Usage
from voice.providers.anthropic.llm import AnthropicLLM

CHAT = Chat("You are a waiter.", (AgentMessage("Good morning."), UserMessage("A table for two?")))
BOOK = Tool(
    name="cafe.book", description="Book.", input_schema={"type": "object", "properties": {"n": {"type": "integer"}}}
)
HELLO = Answer([Text(["Hel", "lo."])])


@pytest.fixture(autouse=True)
def key(monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)


async def ask(llm, chat=CHAT, tools=(BOOK,), choice="auto"):
    """The answer without signs of life; what it cost is a test's own business."""
    return [part for part in await everything(llm, chat, tools, choice) if not isinstance(part, Usage | Alive)]


async def everything(llm, chat=CHAT, tools=(BOOK,), choice="auto"):
    async with asyncio.timeout(BOUND), aclosing(llm.reply(chat, tools, choice)) as parts:
        return [part async for part in parts]


async def served(*script, options=None, requests=1, **ask_options):
    """What the adapter makes of `script`, and the server that played it."""
    async with AnthropicServer(*script) as server:
        llm = AnthropicLLM("claude-test", base_url=server.url, **(options or {}))
        try:
            parts = [await ask(llm, **ask_options) for _ in range(requests)][-1]
        finally:
            await llm.aclose()
        return parts, server


async def failing(*script, options=None):
    with pytest.raises(ProviderError) as caught:
        await served(*script, options=options)
    assert (caught.value.stage, caught.value.provider) == ("llm", "anthropic")
    return caught.value


async def test_text_arrives_in_the_deltas_that_were_sent():
    parts, _ = await served(HELLO)
    assert [TextDelta("Hel"), TextDelta("lo.")] == parts


async def test_a_call_is_announced_before_its_arguments_and_follows_the_words_before_it():
    use = ToolUse("toolu_1", "cafe_book", ['{"n"', ": 2}"])
    parts, _ = await served(Answer([Text(["Sure."]), use], stop_reason="tool_use"))
    assert [TextDelta("Sure."), ToolCallBegan(), ToolCall("toolu_1", "cafe.book", {"n": 2})] == parts


async def test_parallel_calls_come_one_by_one():
    blocks = [ToolUse("toolu_1", "cafe_book", ['{"n": 1}']), ToolUse("toolu_2", "cafe_book", [])]
    parts, _ = await served(Answer(blocks, stop_reason="tool_use"))
    assert [
        ToolCallBegan(),
        ToolCall("toolu_1", "cafe.book", {"n": 1}),
        ToolCallBegan(),
        ToolCall("toolu_2", "cafe.book", {}),
    ] == parts


async def test_arguments_cut_off_by_the_token_limit_become_an_error_in_the_call():
    parts, _ = await served(Answer([ToolUse("toolu_1", "cafe_book", ['{"n": '])], stop_reason="max_tokens"))
    assert (parts[1].id, parts[1].arguments) == ("toolu_1", {})
    assert "JSON" in parts[1].error


async def test_tokens_are_counted_at_the_start_and_at_the_end_with_those_of_the_cache():
    async with AnthropicServer(Answer([Text(["Hi."])], cached=75)) as server:
        llm = AnthropicLLM("claude-test", base_url=server.url)
        parts = await everything(llm)
        await llm.aclose()
    assert [Usage(100, 1, 75), TextDelta("Hi."), Usage(0, 14)] == parts


async def test_images_and_notes_are_in_a_request_that_the_sdk_knows():
    photo = UserMessage("look", (ImagePart("image/png", b"x"), ImageLink("https://example.org/x.png")))
    _, server = await served(HELLO, chat=Chat("", (Summary("s"), photo, Note("hurry", "boss"))))
    TypeAdapter(MessageCreateParamsStreaming).validate_python(server.requests[0].body)


async def test_the_request_is_one_the_sdk_and_the_api_know():
    _, server = await served(HELLO, options={"thinking": "disabled", "effort": "low", "max_tokens": 99}, choice="none")
    body = server.requests[0].body
    TypeAdapter(MessageCreateParamsStreaming).validate_python(body)
    assert (body["model"], body["max_tokens"], body["stream"]) == ("claude-test", 99, True)
    assert (
        body["tool_choice"],
        body["thinking"],
        body["output_config"],
    ) == ({"type": "none"}, {"type": "disabled"}, {"effort": "low"})
    assert body["tools"][0]["name"] == "cafe_book"
    marked = [body["tools"][-1], body["system"][-1], body["messages"][-1]["content"][-1]]
    assert [block["cache_control"] for block in marked] == [{"type": "ephemeral"}] * 3
    assert json.dumps(body).count("cache_control") == 3


async def test_a_request_without_tools_and_instructions_declares_none():
    _, server = await served(HELLO, tools=(), chat=Chat("", (UserMessage("hi"),)))
    assert {"model", "max_tokens", "stream", "messages"} == set(server.requests[0].body)


async def test_thinking_is_silent_and_goes_back_with_its_call():
    thinking = Thinking("two people", "sig==")
    async with AnthropicServer(Answer([thinking, ToolUse("toolu_1", "cafe_book", ["{}"])]), HELLO) as server:
        llm = AnthropicLLM("claude-test", base_url=server.url)
        _, call = await ask(llm)
        await ask(llm, CHAT.plus(call, ToolResult(call.id, call.name, "booked")))
        await llm.aclose()
    said = server.requests[1].body["messages"][-2]["content"]
    assert said[:1] == [{"type": "thinking", "thinking": "two people", "signature": "sig=="}]
    assert said[1]["type"] == "tool_use"


async def test_a_connection_serves_one_request_after_the_other():
    _, server = await served(HELLO, HELLO, HELLO, requests=3)
    assert (len(server.requests), server.connections) == (3, 1)


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (Failure(401, "authentication_error"), ProviderRejected),
        (Failure(402, "billing_error"), ProviderRejected),
        (Failure(403, "permission_error"), ProviderRejected),
        (Failure(404, "not_found_error"), ProviderRejected),
        (Failure(400, "invalid_request_error"), ProviderRejected),
        (Failure(429, "rate_limit_error", headers=(("retry-after", "7"),)), ProviderUnavailable),
        (Failure(500, "api_error"), ProviderUnavailable),
        (Failure(504, "timeout_error"), ProviderUnavailable),
        (Failure(529, "overloaded_error", "Overloaded"), ProviderUnavailable),
    ],
)
async def test_a_refused_request_is_asked_once_and_told_apart(failure, expected):
    async with AnthropicServer(failure) as server:
        llm = AnthropicLLM("claude-test", base_url=server.url)
        with pytest.raises(expected, match=f"HTTP {failure.status}: {failure.message}"):
            await ask(llm)
        await llm.aclose()
    assert len(server.requests) == 1


async def test_a_request_that_is_given_up_hangs_up():
    async with AnthropicServer(Hang()) as server:
        llm = AnthropicLLM("claude-test", base_url=server.url)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await ask(llm)
        await asyncio.wait_for(server.hung_up.wait(), BOUND)
        await llm.aclose()


async def test_a_connection_cut_in_mid_answer_is_unavailable():
    assert isinstance(await failing(Answer([Text(["Hel"])], then="cut")), ProviderUnavailable)


async def test_an_error_event_in_mid_answer_is_told_apart_by_its_type():
    failure = await failing(Answer([Text(["Hel"])], then="error"))
    assert isinstance(failure, ProviderUnavailable)
    assert "overloaded_error: Overloaded" in str(failure)


@pytest.mark.parametrize("then", ["end early", "rubbish"])
async def test_a_stream_that_breaks_its_protocol_misbehaves(then):
    assert isinstance(await failing(Answer([Text(["Hel"])], then=then)), ProviderMisbehaved)


async def test_an_answer_of_another_shape_misbehaves():
    async with LoopbackServer(_other_shape) as server:
        llm = AnthropicLLM("claude-test", base_url=server.url)
        with pytest.raises(ProviderMisbehaved):
            await ask(llm)
        await llm.aclose()


async def _other_shape(exchange):
    await exchange.begin_stream()
    await exchange.send('event: content_block_start\ndata: {"type": "content_block_start"}\n\n')
    await exchange.end_stream()


async def test_a_refusal_without_words_is_rejected():
    assert isinstance(await failing(Answer([], stop_reason="refusal")), ProviderRejected)


async def test_nobody_there_is_unavailable():
    async with AnthropicServer() as server:
        url = server.url
    llm = AnthropicLLM("claude-test", base_url=url)
    with pytest.raises(ProviderUnavailable, match="connection failed"):
        await ask(llm)
    await llm.aclose()


async def test_closing_the_iterator_hangs_up():
    async with AnthropicServer(Answer([Text(["Hel"])], then="stall")) as server:
        llm = AnthropicLLM("claude-test", base_url=server.url)
        async with aclosing(llm.reply(CHAT, ())) as parts:
            assert isinstance(await anext(parts), Usage)
            assert TextDelta("Hel") == await anext(parts)
        await asyncio.wait_for(server.hung_up.wait(), BOUND)
        await llm.aclose()


async def test_cancelling_the_wait_for_an_answer_hangs_up():
    async with AnthropicServer(Hang()) as server:
        llm = AnthropicLLM("claude-test", base_url=server.url)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                [part async for part in llm.reply(CHAT, ())]
        await asyncio.wait_for(server.hung_up.wait(), BOUND)
        await llm.aclose()


async def test_the_key_is_in_no_message_and_no_log(caplog):
    with caplog.at_level(logging.DEBUG):
        echoed = await failing(Failure(401, "authentication_error", f"bad key {KEY}"))
        cut = await failing(Answer([Text(["Hel"])], then="cut"))
    assert KEY not in caplog.text
    for failure in (echoed, cut):
        assert KEY not in "".join(traceback.format_exception(failure))


def test_no_key_is_refused_with_the_variable_to_set(monkeypatch):
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    with pytest.raises(ProviderRejected, match="ANTHROPIC_API_KEY"):
        AnthropicLLM("claude-test")


BEGUN = {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
HELD = {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hello."}}
CLOSED = {"type": "content_block_stop", "index": 0}
ENDED = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 3}}


@pytest.mark.parametrize(
    "answer",
    [
        Raw([BEGUN, HELD, CLOSED, ENDED]),
        Raw([BEGUN, HELD, ENDED]),
        Raw([BEGUN, HELD, CLOSED, ENDED, {"type": "message_stop"}], named=False),
        Raw([{"type": "ping"}, {"type": "later_event"}, BEGUN, HELD, ENDED]),
        Answer([Text(["<think>", "Hm.", "</think>", "Hello."])]),
        Answer([Text(["Hello.</s>"])]),
    ],
)
async def test_a_message_is_whole_with_its_stop_reason_however_little_comes_around_it(answer):
    parts, _ = await served(answer)
    assert "".join(part.text for part in parts) == "Hello."


@pytest.mark.parametrize("answer", [Raw([BEGUN, HELD, CLOSED]), Raw([{"type": "ping"}] * 3), Raw([])])
async def test_a_message_without_an_end_misbehaves(answer):
    assert isinstance(await failing(answer), ProviderMisbehaved)


async def test_an_error_event_without_a_name_is_one():
    error = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    assert isinstance(await failing(Raw([BEGUN, HELD, error], named=False)), ProviderUnavailable)


async def test_a_call_written_as_text_is_a_call():
    parts, _ = await served(Answer([Text(['<function_calls><invoke name="cafe_book"><parameter name="n">', "2"])]))
    assert [(part.name, part.arguments) for part in parts if isinstance(part, ToolCall)] == [("cafe.book", {"n": 2})]
    assert not any(isinstance(part, TextDelta) for part in parts)


async def test_thinking_is_a_sign_of_life():
    async with AnthropicServer(Answer([Thinking("two people", "sig=="), Text(["Hi."])])) as server:
        llm = AnthropicLLM("claude-test", base_url=server.url)
        assert Alive() in await everything(llm)
        await llm.aclose()
