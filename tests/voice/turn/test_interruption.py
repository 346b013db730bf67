"""Which words over the agent take the floor, and when."""

import pytest

from voice.policy import InterruptionPolicy
from voice.turn.interruption import goes_on, took_floor

POLICY = InterruptionPolicy()
LONG = POLICY.sure_overlap
SHORT = POLICY.short_overlap - 0.1


@pytest.mark.parametrize(
    ("text", "settled", "min_words", "takes"),
    [
        ("", True, 1, False),
        ("Mhm.", True, 1, False),
        ("I", False, 1, False),
        ("I see", False, 1, False),
        ("Tuesday", False, 1, True),
        ("I want", False, 1, True),
        ("Tuesday", True, 2, False),
        ("On Tuesday", True, 2, True),
        ("Yeah, on Tuesday", True, 2, True),
    ],
)
def test_speech_that_goes_on_takes_the_floor_with_words_that_can_be_no_backchannel(
    text: str, settled: bool, min_words: int, takes: bool
) -> None:
    assert goes_on(text, settled, LONG, InterruptionPolicy(min_words=min_words)) is takes


@pytest.mark.parametrize(
    ("text", "settled", "takes"),
    [("Tuesday at nine", True, False), ("Stop", False, False), ("Stop", True, True), ("Okay, wait", True, True)],
)
def test_speech_that_has_just_begun_takes_it_only_by_a_word_that_asks_for_it(
    text: str, settled: bool, takes: bool
) -> None:
    assert goes_on(text, settled, 0.3, POLICY) is takes


@pytest.mark.parametrize(
    ("text", "seconds", "takes"),
    [
        ("", LONG, False),
        ("Okay.", LONG, False),
        ("Tuesday.", LONG, True),
        ("Kate.", SHORT, False),
        ("Keep moving", SHORT, False),
        ("Not that one", SHORT, True),
        ("Stop!", SHORT, True),
        ("No.", SHORT, True),
    ],
)
def test_short_speech_that_is_over_may_have_been_misheard(text: str, seconds: float, takes: bool) -> None:
    assert took_floor(text, seconds, POLICY) is takes


def test_a_call_for_the_floor_is_no_shorter_than_the_policy_allows() -> None:
    assert not took_floor("Stop!", SHORT, InterruptionPolicy(min_words=2))
    assert took_floor("Stop it!", SHORT, InterruptionPolicy(min_words=2))


def test_the_words_are_those_of_the_policy() -> None:
    assert took_floor("Jawohl", LONG, POLICY)
    assert not took_floor("Jawohl", LONG, InterruptionPolicy(backchannels=("jawohl",)))
    assert took_floor("Halt", SHORT, InterruptionPolicy(calls=("halt",)))
