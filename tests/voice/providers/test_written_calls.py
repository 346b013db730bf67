import pytest

from voice.providers.tool_names import ToolNames
from voice.providers.written_calls import CallReader, WrittenCall

SCHEMAS = {"cafe.book": {"properties": {"n": {"type": "integer"}, "note": {"type": "string"}}}}
READER = CallReader(ToolNames(["cafe.book", "now"]), SCHEMAS)
ONE = WrittenCall("cafe.book", {"n": 1})
NOW = WrittenCall("now", {})

JSON = [
    '{"name": "cafe_book", "arguments": {"n": 1}}',
    '{"name": "cafe.book", "parameters": {"n": 1}}',
    '{"name": "cafe_book", "arguments": "{\\"n\\": 1}"}',
    '{"tool": "cafe_book", "args": {"n": 1}}',
    '{"tool_name": "cafe_book", "tool_input": {"n": 1}}',
    '{"action": "cafe_book", "action_input": {"n": 1}}',
    '{"type": "function", "function": {"name": "cafe_book", "arguments": {"n": 1}}}',
    '{"type": "tool_use", "id": "x", "name": "cafe_book", "input": {"n": 1}}',
    '{"function_call": {"name": "cafe_book", "arguments": "{\\"n\\": 1}"}}',
    '{"tool_calls": [{"name": "cafe_book", "arguments": {"n": 1}}]}',
    '{"tool_uses": [{"recipient_name": "functions.cafe_book", "parameters": {"n": 1}}]}',
    '{"cafe_book": {"n": 1}}',
    '{"arguments": {"n": 1}, "name": "cafe_book"}',
    "[{'name': 'cafe_book', 'arguments': {'n': 1,},}]",
]
OTHERS = [
    "<function=cafe_book>\n<parameter=n>\n1\n</parameter>\n</function>",
    '<function=cafe_book>{"n": 1}</function>',
    '<function name="cafe_book"><parameter name="n">1</parameter>',
    '<invoke name="cafe_book">\n<parameter name="n">1</parameter>\n</invoke>',
    "cafe_book\n<arg_key>n</arg_key>\n<arg_value>1</arg_value>",
    'cafe_book[ARGS]{"n": 1}',
    'cafe_book[CALL_ID]abc123[ARGS]{"n": 1}',
    'functions.cafe_book:0<|tool_call_argument_begin|>{"n": 1}<|tool_call_end|>',
    'function<｜tool▁sep｜>cafe_book\n```json\n{"n": 1}\n```',
    "call:cafe_book{n:1}",
    'cafe_book: {"n": 1}',
    '```json\n{"name": "cafe_book", "arguments": {"n": 1}}\n```',
]
PYTHON = ["cafe_book(n=1)", "[cafe_book(n=1)]", "print(default_api.cafe_book(n=1))", "cafe.book(n=1)", "cafe_book(1)"]


@pytest.mark.parametrize("body", [*JSON, *OTHERS, *PYTHON, "cafe_book.call(n=1)", "x = cafe_book(n=1)"])
def test_a_marked_call_is_read_in_the_form_of_every_family_of_models(body):
    assert READER.marked(body) == [ONE]


@pytest.mark.parametrize("body", [*JSON, *PYTHON])
def test_a_call_without_a_mark_is_known_by_its_shape(body):
    assert READER.bare(body, fenced=True) == [ONE]


@pytest.mark.parametrize(
    "body",
    [
        '{"name": "cafe_book", "arguments": {"n": 1}}\n{"name": "now", "arguments": {}}',
        '{"name": "cafe_book", "parameters": {"n": 1}}; {"name": "now"}',
        "[cafe_book(n=1), now()]",
        '<invoke name="cafe_book"><parameter name="n">1</parameter></invoke><invoke name="now"></invoke>',
        'functions.cafe_book:0<|x|>{"n": 1}<|tool_call_end|><|tool_call_begin|>functions.now:1<|x|>{}',
    ],
)
def test_several_calls_are_read_in_their_order(body):
    assert READER.marked(body) == [ONE, NOW]


@pytest.mark.parametrize(
    "text",
    [
        '{"price": 3}',
        '{"name": "Ann", "age": 3}',
        '{"name": "cafe_book", "n": 1}',
        "[1, 2]",
        "now we open",
        "other(n=1)",
        "{not json",
        "[]",
        "{}",
    ],
)
def test_other_text_is_no_call(text):
    assert READER.bare(text) == []


def test_a_call_of_no_known_tool_is_one_if_it_has_the_shape():
    assert READER.bare('{"name": "reserve", "arguments": {"n": 1}}') == [WrittenCall("reserve", {"n": 1})]


def test_values_in_tags_have_the_type_of_the_schema():
    body = "<function=cafe_book><parameter=note>42</parameter><parameter=n>42</parameter></function>"
    assert READER.marked(body) == [WrittenCall("cafe.book", {"note": "42", "n": 42})]


def test_the_last_brace_may_be_missing_between_marks():
    assert READER.marked('{"name": "cafe_book", "arguments": {"n": 1}') == [ONE]


def test_marks_around_nothing_are_no_call():
    assert READER.marked("\n") == []


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ('{"name": "cafe_book", "arguments": {"n": ', "cafe.book"),
        ("cafe_book(n=people)", "cafe.book"),
        ("cafe_book(1, 2, 3)", "cafe.book"),
        ('cafe_book{"n": 1} and {"n": 2}', "cafe.book"),
        ("% &", "unknown"),
    ],
)
def test_a_marked_call_that_cannot_be_read_is_an_error_at_its_tool(body, name):
    [call] = READER.marked(body)
    assert (call.name, call.arguments) == (name, {})
    assert call.error


def test_only_the_last_brackets_of_a_call_that_was_cut_off_may_be_missing():
    assert READER.begun('{"name": "cafe_book", "arguments": {"n": 1}') == [ONE]
    assert READER.begun('[{"name": "cafe_book", "arguments": {"n": 1}') == [ONE]
    [cut] = READER.begun('{"name": "cafe_book", "arguments": {"n": 1')
    assert cut.error
    assert READER.begun('{"name": "Ann", "age": 3') == []
