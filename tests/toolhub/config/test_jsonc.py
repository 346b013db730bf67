import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolhub.config.jsonc import loads


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{\n // mine\n "a": 1}', {"a": 1}),
        ('{"a": /* 1, */ 2, // "b": 3\r\n "c": [1, 2, /* no more */ ], }', {"a": 2, "c": [1, 2]}),
        ('/* by\n hand */ {"a": {"b": 1,},}\n// end', {"a": {"b": 1}}),
        (
            '{"url": "https://x//y/*z*/", "b": "a,]", "c": "\\"//\\\\"}',
            {"url": "https://x//y/*z*/", "b": "a,]", "c": '"//\\'},
        ),
        ('{"a": "\\ud83d\\ude00"}', {"a": "😀"}),
        ("[]", []),
    ],
)
def test_comments_and_trailing_commas_are_passed_over_outside_of_strings(text, value):
    assert loads(text) == value


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ('{\n // one\n "a": 1 "b": 2}', 3, 9),
        ('{/* one\n two */ "a": x}', 2, 14),
        ("[1, ,]", 1, 5),
        ("[,]", 1, 2),
        ('{"a": 1} /* open', 1, 10),
        ("// nothing", 1, 11),
        ('{"a": "b', 1, 7),
        ("{a: 1}", 1, 2),
    ],
)
def test_a_mistake_has_its_line_and_column_in_the_file_as_it_is(text, line, column):
    with pytest.raises(json.JSONDecodeError) as caught:
        loads(text)
    assert (caught.value.lineno, caught.value.colno) == (line, column)


NOISE = st.sampled_from(["", " ", "\n", "// x, ]}\n", "/* ,\n} */", '/* " */'])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


@given(VALUES, st.data())
def test_any_value_is_read_from_between_any_comments(value, data):
    tokens = re.findall(r'"(?:[^"\\]|\\.)*"|[^"\s]', json.dumps(value, indent=0), re.DOTALL)
    assert loads("".join(_noisy(tokens, data))) == value


def _noisy(tokens, data):
    """`tokens` with noise around those that are more than a letter or a digit, commas behind last members."""
    for before, token in zip(["", *tokens], tokens, strict=False):
        if token in "]}" and before not in "[{":
            yield data.draw(st.sampled_from(["", ","]))
        yield token
        yield data.draw(NOISE) if token in ",:[]{}" or token[0] == '"' else ""
