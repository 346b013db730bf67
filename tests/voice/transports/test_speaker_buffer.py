"""Between two clocks: no hole from jitter, no growing delay, no stale sound."""

import numpy as np

from voice.transports.speaker_buffer import SpeakerBuffer

RATE = 16_000
FRAME = 320


def frame(value):
    return np.full(FRAME, value, dtype=np.int16)


def taken(buffer, count=FRAME):
    return set(buffer.take(count).tolist())


def test_silence_comes_out_of_an_empty_buffer():
    assert taken(SpeakerBuffer(RATE)) == {0}


def test_sound_begins_when_two_frames_are_there_and_goes_on_without_a_hole():
    buffer = SpeakerBuffer(RATE)
    buffer.put(frame(1))
    assert taken(buffer) == {0}
    buffer.put(frame(2))
    assert [taken(buffer), taken(buffer)] == [{1}, {2}]


def test_a_single_last_frame_is_not_kept_for_ever():
    buffer = SpeakerBuffer(RATE)
    buffer.put(frame(1))
    assert {1} in [taken(buffer) for _ in range(4)]


def test_blocks_of_another_size_than_the_frames_are_filled():
    buffer = SpeakerBuffer(RATE)
    for value in (1, 2, 3):
        buffer.put(frame(value))
    out = np.concatenate([buffer.take(441) for _ in range(3)])
    assert out.tolist() == [1] * FRAME + [2] * FRAME + [3] * FRAME + [0] * (3 * 441 - 3 * FRAME)


def test_an_underrun_is_silence_and_then_collects_again():
    buffer = SpeakerBuffer(RATE)
    buffer.put(frame(1))
    buffer.put(frame(2))
    buffer.take(2 * FRAME)
    assert taken(buffer) == {0}
    buffer.put(frame(3))
    assert taken(buffer) == {0}
    buffer.put(frame(4))
    assert taken(buffer) == {3}


def test_a_card_that_stands_still_costs_the_oldest_sound_not_memory():
    buffer = SpeakerBuffer(RATE)
    for value in range(1000):
        buffer.put(frame(value))
    assert taken(buffer) == {950}


def test_what_is_cleared_is_not_heard_and_sound_begins_anew():
    buffer = SpeakerBuffer(RATE)
    for value in (1, 2, 3):
        buffer.put(frame(value))
    assert taken(buffer) == {1}
    assert buffer.held == 2 * FRAME / RATE
    buffer.clear()
    assert (buffer.held, taken(buffer)) == (0.0, {0})
    buffer.put(frame(4))
    assert taken(buffer) == {0}
    buffer.put(frame(5))
    assert [taken(buffer), taken(buffer)] == [{4}, {5}]
