import asyncio
import json
import logging
import traceback
from contextlib import aclosing

import pytest
from mcp_types import Tool
from openai.types.chat.completion_create_params import CompletionCreateParamsStreaming
from pydantic import TypeAdapter

from tests.fakes.http_server import BOUND, LoopbackServer
from tests.fakes.openai_server import KEY, Answer, Failure, Hang, OpenAIServer, call, text
from voice.chat import AgentMessage, Chat, ImagePart, ToolCall, ToolResult, UserMessage
from voice.errors import ProviderError, ProviderMisbehaved, ProviderRejected, ProviderUnavailable
from voice.llm import Alive, TextDelta, ToolCallBegan, Usage
from voice.policy import ReplyPolicy
from voice.providers.openai.llm import OpenAILLM
from voice.replies.cascade import Cascade
from voice.replies.delivery import written

CHAT = Chat("You are a waiter.", (AgentMessage("Good morning."), UserMessage("A table for two?")))
BOOK = Tool(
    name="cafe.book", description="Book.", input_schema={"type": "object", "properties": {"n": {"type": "integer"}}}
)
HELLO = Answer(text("Hel", "lo."))
ONE, TWO = ToolCall("call_1", "cafe.book", {"n": 1}), ToolCall("call_2", "cafe.book", {"n": 2})


@pytest.fixture(autouse=True)
def key(monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)


def llm_at(server, **options):
    return OpenAILLM("gpt-test", base_url=f"{server.url}/v1", **options)


async def ask(llm, chat=CHAT, tools=(BOOK,), choice="auto"):
    """The answer, without the signs of life."""
    async with asyncio.timeout(BOUND), aclosing(llm.reply(chat, tools, choice)) as parts:
        return [part async for part in parts if not isinstance(part, Alive)]


async def served(*script, options=None, requests=1, **ask_options):
    """What the adapter makes of `script`, and the server that played it."""
    async with OpenAIServer(*script) as server:
        llm = llm_at(server, **(options or {}))
        try:
            parts = [await ask(llm, **ask_options) for _ in range(requests)][-1]
        finally:
            await llm.aclose()
        return parts, server


async def failing(*script, options=None):
    with pytest.raises(ProviderError) as caught:
        await served(*script, options=options)
    assert (caught.value.stage, caught.value.provider) == ("llm", "openai")
    return caught.value


async def calls_of(deltas, finish="tool_calls"):
    """The tool calls read from `deltas`; every one announced by a ToolCallBegan of its own."""
    parts, _ = await served(Answer(deltas, finish))
    calls = [part for part in parts if isinstance(part, ToolCall)]
    announced = 0
    for part in parts:
        announced += {ToolCallBegan: 1, ToolCall: -1}.get(type(part), 0)
        assert announced >= 0
    assert announced == 0
    return calls


async def test_text_arrives_in_the_deltas_that_were_sent():
    parts, _ = await served(HELLO)
    assert [TextDelta("Hel"), TextDelta("lo.")] == parts


async def test_a_call_is_announced_before_its_arguments_and_follows_the_words_before_it():
    parts, _ = await served(Answer(text("Sure.") + call(0, "call_1", "cafe_book", '{"n"', ": 1}"), "tool_calls"))
    assert [TextDelta("Sure."), ToolCallBegan(), ONE] == parts


async def test_a_first_call_is_handed_over_when_the_second_begins():
    deltas = call(0, "call_1", "cafe_book", '{"n": 1}') + call(1, "call_2", "cafe_book", '{"n": 2}')
    parts, _ = await served(Answer(deltas, "tool_calls"))
    assert [ToolCallBegan(), ONE, ToolCallBegan(), TWO] == parts


def piece(call_id=None, name=None, arguments=None, **fields):
    function = {k: v for k, v in (("name", name), ("arguments", arguments)) if v is not None}
    identity = {} if call_id is None else {"id": call_id}
    return {"tool_calls": [{**fields, **identity, "type": "function", "function": function}]}


