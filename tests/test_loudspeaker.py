"""The tests' loudspeaker: periods, a queue, and what was audible when."""

import pytest

from tests.fakes.loudspeaker import Loudspeaker
from voice.audio import silence


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_sound_begins_with_the_next_period_and_goes_on_without_a_gap(clock: Clock) -> None:
    speaker = Loudspeaker(clock, period=0.01, phase=0.004)
    clock.now = 0.001
    speaker.play(silence(0.02, 24_000))
    clock.now = 0.02
    speaker.play(silence(0.02, 24_000))
    clock.now = 1.0
    assert speaker.sounded == [(pytest.approx(0.004), pytest.approx(0.044))]  # type: ignore[comparison-overlap]
    assert speaker.audible(0.0, 0.014) == pytest.approx(0.01)


def test_what_comes_too_late_leaves_a_gap(clock: Clock) -> None:
    speaker = Loudspeaker(clock, period=0.01)
    speaker.play(silence(0.02, 24_000))
    clock.now = 0.05
    speaker.play(silence(0.01, 24_000))
    clock.now = 1.0
    assert [round(begin, 3) for begin, _ in speaker.sounded] == [0.01, 0.06]


def test_the_delay_is_what_waits_and_the_rest_of_the_period(clock: Clock) -> None:
    speaker = Loudspeaker(clock, period=0.01)
    clock.now = 0.001
    speaker.play(silence(0.04, 24_000))
    assert speaker.delay == pytest.approx(0.04)
    clock.now = 0.015
    assert speaker.delay == pytest.approx(0.03 + 0.005)


def test_clearing_leaves_the_period_that_has_begun(clock: Clock) -> None:
    speaker = Loudspeaker(clock, period=0.01)
    clock.now = 0.001
    speaker.play(silence(0.5, 24_000))
    clock.now = 0.033
    speaker.clear()
    assert speaker.delay == pytest.approx(0.007)
    clock.now = 1.0
    assert speaker.sounded == [(pytest.approx(0.01), pytest.approx(0.04))]  # type: ignore[comparison-overlap]
