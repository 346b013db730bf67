"""Arrival times in, loop times of moments in the audio out: no loop, no audio."""

import random

import pytest

from voice.hearing.audio_clock import AudioClock

FRAME = 0.02


def hear(clock: AudioClock, arrivals: list[float]) -> None:
    for at in arrivals:
        clock.arrived(FRAME, at)


def on_time(count: int, start: float = 100.0) -> list[float]:
    """When frames arrive whose first sample is spoken at `start`."""
    return [start + FRAME * (number + 1) for number in range(count)]


def test_a_moment_is_as_long_after_the_first_sample_as_its_place_says() -> None:
    clock = AudioClock()
    hear(clock, on_time(50))
    assert clock.time_of(0.5) == pytest.approx(100.5)


def test_frames_that_come_late_do_not_make_the_audio_late() -> None:
    clock, chance = AudioClock(), random.Random(1)
    hear(clock, [at + (0.0 if number % 20 == 0 else 0.08 * chance.random()) for number, at in enumerate(on_time(1000))])
    assert clock.time_of(clock.heard) == pytest.approx(100.0 + clock.heard, abs=1e-6)


def test_a_first_frame_that_was_late_is_forgotten_as_soon_as_one_is_early() -> None:
    clock = AudioClock()
    hear(clock, [100.09, *on_time(2)[1:]])
    assert clock.time_of(0.0) == pytest.approx(100.0)


def test_a_stall_of_the_reader_does_not_move_the_audio() -> None:
    clock = AudioClock()
    hear(clock, [max(at, 101.7) if at > 101.0 else at for at in on_time(200)])
    assert clock.time_of(0.9) == pytest.approx(100.9)
    assert clock.time_of(clock.heard) == pytest.approx(100.0 + clock.heard)


@pytest.mark.parametrize("drift", [2e-4, -2e-4])
def test_clocks_that_drift_apart_are_followed_within_a_millisecond(drift: float) -> None:
    clock = AudioClock()
    arrivals = [100.0 + FRAME * (1 + drift) * (number + 1) for number in range(180_000)]  # an hour
    hear(clock, arrivals)
    assert clock.time_of(clock.heard) == pytest.approx(arrivals[-1], abs=1e-3)


def test_after_a_track_was_muted_the_audio_goes_on_at_another_time() -> None:
    clock = AudioClock()
    hear(clock, [*on_time(100), *on_time(1, start=110.0)])
    assert clock.time_of(1.5) == pytest.approx(101.5)
    assert clock.time_of(2.01) == pytest.approx(110.01)


def test_audio_lost_for_a_moment_is_made_up_for_within_two_seconds() -> None:
    clock = AudioClock()
    hear(clock, [*on_time(100), *on_time(100, start=102.1)])
    assert clock.time_of(clock.heard) == pytest.approx(104.1)


def test_audio_that_jumps_ahead_is_followed_at_once() -> None:
    clock = AudioClock()
    hear(clock, [*on_time(100), 102.0, 102.0, 102.0])
    assert clock.time_of(clock.heard) == pytest.approx(102.0)


def test_no_moment_that_was_heard_is_in_the_future() -> None:
    clock, chance, now = AudioClock(), random.Random(2), 0.0
    for _ in range(5000):
        now += chance.choice([0.0, 0.01, 0.02, 0.03, 0.3])
        clock.arrived(FRAME, now)
        assert clock.time_of(clock.heard) <= now + 1e-9