TWO_CALLS = {
    "pieces of both calls interleaved by index": [
        piece("call_1", "cafe_book", "", index=0),
        piece("call_2", "cafe_book", "", index=1),
        piece(arguments='{"n": ', index=0),
        piece(arguments='{"n": 2', index=1),
        piece(arguments="1}", index=0),
        piece(arguments="}", index=1),
    ],
    "whole calls in one chunk": [
        {
            "tool_calls": [
                {"index": 0, "id": "call_1", "function": {"name": "cafe_book", "arguments": '{"n": 1}'}},
                {"index": 1, "id": "call_2", "function": {"name": "cafe_book", "arguments": '{"n": 2}'}},
            ]
        }
    ],
    "no index": [
        piece("call_1", "cafe_book", '{"n": 1}'),
        piece("call_2", "cafe_book", '{"n"'),
        piece(arguments=": 2}"),
    ],
    "all calls have the index 0": [
        piece("call_1", "cafe_book", '{"n": 1}', index=0),
        piece("call_2", "cafe_book", '{"n": 2}', index=0),
    ],
    "id and name repeated in every chunk": [
        piece("call_1", "cafe_book", '{"n"', index=0),
        piece("call_1", "cafe_book", ": 1}", index=0),
        piece("call_2", "cafe_book", '{"n"', index=1),
        piece("call_2", "cafe_book", ": 2}", index=1),
    ],
    "empty id and name in later chunks": [
        piece("call_1", "cafe_book", '{"n"', index=0),
        piece("", "", ": 1}", index=0),
        piece("call_2", "cafe_book", '{"n"', index=1),
        piece("", "", ": 2}", index=1),
    ],
    "arguments as an object": [
        piece("call_1", "cafe_book", {"n": 1}, index=0),
        piece("call_2", "cafe_book", {"n": 2}, index=1),
    ],
    "an empty piece after a complete call": [
        piece("call_1", "cafe_book", '{"n": 1}', index=0),
        piece("call_2", "cafe_book", '{"n": 2}', index=1),
        piece(arguments="", index=0),
    ],
}


@pytest.mark.parametrize("deltas", TWO_CALLS.values(), ids=TWO_CALLS)
async def test_calls_of_compatible_servers_are_put_together(deltas):
    assert sorted(await calls_of(deltas), key=lambda call: call.id) == [ONE, TWO]


@pytest.mark.parametrize("index", [None, 0], ids=["no index", "index 0"])
async def test_calls_without_ids_get_their_own(index):
    fields = {} if index is None else {"index": index}
    first, second = await calls_of(
        [
            piece(name="cafe_book", arguments='{"n": 1}', **fields),
            piece(name="cafe_book", arguments='{"n": 2}', **fields),
        ]
    )
    assert [first.arguments, second.arguments] == [{"n": 1}, {"n": 2}]
    assert first.id
    assert second.id
    assert first.id != second.id


@pytest.mark.parametrize("finish", ["stop", "function_call", "eos"])
async def test_a_call_counts_whatever_the_server_calls_the_end(finish):
    assert await calls_of(call(0, "call_1", "cafe_book", '{"n": 1}'), finish) == [ONE]


async def test_arguments_that_are_no_object_become_an_error_in_the_call():
    (broken,) = await calls_of(call(0, "call_1", "cafe_book", '{"n": '), "length")
    assert broken.arguments == {}
    assert broken.error is not None


async def test_chunks_without_choices_and_usage_are_skipped():
    usage = {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [], "usage": {}}
    parts, _ = await served(Answer([*text("Hi."), {"content": None}], extra=(usage, {"choices": None})))
    assert [TextDelta("Hi.")] == parts


def usage(prompt, completion, cached=None):
    details = {} if cached is None else {"prompt_tokens_details": {"cached_tokens": cached}}
    counts = {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}
    return {"id": "x", "object": "chat.completion.chunk", "choices": [], "usage": counts | details}


