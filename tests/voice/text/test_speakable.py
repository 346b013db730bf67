"""Markdown, emoji and addresses made speakable, however the text arrives."""

import re
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.filtered import said
from voice.text.speakable import Speakable, sayable, speakable

SAID = [
    # markdown
    ("**Bold**, *italic*, ***both***, __x__, _y_ and ~~gone~~", "Bold, italic, both, x, y and gone"),
    ("Run `make demo` in snake_case", "Run make demo in snake case"),
    ("# Title\n\nText\n## Sub ##", "Title\n\nText\nSub "),
    ("- one\n- two\n  * three\n+ four", "one\ntwo\nthree\nfour"),
    ("1. soup\n2) bread\n3.5 euros", "one, soup\ntwo, bread\nthree point five euros"),
    ("> quoted\n>> twice", "quoted\ntwice"),
    ("one\n\n---\n\ntwo\n***\nthree", "one\n\n\n\ntwo\n\nthree"),
    ("See [the menu](https://x.com/m_(1)?a=b) now", "See the menu now"),
    ("See [the menu](https://x.com/menu 'Menu'), ok", "See the menu, ok"),
    ("![a plan](plan.png) Hi! ![b](b.png)", "a plan Hi! b"),
    ("It is so [1] and so.[^2]", "It is so and so."),
    ("Code:\n```python\nprint(1)\n```\nDone.", "Code:\n\nDone."),
    ("Code:\n```\nnever closed", "Code:\n"),
    ("| A | B |\n|---|:-:|\n| x | y |\nend", "A , B \n\nx , y \nend"),
    (r"Not \*bold\*", "Not bold"),
    # HTML
    ("fish &amp; chips &lt; R&amp;D&nbsp;x&#39;s", "fish and chips less than R and D x's"),
    ("<b>bold</b><br/>next <!-- not this --><span class='a'>line</span>", "bold\nnext line"),
    # emoji
    ("Hi 👋🏽 all 👨‍👩‍👧 🇩🇪 ❤️ ☕ ok™", "Hi all ok"),
    ("🎉 Done", "Done"),
    ("1️⃣ soup", "one soup"),
    ("می‌خواهم naïve Ü", "می‌خواهم naïve Ü"),
    # addresses
    ("Go to https://www.my-cafe.com/a?b=c. Then", "Go to my dash cafe dot com. Then"),
    ("(see http://localhost:8080/x)", "(see localhost)"),
    ("<https://a.org>", "a dot org"),
    ("www.x24.org", "x two four dot org"),
    ("www.a.org&b=c, www.&", "a dot org, "),
    ("Mail info@cafe-luna.example, please.", "Mail info at cafe dash luna dot example, please."),
    ("Use Node.js, e.g. at 9 a.m. Yes.", "Use Node dot js, e.g. at nine a.m. Yes."),
    # symbols
    ("R&D, a + b = c, 50 % of ½, 1½ x", "R and D, a plus b equals c, fifty percent of one half, one and one half x"),
    ("2*3 and 2 * 3 but 3 < 5", "two times three and two times three but three less than five"),
    ("A -> B → C", "A to B to C"),
    ("#5 and #tag, ~5 minutes", "number five and tag, about five minutes"),
    # numbers in their places
    ("8-18, 8–18, 8 am – 6 pm, 9:00-17:00", "eight to eighteen, " * 2 + "eight AM to six PM, nine o'clock to five PM"),
    ("10-15% of $5 - $10", "ten to fifteen percent of five dollars to ten dollars"),
    ("Mon–Fri, well-known - yes", "Mon to Fri, well-known - yes"),
    ("-5 or (−3) or –$2", "minus five or ( minus three) or minus two dollars"),
    ("A7, B-12, 7A, GPT-4 and H2O", "A seven, B-twelve, seven A, GPT-four and H two O"),
    ("Ring (555) 123-4567 now", "Ring (five five five), one two three, four five six seven now"),
    ("On 2026-11-24 at 18:30.", "On November twenty-fourth, twenty twenty-six at six thirty PM."),
    ("I have 12. You have 7, 8 and 9.", "I have twelve. You have seven, eight and nine."),
    # nothing to do
    ("Well… “yes,” she said; (it's) fine: don't you think? Yes!", None),
    ("One\n\nTwo", None),
    ("", None),
]


@pytest.mark.parametrize(("text", "expected"), SAID)
def test_text_is_made_speakable(text: str, expected: str | None) -> None:
    assert (text if expected is None else expected) == said([text])


MARKS = [
    *"*_`#[]()<>|~-–+.,:!?@&=%$€/\\\n^{}'\"×²½₹°★†【】",
    " ",
    "  ",
    "http",
    "www.",
    "12",
    "3",
    "000",
    "24",
    "11/24",
    "2026",
]
MARKS += [
    "am",
    "km",
    "m",
    "h",
    "min",
    "mo",
    "USD",
    "US",
    "Rs",
    "pp",
    "lbs",
    "ft",
    "30s",
    "stars",
    "/5",
    "of",
    "é",
    "😀",
]
MARKS += [
    "word",
    "X",
    "I",
    "Smith",
    " Smith 2020",
    "et al.",
    "Nov",
    "call",
    "press",
    "mail",
    "code",
    "the ",
    "frac",
    "b",
]
MARKS += ["br", "a href", '="x"', "-", "№", "√", "No.", "com", "web.org", "$x", "\\(", "i"]
MARKED = st.lists(st.sampled_from(MARKS), min_size=1, max_size=40).map("".join)
MARKUP = re.compile(r"[0-9*_`#\[\]<>|~@&=%$€\\{}^【】]|https?://")


