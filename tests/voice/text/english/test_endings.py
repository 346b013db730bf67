"""What a sentence that is not over ends with."""

import pytest

from voice.text.english.endings import acknowledges, ending, hesitation


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", ""),
        ("Book a table.", ""),
        ("I'd like to, um", "filler"),
        ("I'd like to, uhm...", "filler"),
        ("I'd like the", "word"),
        ("A table for.", "word"),
        ("We’re", "word"),
        ("A dark roast,", "mark"),
        ("Maybe tomorrow...", "mark"),
        ("My name is Jones -", "mark"),
        ("It was a 2018", "number"),
        ("It was a 2018.", ""),
        ("Twenty", "number"),
        ("S-i-t", "number"),
    ],
)
def test_fillers_function_words_open_marks_and_numbers_leave_a_sentence_open(text: str, what: str) -> None:
    assert ending(text) == what


@pytest.mark.parametrize(("text", "only"), [("Um.", True), ("Uh, um, hmm", True), ("Um, yes", False), ("", False)])
def test_a_hesitation_is_made_of_fillers_only(text: str, only: bool) -> None:
    assert hesitation(text) is only


@pytest.mark.parametrize(
    ("text", "only"), [("Okay.", True), ("Oh, sure, of course!", True), ("Okay, Tuesday", False), ("", False)]
)
def test_an_acknowledgement_says_nothing_else(text: str, only: bool) -> None:
    assert acknowledges(text) is only