async def test_tokens_are_counted_when_the_server_counts_them():
    parts, _ = await served(Answer(text("Hi."), extra=(usage(30, 4, 10),)))
    assert [TextDelta("Hi."), Usage(30, 4, 10)] == parts


async def test_counts_that_come_again_from_the_beginning_are_added_once():
    parts, _ = await served(Answer(text("Hi."), extra=(usage(30, 1), usage(30, 2), usage(30, 4, 10))))
    assert [Usage(30, 1), Usage(0, 1), Usage(0, 2, 10)] == parts[1:]


async def test_counts_of_another_shape_count_nothing():
    chunk = usage(0, 0) | {"usage": {"prompt_tokens": "many", "completion_tokens": None}}
    parts, _ = await served(Answer(text("Hi."), extra=(chunk,)))
    assert [TextDelta("Hi.")] == parts


async def test_a_server_of_ones_own_is_asked_to_count_and_shown_images_only_when_it_can():
    chat = Chat("", (UserMessage("look", (ImagePart("image/png", b"x"),)),))
    _, plain = await served(HELLO, chat=chat)
    _, able = await served(HELLO, chat=chat, options={"vision": True, "usage": True})
    assert "stream_options" not in plain.requests[0].body
    assert isinstance(plain.requests[0].body["messages"][0]["content"], str)
    assert able.requests[0].body["stream_options"] == {"include_usage": True}
    assert able.requests[0].body["messages"][0]["content"][1]["type"] == "image_url"
    TypeAdapter(CompletionCreateParamsStreaming).validate_python(able.requests[0].body)


async def test_the_request_is_one_the_sdk_and_the_api_know():
    options = {"temperature": 0.3, "max_tokens": 99, "reasoning_effort": "low"}
    _, server = await served(HELLO, options=options, choice="none")
    body = server.requests[0].body
    TypeAdapter(CompletionCreateParamsStreaming).validate_python(body)
    assert (body["model"], body["stream"], body["tool_choice"]) == ("gpt-test", True, "none")
    assert (body["temperature"], body["max_tokens"], body["reasoning_effort"]) == (0.3, 99, "low")
    assert body["tools"][0]["function"]["name"] == "cafe_book"


async def test_a_plain_request_has_nothing_that_a_simple_server_might_not_know():
    _, server = await served(HELLO, tools=())
    assert {"model", "stream", "messages"} == set(server.requests[0].body)


async def test_a_connection_serves_one_request_after_the_other():
    _, server = await served(HELLO, HELLO, HELLO, requests=3)
    assert (len(server.requests), server.connections) == (3, 1)


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (Failure(401, "invalid_request_error", "invalid_api_key"), ProviderRejected),
        (Failure(403), ProviderRejected),
        (Failure(404, "invalid_request_error", "model_not_found"), ProviderRejected),
        (Failure(400, "invalid_request_error"), ProviderRejected),
        (Failure(429, "insufficient_quota", "insufficient_quota"), ProviderRejected),
        (Failure(429, "tokens", "rate_limit_exceeded", headers=(("retry-after", "7"),)), ProviderUnavailable),
        (Failure(500, "server_error"), ProviderUnavailable),
        (Failure(503), ProviderUnavailable),
    ],
)
async def test_a_refused_request_is_asked_once_and_told_apart(failure, expected):
    async with OpenAIServer(failure) as server:
        llm = llm_at(server)
        with pytest.raises(expected, match=f"HTTP {failure.status}: .*{failure.message}"):
            await ask(llm)
        await llm.aclose()
    assert len(server.requests) == 1


async def test_a_request_that_is_given_up_hangs_up():
    async with OpenAIServer(Hang()) as server:
        llm = llm_at(server)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await ask(llm)
        await asyncio.wait_for(server.hung_up.wait(), BOUND)
        await llm.aclose()


