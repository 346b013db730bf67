"""Which words want the floor."""

import pytest

from voice.policy import BACKCHANNELS
from voice.turn.backchannel import floor_words, normalized


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", 0),
        ("Mhm.", 0),
        ("Yeah, okay!", 0),
        ("Mm-hmm, I see.", 0),
        ("All right, got it", 0),
        ("I want", 2),
        ("I see a problem", 2),
        ("Yeah, but wait", 2),
        ("Stop!", 1),
        ("no", 1),
    ],
)
def test_words_left_without_backchannels(text: str, words: int) -> None:
    assert words == floor_words(text, BACKCHANNELS)


def test_case_and_punctuation_do_not_make_a_difference() -> None:
    assert normalized("Book a table, please!") == normalized("book a table please")
    assert normalized("Don't.") == "don't"
