"""The splitter: where it cuts, when it cuts, and that it loses nothing."""

from collections.abc import AsyncIterator, Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice.text.sentences import CLAUSE, EARLY, LONGEST, SentenceSplitter, sentences


def split(deltas: Iterable[str]) -> list[str]:
    splitter = SentenceSplitter()
    pieces = [piece for delta in deltas for piece in splitter.push(delta)]
    return pieces + splitter.flush()


@pytest.mark.parametrize(
    "expected",
    [
        ["Yes.", "We open at 9 a.m. on Mondays.", "See you!"],
        ["No.", "We do not."],
        ["We close at 5 p.m.", "See you then."],
        ["Dr. Smith and Mrs. J. K. Brown live in St. Ives e.g. near the U.S. embassy."],
        ["We are at 5 Main St. Apt. 4B today."],
        ["Our Ph.D. students help Gov. Smith."],
        ["Please call me.", "Thanks.", "It is ok.", "Dogs are welcome."],
        ["It takes approx. 5 minutes on Fri. 5 June."],
        ["Table No. 5 on Nov. 24 is yours."],
        ["Table No. five on Nov. third is yours."],
        ["We open in Nov.", "See you then."],
        ["No. five is free."],
        ["No. 12 and No. 14 are free."],
        ["No.", "we do not."],
        ["Dr. Smith lives at 12 Oak Ave. Suite 5.", "Go there."],
        ["Acme Co. Ltd. is at P.O. Box 12 or Rm. 5 of Bldg. 3."],
        ["The U.S. Embassy and the U.K. Consulate are here.", "Our M.D. Smith has a B.A. in it."],
        ["We ship in the U.S.", "We do not elsewhere."],
        ["Max. five people and tel. 12 with ext. 5.", "See fig. 2 and vol. 3."],
        ["Sgt. Pepper plays at Ft. Worth near Mt. Hood."],
        ["It costs 3.50 or 4.", "Which one?"],
        ['He said "Yes."', "Then he left (at last.)", "Fine?!", "Good..."],
        ["Well…", "let me see."],
        ["Today:", "1. Soup", "2. Bread", "- and butter"],
        ["Look at example.com today.", "It is all there."],
        ["So do I.", "And that is how it is."],
        ["We have tea, milk, etc.", "What would you like?"],
        ["We have tea, milk, etc. and nothing else."],
        ["It isn't.", "We can't."],
        ["Wirklich?", "Ja, das geht."],
        ["你好。", "我是。"],
    ],
    ids=lambda pieces: pieces[0],
)
def test_cuts_at_the_ends_of_sentences_and_lines(expected: list[str]) -> None:
    joint = "\n" if expected[0] == "Today:" else " "
    assert expected == [piece.strip() for piece in split([joint.join(expected)])]


@pytest.mark.parametrize(
    "text", ["Sure.", "Really?", "Oh!", "Well…", "Well...", 'It said "no."', "(It is.)", "No.", "Ten.\n"]
)
def test_an_end_that_the_text_shows_does_not_wait_for_the_next_delta(text: str) -> None:
    assert [text.strip()] == SentenceSplitter().push(text)


@pytest.mark.parametrize(
    "text", ["It costs 3.", "Dr.", "with J.", "at 9 a.m.", "tea, etc.", "table No.", "in Nov.", "e.g."]
)
def test_an_end_that_may_not_be_one_waits(text: str) -> None:
    splitter = SentenceSplitter()
    assert splitter.push(text) == []
    assert [text] == splitter.flush()


def test_the_first_words_go_out_at_a_clause_mark_and_later_ones_stay_whole() -> None:
    first = "I can certainly look that up for you,"
    later = " but I will need your name, your number and the day."
    assert len(first) > EARLY
    assert len(later) < CLAUSE
    splitter = SentenceSplitter()
    assert [first] == splitter.push(first)
    assert [later] == splitter.push(later)


@pytest.mark.parametrize("mark", [",", ";", ":", " –", " -", "—"])
def test_every_clause_mark_counts(mark: str) -> None:
    head = f"I can certainly look that up for you{mark}"
    assert [head, " one moment"] == split([head + " one moment"])


@pytest.mark.parametrize("joint", [",000", ":30", "–20", "-hand"])
def test_marks_inside_numbers_and_words_are_no_clause_marks(joint: str) -> None:
    text = f"The amount that you are looking for is 10{joint} exactly"
    assert [text] == split([text])
    at = text.index(joint)
    assert [text] == split([text[: at + 1], text[at + 1 :]])


