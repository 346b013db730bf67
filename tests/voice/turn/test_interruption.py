"""Which words over the agent take the floor."""

import pytest

from voice.policy import InterruptionPolicy
from voice.turn.interruption import takes_floor


@pytest.mark.parametrize(
    ("text", "settled", "min_words", "takes"),
    [
        ("Stop!", True, 1, True),
        ("Mhm.", True, 1, False),
        ("", True, 1, False),
        ("I", False, 1, False),
        ("I want", False, 1, True),
        ("I see", False, 1, False),
        ("no wait", True, 2, True),
        ("no", True, 2, False),
        ("no wait", False, 2, False),
        ("Yeah, no wait", True, 2, True),
    ],
)
def test_enough_words_that_are_no_backchannel_take_the_floor_and_an_unsettled_last_word_does_not_count(
    text: str, settled: bool, min_words: int, takes: bool
) -> None:
    assert takes_floor(text, settled, InterruptionPolicy(min_words=min_words)) is takes


def test_the_backchannels_are_those_of_the_policy() -> None:
    assert takes_floor("Jawohl", True, InterruptionPolicy())
    assert not takes_floor("Jawohl", True, InterruptionPolicy(backchannels=("jawohl",)))
