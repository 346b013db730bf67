"""What was heard, from what was played."""

import numpy as np
import pytest

from voice.audio import AudioFrame
from voice.speaking.cursor import Cursor
from voice.tts import Speech, Word


def speech(text: str, seconds: float, words: tuple[Word, ...] = ()) -> Speech:
    return Speech(text, AudioFrame(np.zeros(round(seconds * 1000), dtype=np.int16), 1000), words)


def cursor(*speeches: Speech) -> Cursor:
    result = Cursor()
    for one in speeches:
        result.append(one)
    result.finish()
    return result


@pytest.mark.parametrize(
    ("played", "heard"), [(0.0, ""), (0.19, ""), (0.21, "aaaa"), (1.0, "aaaa bbbb"), (1.4, "aaaa bbbb cccc")]
)
def test_without_timings_words_are_heard_in_proportion(played: float, heard: str) -> None:
    one = cursor(speech("aaaa bbbb cccc", 1.4))
    one.advance(played)
    assert heard == one.heard


def test_timings_beat_proportion() -> None:
    words = (Word("aaaa", 0.0, 0.1), Word("bbbb", 0.1, 0.2), Word("cccc", 1.3, 1.4))
    one = cursor(speech("aaaa bbbb cccc", 1.4, words))
    one.advance(0.2)
    assert one.heard == "aaaa bbbb"


def test_a_word_counts_from_its_middle() -> None:
    words = (Word("half", 0.0, 1.0),)
    one = cursor(speech("half", 2.0, words))
    one.advance(0.49)
    assert one.heard == ""
    one.advance(0.02)
    assert one.heard == "half"


def test_sentences_are_heard_one_after_the_other() -> None:
    one = cursor(speech("First one.", 1.0), speech("Second one.", 1.0))
    one.advance(1.0)
    assert one.heard == "First one."
    one.advance(1.0)
    assert one.heard == "First one. Second one."
    assert one.text == one.heard


def test_pieces_of_words_are_joined_as_they_were_cut() -> None:
    one = cursor(speech("Hel", 0.1), speech("lo the", 0.1), speech("re.", 0.1))
    one.advance(0.3)
    assert one.heard == "Hello there."


def test_a_segment_whose_audio_is_still_coming_is_not_taken_for_heard() -> None:
    one = Cursor()
    one.append(speech("a sentence of forty characters, or nearly", 0.1))
    one.advance(0.1)
    assert len(one.heard) < 10
    one.append(speech("", 2.6))
    one.finish()
    one.advance(2.6)
    assert one.heard == "a sentence of forty characters, or nearly"


def test_a_segment_is_announced_once_when_it_begins() -> None:
    one = cursor(speech("First.", 1.0), speech("Second.", 1.0))
    assert one.advance(0.02) == ["First."]
    assert one.advance(0.5) == []
    assert one.advance(0.5) == ["Second."]


def test_text_without_sound_is_heard_at_once() -> None:
    one = cursor(speech("Written.", 0.0))
    assert one.advance(0.0) == ["Written."]
    assert one.heard == "Written."
