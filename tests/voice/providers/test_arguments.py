import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice.providers.arguments import is_object, joined, read_arguments, repeats

ONE = {"n": 1}


@pytest.mark.parametrize(
    "sent", [None, "", " \n", "null", "None", '""', "{}", [], {}, "[]", "undefined", '"null"', "\ufeff"]
)
def test_nothing_in_all_its_spellings_is_no_arguments(sent):
    assert read_arguments(sent) == {}


@pytest.mark.parametrize(
    "sent",
    [
        ONE,
        [ONE],
        '{"n": 1}',
        '[{"n": 1}]',
        json.dumps('{"n": 1}'),
        json.dumps(json.dumps('{"n": 1}')),
        '{}{"n": 1}',
        '{"n": 1}{}',
        '{"n": 1}{"n": 1}',
        '{"n": 1}\n\n{"n": 1}',
        "{'n': 1}",
        '{"n": 1,}',
        "{n: 1}",
        '{"n": 1}}',
        '```json\n{"n": 1}\n```',
        "```\n{'n': 1}\n```",
        '{"n": 1} // one person',
        '{"n": 1}<|im_end|>',
        '{"n": 1}\n</tool_call>',
        '{"n": 1}</s>',
        '<|constrain|>json<|message|>{"n": 1}<|call|>',
        '{"name": "book", "arguments": {"n": 1}}',
        '{"name": "book", "parameters": "{\\"n\\": 1}"}',
    ],
)
def test_one_object_is_understood_in_every_shape(sent):
    assert read_arguments(sent, "book") == ONE


@pytest.mark.parametrize(
    "sent",
    [
        '{"n": ',
        '{"n": "one',
        "[1]",
        [1, 2],
        '[{"n": 1}, {"n": 2}]',
        "7",
        "true",
        "one",
        '{"n": NaN}',
        {"n": float("nan")},
        '{"n": 1e999}',
        '{"n": 1}{"n": 2}',
        '{"n": 1}{"m": 2}',
        "[" * 100_000,
    ],
)
def test_what_is_cut_off_or_ambiguous_or_no_object_is_an_error(sent):
    with pytest.raises(ValueError, match=r"\w"):
        read_arguments(sent)


def test_a_name_among_the_arguments_is_an_argument():
    assert read_arguments('{"name": "Ann"}', "book") == {"name": "Ann"}
    assert read_arguments('{"name": "book", "n": 1}', "book") == {"name": "book", "n": 1}
    assert read_arguments('{"name": "book"}', "book") == {"name": "book"}


def test_half_a_character_can_still_be_sent():
    assert read_arguments('{"a": "\\ud83d!"}') == {"a": "\ufffd!"}


@given(st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=5) | st.none(), max_size=4), st.data())
def test_pieces_of_any_size_are_one_object(value, data):
    text = json.dumps(value)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=4)))
    pieces = [text[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    assert read_arguments(joined(pieces)) == value
    grown = [text[:end] for end in [*cuts, len(text)]]
    assert read_arguments(joined([piece for piece in grown if piece])) == value
    assert read_arguments(joined([*pieces, text])) == value


def test_pieces_that_are_no_json_are_left_as_they_came():
    assert joined(['{"n"', ": "]) == '{"n": '
    assert joined([]) == ""


def test_only_a_whole_object_is_an_object():
    assert [is_object(text) for text in ("{}", '{"n": 1} ', "[]", '{"n"', "[" * 100_000)] == [
        True,
        True,
        False,
        False,
        False,
    ]


def test_an_object_repeats_another_that_says_no_more():
    assert repeats({"a": 1, "b": 2}, {"a": 1})
    assert not repeats({"a": 1}, {"a": 2})
    assert not repeats({"a": 1}, {"b": 1})