@st.composite
def in_deltas(draw: st.DrawFn, texts: st.SearchStrategy[str]) -> list[str]:
    """A text in deltas; none ends after a full stop inside a word (the documented exception)."""
    text = draw(texts)
    places = [i for i in range(1, len(text)) if not (text[i - 1] == "." and (text[i].isalnum() or text[i] == "_"))]
    at = sorted(draw(st.sets(st.sampled_from(places)))) if places else []
    return [text[i:j] for i, j in zip([0, *at], [*at, len(text)], strict=True)]


@given(in_deltas(st.sampled_from([text for text, _ in SAID])), st.sampled_from(["en", "de"]))
def test_how_it_is_cut_makes_no_difference(deltas: list[str], language: str) -> None:
    assert said(["".join(deltas)], language) == said(deltas, language)


@given(in_deltas(MARKED | st.text()), st.sampled_from(["en", "de"]))
def test_how_any_text_is_cut_makes_no_difference(deltas: list[str], language: str) -> None:
    assert said(["".join(deltas)], language) == said(deltas, language)


PARTS = [text for text, _ in SAID if text and "```" not in text]


@given(st.lists(st.sampled_from(PARTS), min_size=1, max_size=5), st.sampled_from([" ", "\n"]))
def test_what_is_speakable_stays_as_it_is(parts: list[str], joint: str) -> None:
    text = said([joint.join(parts)])
    assert text == said([text])
    assert not MARKUP.search(text)


@given(MARKED)
def test_nothing_of_any_markup_is_spoken(text: str) -> None:
    assert not MARKUP.search(said([text]))


WRAPS = ["{}", "**{}**", "*{}*", "_{}_", "`{}`", "~~{}~~", "[{}](http://x.y)", "\n# {}\n", "\n- {}\n", "\n> {}\n"]
WRAPS += ["\n1. {}\n", "{},", "({})", "“{}”", "{} 😀", "{}!", "<b>{}</b>", "\n| {} |\n", "{} 5", "{} -", "{} &"]
WORDS = ["alpha", "Hotel", "whisky", "don't", "café", "über", "x", "I"]


@given(st.lists(st.tuples(st.sampled_from(WORDS), st.sampled_from(WRAPS)), max_size=30), st.data())
def test_no_word_is_lost(wrapped: list[tuple[str, str]], data: st.DataObject) -> None:
    deltas = data.draw(in_deltas(st.just(" ".join(wrap.format(word) for word, wrap in wrapped))))
    spoken = iter(re.findall(r"[^\W\d_]+(?:'t)?", said(deltas)))
    assert all(word in spoken for word, _ in wrapped)


@pytest.mark.parametrize(
    "deltas",
    [
        ["Sure", "!", " I", " can", " do", " that", ",", " of", " course", ".", "\n\n", "What", " else", "?"],
        ["He", "llo", " ", "there", ";", " it", "'s", " (", "really", ")", " “", "fine", "”", " — ", "yes", ":", " no"],
        ["well", "-known", " and", "/or", " e.g", ".", " this"],
    ],
)
def test_plain_text_passes_at_once(deltas: list[str]) -> None:
    filtered = Speakable()
    assert deltas == [filtered.push(delta) for delta in deltas]


@pytest.mark.parametrize(
    ("held", "then", "expected"),
    [
        ("12", " people", "twelve people"),
        ("18:", "30, ", "six thirty PM, "),
        ("9 a", "m,", "nine AM,"),
        ("**", "bold", "bold"),
        ("`", "code", "code"),
        ("http", "s://a.org/x ", "a dot org "),
        ("<", "b>x", "x"),
        ("$", "5, ", "five dollars, "),
        ("\n- ", "one", "\none"),
        ("](https://a", ".org) x", " x"),
    ],
)
def test_only_what_is_open_is_held_back(held: str, then: str, expected: str) -> None:
    filtered = Speakable()
    assert filtered.push("Say ") == "Say "
    first = filtered.push(held)
    assert not first.strip()
    assert expected.lstrip(" ") == first + filtered.push(then)


def test_other_languages_keep_their_numbers_and_symbols() -> None:
    text = "## Öffnungszeiten\n- **Mo–Fr** 8–18 Uhr & 12,50 € 🎉 auf https://www.cafe.de/x"
    assert said([text], "de-AT") == "Öffnungszeiten\nMo–Fr 8–18 Uhr & 12,50 € auf cafe.de"


def test_flush_leaves_a_new_filter() -> None:
    filtered = Speakable()
    assert filtered.push("word 12") == "word "
    assert filtered.flush() == "twelve"
    assert filtered.flush() == ""
    assert filtered.push("- item") == "item"


async def test_the_stream_is_filtered_as_it_comes_and_closed_with_its_source() -> None:
    closed = []

    async def text() -> AsyncIterator[str]:
        try:
            for delta in ("Hello ", "**", "you", "** at 9", " am"):
                yield delta
        finally:
            closed.append(True)

    assert [piece async for piece in speakable(text())] == ["Hello ", "you", " at ", "nine AM"]
    stream = speakable(text())
    assert await anext(stream) == "Hello "
    await stream.aclose()
    assert closed == [True, True]


@pytest.mark.parametrize(
    ("text", "anything"),
    [
        ("Hi", True),
        ("5", True),
        ("$5", True),
        ("👍", False),
        ("...", False),
        ("**", False),
        ("<br/>", False),
        ("", False),
    ],
)
def test_whether_anything_can_be_said(text: str, anything: bool) -> None:
    assert sayable(text) == anything
