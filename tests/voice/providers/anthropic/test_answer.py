import pytest
from mcp_types import Tool

from voice.chat import Chat, ToolCall
from voice.errors import ProviderMisbehaved, ProviderRejected, ProviderUnavailable
from voice.llm import Alive, TextDelta, ToolCallBegan, Usage
from voice.providers.anthropic.answer import MessageAnswer
from voice.providers.remote import CallIds
from voice.providers.tool_names import ToolNames

TOOLS = [Tool(name="book", input_schema={}), Tool(name="now", input_schema={})]
BEFORE = Chat("", (ToolCall("toolu_0", "book"),))
ENDED = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}}
STOPPED = {"type": "message_stop"}
ONE, TWO = ("book", {"n": 1}, None), ("book", {"n": 2}, None)


def answer():
    return MessageAnswer(TOOLS, ToolNames(["book", "now"]), CallIds(BEFORE), str, thinking=False)


def fold(*events):
    taken = answer()
    return [part for event in events for part in taken.read(event)] + taken.end()


def begin(block, index=0):
    return {"type": "content_block_start", "index": index, "content_block": block}


def more(delta, index=0):
    return {"type": "content_block_delta", "index": index, "delta": delta}


def end(index=0):
    return {"type": "content_block_stop", "index": index}


def text(words="", index=0):
    return begin({"type": "text", "text": words}, index)


def use(index=0, call="toolu_1", name="book", **fields):
    return begin({"type": "tool_use", "id": call, "name": name, "input": {}, **fields}, index)


def arguments(partial, index=0):
    return more({"type": "input_json_delta", "partial_json": partial}, index)


def words(parts):
    return "".join(part.text for part in parts if isinstance(part, TextDelta))


def calls(parts):
    return [(part.name, part.arguments, part.error) for part in parts if isinstance(part, ToolCall)]


SAID = {
    "no message_stop": [text(), more({"type": "text_delta", "text": "We open."}), end(), ENDED],
    "no end of the block": [text("We open."), ENDED],
    "no stop_reason": [text("We open."), end(), STOPPED],
    "no beginning of the block": [more({"type": "text_delta", "text": "We open."}), ENDED, STOPPED],
    "no kind of delta": [text(), more({"text": "We open."}), ENDED],
    "[DONE]": [text("We open."), "[DONE]"],
    "a delta of the message in between": [
        text("We "),
        {"type": "message_delta", "delta": {"stop_reason": None}, "usage": {"output_tokens": 1}},
        more({"type": "text_delta", "text": "open."}),
        ENDED,
    ],
    "unknown events, blocks and deltas": [
        {"type": "message_hello"},
        {"type": "content_block_hello", "index": 0},
        begin({"type": "server_thing"}),
        more({"type": "thing_delta"}),
        end(),
        {"type": "ping"},
        text("We open.", 1),
        end(1),
        end(1),
        ENDED,
        STOPPED,
    ],
    "thinking": [
        begin({"type": "thinking", "thinking": ""}),
        more({"type": "thinking_delta", "thinking": "Hm."}),
        more({"type": "signature_delta", "signature": "x"}),
        end(),
        text("We open.", 1),
        ENDED,
    ],
    "tags in the text": [text("<think>Hm.</think>We "), more({"type": "text_delta", "text": "open.</s>"}), ENDED],
    "a whole message": [
        {"type": "message", "content": [{"type": "text", "text": "We open."}], "stop_reason": "end_turn"}
    ],
}


@pytest.mark.parametrize("events", SAID.values(), ids=SAID)
def test_the_answer_is_said_in_whatever_shape_it_comes(events):
    parts = fold(*events)
    assert (words(parts), calls(parts)) == ("We open.", [])


