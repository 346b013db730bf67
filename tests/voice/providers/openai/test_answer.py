import json

import pytest
from mcp_types import Tool

from voice.chat import Chat, ToolCall
from voice.errors import ProviderMisbehaved, ProviderRejected, ProviderUnavailable
from voice.llm import Alive, TextDelta, Usage
from voice.providers.openai.answer import ChatAnswer
from voice.providers.remote import CallIds
from voice.providers.tool_names import ToolNames

TOOLS = [Tool(name="book", input_schema={"properties": {"n": {"type": "integer"}}}), Tool(name="now", input_schema={})]
BEFORE = Chat("", (ToolCall("call_0", "book"),))
STOP = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
ONE, NOW = ("book", {"n": 1}, None), ("now", dict[str, int](), None)


def fold(*events):
    answer = ChatAnswer(TOOLS, ToolNames(["book", "now"]), CallIds(BEFORE), str, thinking=False)
    return [part for event in events for part in answer.read(event)] + answer.end()


def chunk(delta=None, finish=None, **fields):
    given = {} if delta is None else {"delta": delta}
    return {"choices": [{"index": 0, **given, "finish_reason": finish, **fields}]}


def called(arguments, name="book", call="a"):
    return chunk({"tool_calls": [{"index": 0, "id": call, "function": {"name": name, "arguments": arguments}}]})


def words(parts):
    return "".join(part.text for part in parts if isinstance(part, TextDelta))


def calls(parts):
    return [(part.name, part.arguments, part.error) for part in parts if isinstance(part, ToolCall)]


def text(*pieces):
    return [{"type": "text", "text": piece} for piece in pieces]


SAID = {
    "[DONE] without a finish_reason": [chunk({"content": "We open."}), "[DONE]"],
    "an empty finish_reason": [chunk({"content": "We "}, ""), chunk({"content": "open."}, ""), "[DONE]"],
    "a finish_reason 'null'": [chunk({"content": "We open."}, "null"), "[DONE]"],
    "a finish_reason in every chunk": [chunk({"content": "We "}, "stop"), chunk({"content": "open."}, "stop")],
    "parts": [chunk({"content": text("We ", "open.")}), STOP],
    "parts as texts": [chunk({"content": ["We ", "open."]}), STOP],
    "one part": [chunk({"content": {"type": "output_text", "text": "We open."}}), STOP],
    "a part with a value": [chunk({"content": [{"type": "text", "text": {"value": "We open."}}]}), STOP],
    "a thinking part": [
        chunk({"content": [{"type": "thinking", "thinking": text("Hm.")}, *text("We open.")]}),
        STOP,
    ],
    "a reasoning part": [
        chunk({"content": [{"type": "reasoning", "text": "Hm."}, {"type": "reference", "reference_ids": [1]}]}),
        chunk({"content": "We open."}),
        STOP,
    ],
    "fields of reasoning": [
        chunk({"reasoning_content": "Hm.", "content": None}),
        chunk({"reasoning": "Hm.", "reasoning_details": [{"text": "Hm."}], "content": ""}),
        chunk({"content": "We open."}),
        STOP,
    ],
    "a message": [{"choices": [{"index": 0, "message": {"content": "We open."}, "finish_reason": "stop"}]}],
    "messages": [chunk(message={"content": "We "}), chunk(message={"content": "open."}, finish="stop")],
    "a message after its deltas": [
        chunk({"content": "We "}),
        chunk({"content": "open."}),
        chunk(message={"content": "We open."}, finish="stop"),
    ],
    "a message beside an empty delta": [chunk({}, "stop", message={"content": "We open."})],
    "text": [chunk(text="We "), chunk(text="open.", finish="stop")],
    "text beside no delta": [{"choices": [{"delta": None, "text": "We open.", "finish_reason": "stop"}]}],
    "no choices": [{"message": {"content": "We open."}, "done": False}, {"message": {}, "done_reason": "stop"}],
    "a refusal": [chunk({"refusal": "We open."}), STOP],
    "another choice": [chunk({"content": "We open."}), chunk({"content": "Hm."}, index=1), STOP],
    "tags": [chunk({"content": "<th"}), chunk({"content": "ink>Hm.</thi"}), chunk({"content": "nk>We open."}), STOP],
    "tokens": [chunk({"content": "We open.<|im_"}), chunk({"content": "end|>"}), STOP],
    "nothing in a list": [{"choices": [None]}, chunk({"content": "We open.", "tool_calls": [None]}), STOP],
}


@pytest.mark.parametrize("events", SAID.values(), ids=SAID)
def test_the_answer_is_said_in_whatever_shape_it_comes(events):
    parts = fold(*events)
    assert words(parts) == "We open."
    assert calls(parts) == []


