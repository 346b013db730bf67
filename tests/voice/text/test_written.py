"""What was heard, in the words that were written."""

import pytest

from voice.text.speakable import Speakable
from voice.text.written import written_form


def spoken(text: str) -> str:
    filtered = Speakable("en")
    return filtered.push(text) + filtered.flush()


@pytest.mark.parametrize(
    "text", ["Your code is A7.", "**Two** tables at 18:30, for $12.50 each. 🎉", "Hello.", "Room 12, floor 3. Bye!"]
)
def test_what_was_heard_to_the_end_is_kept_as_it_was_written(text: str) -> None:
    assert written_form(text, spoken(text)) == text


def test_a_cut_answer_is_cut_at_a_word() -> None:
    assert written_form("Your table is at 18:30 by the window.", "Your table is at") == "Your table is at"


def test_a_number_half_heard_is_not_kept() -> None:
    assert written_form("The code is A7 today.", "The code is A") == "The code is"


def test_nothing_heard_is_nothing() -> None:
    assert written_form("Hello there.", "") == ""


def test_a_line_spoken_after_the_text_follows_it() -> None:
    assert (
        written_form("Code A7.", f"{spoken('Code A7.')} Sorry, something broke.") == "Code A7. Sorry, something broke."
    )


def test_lines_that_were_never_written_are_kept_as_heard() -> None:
    assert written_form("", "One moment, please.") == "One moment, please."


def test_what_was_read_is_kept_as_it_was_written() -> None:
    assert written_form("And 12 more at 18:30.", "And 12 more at") == "And 12 more at"


@pytest.mark.parametrize("text", ["👍", "...", "**"])
def test_of_what_cannot_be_said_nothing_was_heard(text: str) -> None:
    assert written_form(text, "") == ""
    assert written_form(text, "One moment, please.") == "One moment, please."


@pytest.mark.parametrize(
    "text",
    [
        "Mail anna_b@web.org or call 1-800-555-0199.",
        "It is USD 12.50, or 2 1/2 cups at $19.99/mo on 11/24/26.",
        "So $x^2$ grows [1](https://x.com), see <break time='1s'/> No. 5.",
    ],
)
def test_whatever_was_said_in_other_words_is_kept_as_it_was_written(text: str) -> None:
    assert written_form(text, spoken(text)) == text


def test_an_address_half_heard_is_not_kept() -> None:
    assert written_form("Mail anna_b@web.org now.", "Mail anna underscore") == "Mail"
