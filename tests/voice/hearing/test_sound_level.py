"""The last sound of speech, inside the detector's windows: made-up sound with a known end."""

import numpy as np
import pytest

from tests.fakes.sounds import noise, tone
from voice.hearing.sound_level import Loudness, SoundLevel

WINDOW = 512
RATE = 16_000


def silence_after(sound: np.ndarray, speech_windows: int, level: SoundLevel | None = None) -> list[float]:
    """Seconds of silence at the end of each window; the first `speech_windows` are speech for the detector."""
    if level is None:
        level = SoundLevel()
        room(level, np.zeros(WINDOW, dtype=np.int16))
    out = []
    for number in range(len(sound) // WINDOW):
        level.arrive(sound[number * WINDOW : (number + 1) * WINDOW])
        out.append(level.judged(number < speech_windows, anybody=True))
    return out


def room(level: SoundLevel, sound: np.ndarray) -> list[bool]:
    """`sound` while nobody speaks; whether each window was as quiet as the room."""
    quiet = []
    for number in range(len(sound) // WINDOW):
        quiet.append(level.arrive(sound[number * WINDOW : (number + 1) * WINDOW]) is Loudness.ROOM)
        level.judged(False, anybody=False)
    return quiet


@pytest.mark.parametrize("end", [16_000, 16_100, 16_383, 16_385])
def test_the_end_is_found_to_two_milliseconds_wherever_it_is_in_a_window(end: int) -> None:
    sound = np.concatenate((tone(2.0)[:end], np.zeros(RATE, dtype=np.int16)))
    silences = silence_after(sound, 34)
    for number in range(34, len(silences)):
        assert (number + 1) * WINDOW / RATE - silences[number] == pytest.approx(end / RATE, abs=0.002)


def test_sound_40_decibels_below_speech_is_silence_and_30_below_is_not() -> None:
    speech, windows = tone(1.024, level=0.3), 32
    for below, silent in ((30, False), (40, True)):
        rest = tone(0.256, level=0.3 * 10 ** (-below / 20))
        silences = silence_after(np.concatenate((speech, rest)), windows)
        assert (silences[-1] > 0.2) is silent


def test_a_room_that_hums_does_not_hide_the_end() -> None:
    level, hum = SoundLevel(), noise(4.0, level=0.001)
    room(level, hum[:RATE])
    sound = hum[: 2 * RATE].copy()
    sound[:RATE] += tone(1.0)
    silences = silence_after(sound, 33, level)
    assert len(silences) * WINDOW / RATE - silences[-1] == pytest.approx(1.0, abs=0.01)


def test_in_a_room_as_loud_as_soft_sounds_nothing_is_said() -> None:
    level, hum = SoundLevel(), noise(4.0, level=0.02)
    room(level, hum[:RATE])
    assert set(silence_after(hum, 4, level)) == {0.0}


def test_before_anybody_spoke_nothing_is_said() -> None:
    assert set(silence_after(np.zeros(RATE, dtype=np.int16), 0)) == {0.0}


def test_a_room_is_quiet_at_its_own_level_and_not_with_somebody_in_it() -> None:
    level, hum = SoundLevel(), noise(2.0, level=0.003)
    assert all(room(level, hum)[32:])
    assert not any(room(level, hum[:RATE] + tone(1.0, level=0.02)))


def test_digital_silence_is_quiet() -> None:
    assert all(room(SoundLevel(), np.zeros(2 * RATE, dtype=np.int16))[32:])


def test_no_room_is_known_in_the_first_second_since_audio_may_begin_in_speech() -> None:
    assert not any(room(SoundLevel(), np.zeros(RATE, dtype=np.int16)))


def test_a_room_that_has_become_louder_is_known_after_seconds() -> None:
    level = SoundLevel()
    room(level, noise(1.0, level=0.001))
    louder = noise(8.0, level=0.004)
    assert not any(room(level, louder[:RATE]))
    assert all(room(level, louder)[-30:])


def test_speech_is_as_loud_as_speech_until_it_fades_by_10_decibels() -> None:
    level = SoundLevel()
    room(level, np.zeros(WINDOW, dtype=np.int16))
    silence_after(tone(1.024, level=0.3), 32, level)
    louds = [level.arrive(tone(0.032, level=0.3 * 10 ** (-below / 20))) for below in (0, 8, 12, 30)]
    assert louds == [Loudness.SPEECH, Loudness.SPEECH, Loudness.BETWEEN, Loudness.BETWEEN]
