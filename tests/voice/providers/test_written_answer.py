from mcp_types import Tool

from voice.chat import Chat, ToolCall
from voice.llm import Alive, TextDelta, ToolCallBegan
from voice.providers.remote import CallIds
from voice.providers.tool_names import ToolNames
from voice.providers.written_answer import WrittenAnswer

BOOK = Tool(name="cafe.book", input_schema={"properties": {"note": {"type": "string"}}})
CALL = '<tool_call>{"name": "cafe_book", "arguments": {"n": 1}}</tool_call>'
SENT = ToolCall("a", "cafe.book", {"n": 1})


def answer(**options):
    return WrittenAnswer(ToolNames(["cafe.book"]), [BOOK], CallIds(Chat("")), **{"thinking": False, **options})


def calls(parts):
    return [(part.name, part.arguments, part.error) for part in parts if isinstance(part, ToolCall)]


def test_words_calls_and_signs_of_life_are_parts_of_the_answer():
    taken = answer()
    parts = taken.push(f"Sure. {CALL}<think>Hm") + taken.flush()
    assert [type(part) for part in parts] == [TextDelta, ToolCallBegan, ToolCall, Alive]
    assert calls(parts) == [("cafe.book", {"n": 1}, None)]


def test_every_written_call_is_announced_and_has_an_id_of_its_own():
    taken = answer()
    parts = taken.push(CALL + CALL)
    assert [type(part) for part in parts] == [ToolCallBegan, ToolCall, ToolCallBegan, ToolCall]
    assert len({part.id for part in parts if isinstance(part, ToolCall)}) == 2


def test_a_call_that_was_also_sent_as_one_is_one():
    written_first, sent_first = answer(), answer()
    assert len(calls(written_first.push(CALL))) == 1
    assert written_first.sent([SENT]) == []
    assert written_first.sent([SENT]) == [SENT]
    assert sent_first.sent([SENT]) == [SENT]
    assert calls(sent_first.push(CALL)) == []
    assert len(calls(sent_first.push(CALL))) == 1


def test_a_written_call_that_cannot_be_read_counts_only_where_there_is_no_other():
    alone, beside = answer(), answer()
    broken = '<tool_call>{"name": "cafe_book", "arguments": {"n": </tool_call>'
    assert calls(alone.push(broken)) == []
    [(name, _, error)] = calls(alone.flush())
    assert name == "cafe.book"
    assert error
    beside.push(broken)
    beside.sent([SENT])
    assert beside.flush() == []


def test_the_schema_says_what_is_text():
    [call] = calls(answer().push("<function=cafe_book><parameter=note>42</parameter></function>"))
    assert call == ("cafe.book", {"note": "42"}, None)


def test_a_reasoning_that_the_template_has_opened_is_noticed():
    taken = answer()
    taken.push("Hm.</think>We open.")
    assert taken.thinking
    assert answer(thinking=True).push("Hm.</think>We open.")[-1] == TextDelta("We open.")
