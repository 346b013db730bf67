import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice.providers.openai.pieces import CallPieces
from voice.providers.tool_names import ToolNames

ONE, TWO = ("book", {"n": 1}), ("book", {"n": 2})
NOW = ("now", dict[str, int]())


def piece(index=None, call=None, name=None, arguments=None):
    function = {key: value for key, value in (("name", name), ("arguments", arguments)) if value is not None}
    given_ = {key: value for key, value in (("index", index), ("id", call)) if value is not None}
    return {**given_, "function": function}


def calls(*pieces):
    """The calls in `pieces`, in the order of their arguments."""
    taken = CallPieces(ToolNames(["book", "now"]))
    done = [call for one in pieces for call in taken.add(one)[1]] + taken.close()
    return sorted(((call.name, json.loads(call.arguments or "{}")) for call in done), key=str)


CALLS = {
    "id changes": ([piece(0, "a", "book", '{"n"'), piece(0, "b", "book", ": 1}")], [ONE]),
    "id comes later": ([piece(0, None, "book", '{"n"'), piece(0, "a", None, ": 1}")], [ONE]),
    "name comes last": ([piece(0, "a", None, '{"n": 1}'), piece(0, None, "book", "")], [ONE]),
    "name comes after half": ([piece(0, "a", None, '{"n"'), piece(0, None, "book", ": 1}")], [ONE]),
    "name in two pieces": ([piece(0, "a", "bo", ""), piece(0, None, "ok", '{"n": 1}')], [ONE]),
    "name grows": ([piece(0, "a", "bo", ""), piece(0, None, "book", '{"n": 1}')], [ONE]),
    "index changes": ([piece(0, "a", "book", '{"n"'), piece(1, "a", None, ": 1}")], [ONE]),
    "index is missing later": ([piece(0, "a", "book", '{"n"'), piece(None, None, None, ": 1}")], [ONE]),
    "index is text": ([piece("0", "a", "book", '{"n"'), piece("0", None, None, ": 1}")], [ONE]),
    "index begins at 1": ([piece(1, "a", "book", '{"n": 1}'), piece(2, "b", "now", "")], [ONE, NOW]),
    "empty object first": ([piece(0, "a", "book", "{}"), piece(0, None, None, '{"n": 1}')], [ONE]),
    "whole object again": ([piece(0, "a", "book", '{"n": 1}'), piece(0, "a", "book", '{"n": 1}')], [ONE]),
    "name again": ([piece(0, "a", "book", '{"n": 1}'), piece(0, "a", "book", "")], [ONE]),
    "white space at the end": ([piece(0, "a", "book", '{"n": 1}'), piece(0, None, None, "\n\n")], [ONE]),
    "arguments as an object": ([piece(0, "a", "book", {"n": 1})], [ONE]),
    "one id, own index": ([piece(0, "a", "book", '{"n": 1}'), piece(1, "a", "book", '{"n": 2}')], [ONE, TWO]),
    "one id, own object": ([piece(0, "a", "book", '{"n": 1}'), piece(0, "a", "book", '{"n": 2}')], [ONE, TWO]),
    "one id, no index": ([piece(None, "a", "book", '{"n": 1}'), piece(None, "a", "book", '{"n": 2}')], [ONE, TWO]),
    "one id, equal, own index": ([piece(0, "a", "now", "{}"), piece(1, "a", "now", "{}")], [NOW, NOW]),
    "one index": ([piece(0, "a", "book", '{"n": 1}'), piece(0, "b", "book", '{"n": 2}')], [ONE, TWO]),
    "one index, no arguments": ([piece(0, "a", "now", ""), piece(0, "b", "book", '{"n": 1}')], [ONE, NOW]),
    "empty ids": ([piece(0, "", "book", '{"n": 1}'), piece(1, "", "now", "{}")], [ONE, NOW]),
    "one id, in pieces": (
        [
            piece(0, "a", "book", ""),
            piece(0, None, None, '{"n": 1}'),
            piece(0, "a", "book", ""),
            piece(0, None, None, '{"n": 2}'),
        ],
        [ONE, TWO],
    ),
    "one id, interleaved": (
        [
            piece(0, "a", "book", ""),
            piece(1, "a", "book", ""),
            piece(0, None, None, '{"n":'),
            piece(1, None, None, '{"n":'),
            piece(0, None, None, "1}"),
            piece(1, None, None, "2}"),
        ],
        [ONE, TWO],
    ),
    "all of it again after the next": (
        [piece(0, "a", "book", '{"n": 1}'), piece(1, "b", "now", "{}"), piece(0, "a", "book", '{"n": 1}')],
        [ONE, NOW],
    ),
}


@pytest.mark.parametrize(("pieces", "expected"), CALLS.values(), ids=CALLS)
def test_what_belongs_together_is_one_call_and_what_does_not_is_two(pieces, expected):
    assert calls(*pieces) == expected


def test_flat_pieces_and_those_of_other_vendors_are_read():
    assert calls({"index": 0, "id": "a", "name": "book", "arguments": '{"n": 1}'}) == [ONE]
    assert calls({"type": "tool_use", "id": "a", "name": "book", "input": {"n": 1}}) == [ONE]


def test_a_call_begins_once_and_is_handed_over_when_the_next_begins():
    taken = CallPieces(ToolNames(["book", "now"]))
    assert taken.add(piece(0, "a", "book", '{"n"')) == (True, [])
    assert taken.add(piece(0, None, None, ": 1}")) == (False, [])
    began, [first] = taken.add(piece(1, "b", "now", ""))
    assert (began, first.id) == (True, "a")
    assert [call.id for call in taken.close()] == ["b"]


def test_pieces_that_belong_to_nothing_are_nothing():
    assert calls(piece(0, None, None, "")) == []
    assert calls(piece(0, "a", "book", '{"n": 1}'), piece(1, "b", "now", "{}"), piece(0, None, None, " ")) == [ONE, NOW]


def test_a_call_without_a_name_keeps_its_arguments():
    assert calls(piece(0, "a", None, '{"n": 1}')) == [("", {"n": 1})]


def test_arguments_that_do_not_end_are_an_error():
    with pytest.raises(ValueError, match="do not end"):
        calls(piece(0, "a", "book", "{"), *[piece(0, None, None, " " * 50_000)] * 9)


@given(st.integers(-99, 99), st.text(max_size=6), st.data())
def test_arguments_may_be_cut_anywhere(number, text, data):
    written = json.dumps({"n": number, "text": text})
    ends = sorted([*data.draw(st.lists(st.integers(0, len(written)), max_size=5)), len(written)])
    cut = [written[begin:end] for begin, end in zip([0, *ends], ends, strict=False)]
    pieces = [piece(0, "a", "book", ""), *(piece(0, None, None, one) for one in cut)]
    assert calls(*pieces) == [("book", {"n": number, "text": text})]
