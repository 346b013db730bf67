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


@pytest.mark.parametrize(
    "text",
    [
        *("mhm", "Mm-hmm.", "mmhmm", "m-hm", "Mhmm", "mm hmm", "Mmm-hmm", "hmmm", "Mmmm", "Hm?"),
        *("uh huh", "Uhhuh", "uh-huh", "Uh, huh.", "umm", "uhm", "ah-ha", "Aha!", "oooh"),
        *("yeah yeah", "Yeahhh", "yup yup", "okay okay", "ok ok ok", "O.K.", "okaaay", "M'kay", "mkay", "right right"),
        *("oh I see", "thats right", "That's right.", "coool", "Mm-hmm, mm-hmm.", "all right, all right"),
    ],
)
def test_every_spelling_of_a_listeners_sound_is_one(text: str) -> None:
    assert floor_words(text, BACKCHANNELS) == 0


@pytest.mark.parametrize("text", ["uh-uh", "Mm-mm.", "nuh-uh", "no", "wait", "hello", "God", "one", "name", "human"])
def test_a_no_and_a_word_that_only_looks_like_one_are_none(text: str) -> None:
    assert floor_words(text, BACKCHANNELS) == 1


@pytest.mark.parametrize(
    "text",
    [
        *("[BLANK_AUDIO]", "[ Silence ]", "[MUSIC PLAYING]", "(music)", "(speaking in foreign language)", "*coughs*"),
        *(
            "♪",
            "♪♪",
            "♪ la la la ♪",
            "<noise>",
            "<|nospeech|>",
            "{cough}",
            "【音楽】",
            "（笑）",
            "[inaudible] (sighs)",
            "[BLA",
            "(mus",
        ),
    ],
)
def test_a_note_of_a_sound_is_no_word(text: str) -> None:
    assert normalized(text) == ""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[laughs] Yes please.", "yes please"),
        ("(clears throat) Book it *coughs* now", "book it now"),
        ("(555) 123-4567", "555 123-4567"),
        ("2*3 or 4*5", "2 3 or 4 5"),
        ("♪ la ♪ Stop", "stop"),
    ],
)
def test_words_beside_a_note_stay(text: str, words: str) -> None:
    assert words == normalized(text)