def test_a_short_first_sentence_lets_the_second_go_out_early_too() -> None:
    assert split(["Yes. I can look that up for you right now,"]) == ["Yes.", " I can look that up for you right now,"]


def test_a_sentence_without_end_is_cut_between_words() -> None:
    pieces = split("word " for _ in range(200))
    assert len(pieces) > 3
    assert all(LONGEST - 10 < len(piece) <= LONGEST for piece in pieces[:-1])
    assert all(word == "word" for piece in pieces for word in piece.split())


def test_a_word_longer_than_the_limit_is_not_cut() -> None:
    assert split(["a" * 400, " b"]) == ["a" * 400, " b"]


@pytest.mark.parametrize("text", ["", " ", "...", "?!", ' "." ', "\n\n", "- * -", "—"])
def test_nothing_to_say_is_nothing(text: str) -> None:
    assert split([text]) == []
    assert split(text) == []


def test_marks_that_come_late_go_to_the_next_sentence_and_are_dropped_at_the_end() -> None:
    assert split(['He said "Yes.', '" Then he left.']) == ['He said "Yes.', '" Then he left.']
    assert split(['He said "Yes.', '"']) == ['He said "Yes.']


def test_flush_leaves_a_new_splitter() -> None:
    splitter = SentenceSplitter()
    splitter.push("One sentence that is not over")
    splitter.flush()
    assert splitter.flush() == []
    assert splitter.push("Two.") == ["Two."]


ALPHABET = [
    "a",
    "B",
    "I",
    "Dr",
    "No",
    "etc",
    "e.g",
    "word",
    "seven",
    "3",
    "12",
    " ",
    " ",
    " ",
    "\n",
    *'.?!…,;:—-–"”)(',
    "。",
]


TEXTS = st.lists(st.sampled_from(ALPHABET), min_size=1, max_size=120).map("".join)
ANYTHING = st.text(max_size=400) | TEXTS


@st.composite
def texts_in_deltas(draw: st.DrawFn) -> list[str]:
    """A text in two to nine deltas."""
    text = draw(ANYTHING)
    at = sorted(draw(st.lists(st.integers(0, len(text)), min_size=1, max_size=8)))
    return [text[i:j] for i, j in zip([0, *at], [*at, len(text)], strict=True)]


@st.composite
def texts_in_words(draw: st.DrawFn) -> list[str]:
    """A text in deltas that begin at a space or inside a word."""
    deltas = [""]
    text = draw(TEXTS)
    for before, char in zip(" " + text, text, strict=False):
        if (char.isspace() or (char.isalnum() and before.isalnum())) and draw(st.booleans()):
            deltas.append("")
        deltas[-1] += char
    return deltas


@given(texts_in_deltas())
def test_pieces_are_the_text_however_it_arrives(cut: list[str]) -> None:
    text = "".join(cut)
    for deltas in ([text], list(text), cut):
        pieces = split(deltas)
        said = "".join(pieces)
        assert said == text[: len(said)]
        assert not any(c.isalnum() for c in text[len(said) :])
        assert all(any(c.isalnum() for c in piece) and piece == piece.rstrip() for piece in pieces)


@given(texts_in_words())
def test_deltas_that_begin_at_a_space_or_inside_a_word_make_no_difference(deltas: list[str]) -> None:
    assert split(["".join(deltas)]) == split(deltas)


@given(ANYTHING)
def test_a_piece_is_longer_than_the_limit_only_by_its_first_word(text: str) -> None:
    for piece in split([text]):
        assert len(piece) <= LONGEST or len(piece.split()) == 1


async def test_sentences_come_while_the_text_is_still_being_written() -> None:
    given: list[str] = []

    async def text() -> AsyncIterator[str]:
        for delta in ("One", ". ", "Two"):
            given.append(delta)
            yield delta

    stream = sentences(text())
    assert await anext(stream) == "One."
    assert given == ["One", ". "]
    assert [piece async for piece in stream] == [" Two"]


async def test_closing_the_sentences_closes_their_source() -> None:
    closed = []

    async def text() -> AsyncIterator[str]:
        try:
            while True:
                yield "Again. "
        finally:
            closed.append(True)

    stream = sentences(text())
    await anext(stream)
    await stream.aclose()
    assert closed == [True]