CALLED = {
    "[DONE] without a finish_reason": [called('{"n": 1}'), "[DONE]"],
    "the former field": [
        chunk({"function_call": {"name": "book", "arguments": '{"n"'}}),
        chunk({"function_call": {"arguments": ": 1}"}}),
        chunk({}, "function_call"),
    ],
    "one instead of a list": [chunk({"tool_calls": {"function": {"name": "book", "arguments": {"n": 1}}}}), STOP],
    "a part of the content": [chunk({"content": [{"type": "tool_use", "name": "book", "input": {"n": 1}}]}), STOP],
    "a message": [chunk(message={"tool_calls": [{"function": {"name": "book", "arguments": '{"n": 1}'}}]}, finish="x")],
    "encoded twice": [called(json.dumps('{"n": 1}')), STOP],
    "another namespace": [called('{"n": 1}', name="functions.book"), STOP],
    "a token in the name": [called('{"n": 1}', name="book<|channel|>commentary"), STOP],
    "written as text": [chunk({"content": '<tool_call>{"name": "book", "arguments": {"n": 1}}</tool_call>'}), STOP],
    "written and sent": [
        chunk({"content": '{"name": "book", "arguments": {"n": 1}}'}),
        called('{"n": 1}'),
        STOP,
    ],
}


@pytest.mark.parametrize("events", CALLED.values(), ids=CALLED)
def test_a_call_is_made_once_in_whatever_shape_it_comes(events):
    parts = fold(*events)
    assert calls(parts) == [ONE]
    assert words(parts) == ""


@pytest.mark.parametrize("arguments", ["null", " \n", '""', "", "{}", None, []])
def test_blank_arguments_are_none(arguments):
    assert calls(fold(called(arguments, name="now"), STOP)) == [NOW]


def test_an_id_that_was_used_before_or_is_missing_is_replaced():
    parts = fold(called('{"n": 1}', call="call_0"), called("{}", name="now", call=""), STOP)
    ids = [part.id for part in parts if isinstance(part, ToolCall)]
    assert len({*ids, "call_0", ""}) == 4


def test_a_call_without_a_name_is_an_error_for_the_model():
    [(_, arguments, error)] = calls(fold(chunk({"tool_calls": [{"index": 0, "function": {"arguments": "{}"}}]}), STOP))
    assert arguments == {}
    assert "without a name" in error


def test_reasoning_and_arguments_are_signs_of_life():
    for delta in ({"reasoning_content": "Hm."}, {"content": "<think>"}, {"content": [{"type": "thinking"}]}):
        assert fold(chunk(delta), STOP) == [Alive()]
    begun = [called("{"), chunk({"tool_calls": [{"index": 0, "function": {"arguments": '"n": 1}'}}]})]
    assert sum(isinstance(part, Alive) for part in fold(*begun, STOP)) == 1


@pytest.mark.parametrize(
    ("events", "expected", "why"),
    [
        ([chunk({"content": "We"})], ProviderMisbehaved, "without a finish_reason"),
        ([called('{"n": 1}')], ProviderMisbehaved, "without a finish_reason"),
        ([{"error": "overloaded"}], ProviderUnavailable, "overloaded"),
        ([{"error": {"message": "no more", "code": "insufficient_quota"}}], ProviderRejected, "no more"),
        ([{"error": {"message": "slow down", "code": 429}}], ProviderUnavailable, "HTTP 429: slow down"),
        ([{"object": "error", "message": "too long", "code": 400}], ProviderRejected, "too long"),
        ([{"detail": "boom"}], ProviderUnavailable, "boom"),
        ([chunk({"content": "We"}), chunk({}, "error")], ProviderUnavailable, "error"),
        ([chunk({}, "error", error={"message": "died", "code": 502})], ProviderUnavailable, "HTTP 502: died"),
        ([chunk({}, "content_filter")], ProviderRejected, "content filter"),
    ],
)
def test_a_failure_in_the_stream_is_told_apart(events, expected, why):
    with pytest.raises(expected, match=why):
        fold(*events)


@pytest.mark.parametrize("event", [{"choices": 7}, {"choices": ["x"]}, {"choices": [{"delta": {"tool_calls": ["x"]}}]}])
def test_another_shape_is_no_event(event):
    with pytest.raises(TypeError):
        fold(event)


def test_an_answer_goes_on_after_a_server_has_said_that_it_is_over():
    answer = ChatAnswer(TOOLS, ToolNames([]), CallIds(BEFORE), str, thinking=False)
    answer.read(STOP)
    assert answer.complete
    answer.read(chunk({"content": "We"}))
    assert not answer.complete


def test_counts_of_all_shapes_are_counted():
    parts = fold(STOP, {"choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": "many"}})
    assert parts == [Usage(5, 0)]


def test_white_space_without_an_end_is_no_sign_of_life():
    assert Alive() not in fold(
        called('{"n": 1}'), *[chunk({"tool_calls": [{"index": 0, "function": {"arguments": "\n"}}]})] * 3, STOP
    )
    assert fold(chunk({"content": "\n"}), STOP) == []


def test_an_answer_after_which_the_model_does_not_stop_is_whole():
    answer = ChatAnswer(TOOLS, ToolNames([]), CallIds(BEFORE), str, thinking=False)
    noticed = []
    for delta in ("We open.<|endoftext|>", "Hm. " * 60):
        answer.read(chunk({"content": delta}))
        noticed.append(answer.run_on)
    assert noticed == [False, True]
    assert answer.end() == []