async def test_a_stall_in_mid_answer_is_ended_by_the_responder():
    async def drop(part: object) -> None:
        pass

    async with OpenAIServer(Answer(text("Hel"), then="stall")) as server:
        llm = llm_at(server)
        cascade = Cascade(llm, written(), ReplyPolicy(stall_timeout=0.2, retries=0))
        with pytest.RaisesGroup(pytest.RaisesExc(ProviderUnavailable, match="no token")):
            await cascade.respond(CHAT, [BOOK], "auto", drop)
        await asyncio.wait_for(server.hung_up.wait(), BOUND)
        await llm.aclose()


async def test_a_connection_cut_in_mid_answer_is_unavailable():
    assert isinstance(await failing(Answer(text("Hel"), then="cut")), ProviderUnavailable)


async def test_an_error_in_mid_answer_may_pass_later():
    failure = await failing(Answer(text("Hel"), then="error"))
    assert isinstance(failure, ProviderUnavailable)
    assert "The server had an error" in str(failure)


@pytest.mark.parametrize(
    "answer",
    [Answer(text("Hel"), then="end early"), Answer(text("Hel"), then="rubbish")],
)
async def test_a_stream_that_breaks_its_protocol_misbehaves(answer):
    assert isinstance(await failing(answer), ProviderMisbehaved)


async def test_a_finished_answer_whose_stream_stays_open_is_an_answer():
    """Some servers keep the stream open; the caller must not wait for them."""
    async with LoopbackServer(_never_ending) as server:
        llm = llm_at(server)
        assert [TextDelta("Hi.")] == await ask(llm)
        await llm.aclose()


async def _never_ending(exchange):
    await exchange.begin_stream()
    await exchange.send('data: {"choices": [{"index": 0, "delta": {"content": "Hi."}, "finish_reason": "stop"}]}\n\n')
    await exchange.wait_closed()


async def test_an_answer_of_another_shape_misbehaves():
    async with LoopbackServer(_other_shape) as server:
        llm = llm_at(server)
        with pytest.raises(ProviderMisbehaved):
            await ask(llm)
        await llm.aclose()


async def _other_shape(exchange):
    await exchange.begin_stream()
    await exchange.send('data: {"choices": 7}\n\n')
    await exchange.end_stream()


async def test_a_withheld_answer_is_rejected():
    assert isinstance(await failing(Answer([], finish="content_filter")), ProviderRejected)


async def test_nobody_there_is_unavailable():
    async with OpenAIServer() as server:
        url = server.url
    llm = OpenAILLM("gpt-test", base_url=url)
    with pytest.raises(ProviderUnavailable, match="connection failed"):
        await ask(llm)
    await llm.aclose()


async def test_closing_the_iterator_hangs_up():
    async with OpenAIServer(Answer(text("Hel"), then="stall")) as server:
        llm = llm_at(server)
        async with aclosing(llm.reply(CHAT, ())) as parts:
            assert TextDelta("Hel") == await anext(parts)
        await asyncio.wait_for(server.hung_up.wait(), BOUND)
        await llm.aclose()


async def test_cancelling_the_wait_for_an_answer_hangs_up():
    async with OpenAIServer(Hang()) as server:
        llm = llm_at(server)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                [part async for part in llm.reply(CHAT, ())]
        await asyncio.wait_for(server.hung_up.wait(), BOUND)
        await llm.aclose()