CALLED = {
    "no end of the block": ([use(), arguments('{"n"'), arguments(": 1}"), ENDED], [ONE]),
    "an end after the end": ([use(), arguments('{"n": 1}'), ENDED, end(), STOPPED], [ONE]),
    "whole at the beginning": ([use(input={"n": 1}), end(), ENDED], [ONE]),
    "whole and in pieces": ([use(input={"n": 1}), arguments('{"n": 1}'), end(), ENDED], [ONE]),
    "an object as a piece": ([use(), arguments({"n": 1}), end(), ENDED], [ONE]),
    "an empty object first": ([use(), arguments("{}"), arguments('{"n": 1}'), end(), ENDED], [ONE]),
    "no pieces": ([use(name="now"), arguments(None), end(), ENDED], [("now", {}, None)]),
    "one index": ([use(), arguments('{"n": 1}'), use(), arguments('{"n": 2}'), ENDED], [ONE, TWO]),
    "one id": (
        [use(), arguments('{"n": 1}'), end(), use(1), arguments('{"n": 2}', 1), end(1), ENDED],
        [ONE, TWO],
    ),
    "no index": (
        [
            {"type": "content_block_start", "content_block": {"type": "tool_use", "id": "x", "name": "book"}},
            {"type": "content_block_delta", "delta": {"type": "input_json_delta", "partial_json": '{"n": 1}'}},
            {"type": "content_block_stop"},
            ENDED,
        ],
        [ONE],
    ),
    "written as text": ([text('<tool_call>{"name": "book", "arguments": {"n": 1}}</tool_call>'), ENDED], [ONE]),
    "a whole message": (
        [{"type": "message", "content": [{"type": "tool_use", "name": "book", "input": {"n": 1}}], "stop_reason": "x"}],
        [ONE],
    ),
}


@pytest.mark.parametrize(("events", "expected"), CALLED.values(), ids=CALLED)
def test_calls_are_made_in_whatever_shape_they_come(events, expected):
    parts = fold(*events)
    assert calls(parts) == expected
    assert words(parts) == ""
    ids = [part.id for part in parts if isinstance(part, ToolCall)]
    assert len({*ids, "", "toolu_0"}) == len(ids) + 2


def test_an_id_that_was_used_before_is_replaced():
    [call] = [part for part in fold(use(call="toolu_0"), ENDED) if isinstance(part, ToolCall)]
    assert call.id not in ("", "toolu_0")


def test_arguments_that_were_cut_off_are_an_error_for_the_model():
    [(name, given, error)] = calls(fold(use(), arguments('{"n": '), ENDED))
    assert (name, given) == ("book", {})
    assert error


def test_thinking_and_arguments_are_signs_of_life_and_a_ping_is_none():
    taken = answer()
    assert taken.read(begin({"type": "thinking", "thinking": ""})) == [Alive()]
    assert taken.read(more({"type": "thinking_delta", "thinking": "Hm"})) == [Alive()]
    assert taken.read(use(1)) == [ToolCallBegan()]
    assert taken.read(arguments("{", 1)) == [Alive()]
    assert taken.read({"type": "ping"}) == []


def test_thinking_belongs_to_the_call_it_led_to():
    taken = answer()
    for event in (begin({"type": "thinking", "thinking": "Hm", "signature": "s"}), end(), use(1), end(1)):
        taken.read(event)
    assert taken.thoughts == {"toolu_1": [{"type": "thinking", "thinking": "Hm", "signature": "s"}]}


@pytest.mark.parametrize(
    ("events", "expected", "why"),
    [
        ([text("We"), end()], ProviderMisbehaved, "without message_stop"),
        ([use(), arguments('{"n": 1}')], ProviderMisbehaved, "without message_stop"),
        ([{"type": "ping"}] * 3, ProviderMisbehaved, "without message_stop"),
        (["[DONE]"], ProviderMisbehaved, "without message_stop"),
        ([arguments("{}"), ENDED], ProviderMisbehaved, "no call"),
        ([text("We"), {"type": "error", "error": {"type": "overloaded_error"}}], ProviderUnavailable, "overloaded"),
        ([{"type": "error", "error": {"type": "invalid_request_error", "message": "no"}}], ProviderRejected, "no"),
        ([{"error": {"type": "rate_limit_error", "message": "slow"}}], ProviderUnavailable, "slow"),
        ([{"error": "no"}], ProviderRejected, "no"),
        ([{"type": "message_delta", "delta": {"stop_reason": "refusal"}}], ProviderRejected, "refused"),
    ],
)
def test_a_stream_that_ends_wrongly_is_told_apart(events, expected, why):
    with pytest.raises(expected, match=why):
        fold(*events)


def test_arguments_that_do_not_end_are_an_error():
    with pytest.raises(ValueError, match="do not end"):
        fold(use(), *[arguments(" " * 50_000)] * 9)


def test_tokens_are_counted_from_the_beginning_and_at_the_end():
    begun = {"type": "message_start", "message": {"usage": {"input_tokens": 5, "output_tokens": 1}}}
    parts = fold(begun, ENDED | {"usage": {"output_tokens": 9}})
    assert parts == [Usage(5, 1), Usage(0, 8)]
