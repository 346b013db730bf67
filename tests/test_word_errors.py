"""The yardstick measures right."""

import pytest

from tests.fakes.word_errors import errors, word_error_rate


@pytest.mark.parametrize(
    ("said", "heard", "count"),
    [
        ("A table for two.", "a table, for two", 0),
        ("A table for two.", "A table for you.", 1),
        ("A table for two.", "A table two.", 1),
        ("A table for two.", "A nice table for two.", 1),
        ("A table for two.", "", 4),
        ("", "Hello", 1),
    ],
)
def test_an_error_is_a_word_more_less_or_other(said, heard, count):
    assert errors(said, heard) == count


def test_the_rate_is_over_all_words():
    assert word_error_rate([("one two three", "one two three"), ("four", "for")]) == 0.25
