import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice.providers.loose_json import loads, values

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(VALUES)
def test_json_is_read_as_it_is(value):
    assert loads(json.dumps(value)) == value
    assert loads(json.dumps(value, ensure_ascii=False, indent=2)) == value


@given(st.dictionaries(st.sampled_from("abc"), st.none() | st.booleans() | st.integers() | st.text("x y"), max_size=3))
def test_pythons_literals_are_read_as_what_they_are(value):
    assert loads(repr(value)) == value


@pytest.mark.parametrize(
    "written",
    [
        '{"n": 1,}',
        "{n: 1}",
        '{"n": 1} // one',
        '# one\n{"n": /* that is */ 1}',
        "{'n': 1}}",
        '{"n": 1}])',
    ],
)
def test_what_has_one_meaning_is_read(written):
    assert loads(written) == {"n": 1}


def test_strings_hold_line_breaks_and_characters_in_two_escapes():
    assert loads('{"a": "x\ny", "b": \'\\ud83d\\ude00\\u00e9\\n\',}') == {"a": "x\ny", "b": "😀é\n"}


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ('{"n": ', "cut off"),
        ('{"n": "one', "cut off"),
        ('{"n": NaN}', "NaN"),
        ('{"n": 007}', "a value"),
        ("{'a': 'it's'}", "','"),
        ("{} then", "a value"),
        ('{"a" 1}', "':'"),
        ("{\"a\": '\\u12'}", "hexadecimal"),
        ("[" * 100_000, "deep"),
        ("", "0 values"),
        ("{} []", "2 values"),
    ],
)
def test_what_has_more_than_one_meaning_is_an_error_that_says_why(written, why):
    with pytest.raises(ValueError, match=why):
        loads(written)


def test_values_may_follow_each_other():
    assert values('{"a": 1}; [2],\n"3" None') == [{"a": 1}, [2], "3", None]


@given(st.text("{}[]\"':,\\ a1u\n/*#-.", max_size=30))
def test_no_text_raises_anything_but_a_value_error(text):
    with suppress(ValueError):
        values(text)