async def test_the_key_is_in_no_message_and_no_log(caplog, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-wrong-0123456789")
    with caplog.at_level(logging.DEBUG):
        failure = await failing()
    assert isinstance(failure, ProviderRejected)
    assert "sk-wrong-0123456789" not in caplog.text
    assert "sk-wrong-0123456789" not in "".join(traceback.format_exception(failure))


async def test_a_server_of_ones_own_needs_no_key(monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY")
    async with OpenAIServer(HELLO, key=None) as server:
        llm = llm_at(server)
        assert [TextDelta("Hel"), TextDelta("lo.")] == await ask(llm)
        await llm.aclose()


def test_openai_itself_needs_a_key(monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY")
    with pytest.raises(ProviderRejected, match="OPENAI_API_KEY"):
        OpenAILLM("gpt-test")


def chunk(choice):
    return {
        "id": "c",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "m",
        "choices": [{"index": 0, **choice}],
    }


@pytest.mark.parametrize(
    "answer",
    [
        Answer(text("Hel", "lo."), finish=None),
        Answer(text("Hel", "lo."), finish=""),
        Answer([{"content": [{"type": "text", "text": "Hello."}]}]),
        Answer([{"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]}]}, *text("Hello.")]),
        Answer([{"reasoning_content": "Hm."}, {"reasoning": "Hm."}, *text("Hello.")]),
        Answer(text("<think>", "Hm.", "</think>\n\n", "Hello.")),
        Answer(text("Hello.<|im_", "end|>")),
        Answer([], finish=None, extra=(chunk({"message": {"content": "Hello."}, "finish_reason": "stop"}),)),
        Answer([], finish=None, extra=(chunk({"text": "Hello.", "finish_reason": "stop"}),)),
    ],
)
async def test_the_answer_of_every_server_is_its_words(answer):
    parts, _ = await served(answer)
    assert "".join(part.text for part in parts) == "Hello."


@pytest.mark.parametrize(
    "deltas",
    [
        text('<tool_call>\n{"name": "cafe_book", ', '"arguments": {"n": 1}}\n</tool_call>'),
        text('{"name": "cafe_book", "arguments": {"n": 1}}'),
        [piece("a", "cafe_book", '{"n"', index=0), piece("b", "cafe_book", ": 1}", index=0)],
        [piece("a", None, '{"n": 1}', index=0), piece(None, "cafe_book", "", index=0)],
        [piece("a", "cafe_book", "{}", index=0), piece(None, None, '{"n": 1}', index=0)],
        [piece("a", "cafe_book", '"{\\"n\\": 1}"', index=0)],
    ],
)
async def test_the_call_of_every_server_is_one_call(deltas):
    assert [(call.name, call.arguments, call.error) for call in await calls_of(deltas)] == [
        ("cafe.book", {"n": 1}, None)
    ]


async def test_two_calls_with_one_id_are_two_calls():
    one, two = await calls_of(
        [piece("call_0", "cafe_book", '{"n": 1}', index=0), piece("call_0", "cafe_book", '{"n": 2}', index=1)]
    )
    assert [one.arguments, two.arguments] == [{"n": 1}, {"n": 2}]
    assert one.id != two.id


async def test_the_id_of_an_earlier_call_is_not_used_again():
    chat = Chat("", (UserMessage("hi"), ONE, ToolResult("call_1", "cafe.book", "ok"), UserMessage("and?")))
    parts, _ = await served(Answer(call(0, "call_1", "cafe_book", "{}"), "tool_calls"), chat=chat)
    assert parts[-1].name == "cafe.book"
    assert parts[-1].id not in ("", "call_1")


async def test_a_model_whose_template_opens_its_reasoning_is_learnt_from_its_first_answer():
    hidden = Answer(text("Hm, ", "hours.", "</think>", "Hello."))
    parts, _ = await served(hidden, hidden, requests=2)
    assert [part.text for part in parts] == ["Hello."]


async def test_an_answer_that_is_no_stream_is_read():
    async def whole(exchange):
        message = {"role": "assistant", "content": "Hello."}
        await exchange.send_json(200, {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]})

    async with LoopbackServer(whole) as server:
        llm = llm_at(server)
        assert [TextDelta("Hello.")] == await ask(llm)
        await llm.aclose()


async def test_a_connection_cut_after_the_end_of_the_answer_does_no_harm():
    async def rude(exchange):
        await exchange.begin_stream()
        await exchange.send(f"data: {json.dumps(chunk({'delta': {'content': 'Hi.'}, 'finish_reason': 'stop'}))}\n\n")
        exchange.cut()

    async with LoopbackServer(rude) as server:
        llm = llm_at(server)
        assert [TextDelta("Hi.")] == await ask(llm)
        await llm.aclose()
