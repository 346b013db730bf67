"""Which kind of number it is, and how it is said."""

import pytest

from voice.text.english.spoken_numbers import may_go_on, spoken_at

SAID = [
    # counts
    ("3", "three"),
    ("1,250", "one thousand two hundred fifty"),
    ("10000", "ten thousand"),
    ("3.14", "three point one four"),
    ("1.2.3", "one point two point three"),
    ("5k", "five thousand"),
    # years
    ("1999", "nineteen ninety-nine"),
    ("2026", "twenty twenty-six"),
    ("2000", "two thousand"),
    ("1990s", "nineteen nineties"),
    ("80s", "eighty seconds"),
    ("3500", "three thousand five hundred"),
    # ordinals and fractions
    ("3rd", "third"),
    ("21st", "twenty-first"),
    ("1,000th", "one thousandth"),
    ("1/2", "one half"),
    ("3/4", "three quarters"),
    ("2/3", "two thirds"),
    ("24/7", "twenty-four seven"),
    # times and dates
    ("18:30", "six thirty PM"),
    ("9:05", "nine oh five"),
    ("09:00", "nine AM"),
    ("10:15 pm", "ten fifteen PM"),
    ("9am", "nine AM"),
    ("9 PM", "nine PM"),
    ("16:9", "sixteen to nine"),
    ("2026-11-24", "November twenty-fourth, twenty twenty-six"),
    ("2026-11-24T18:30:00", "November twenty-fourth, twenty twenty-six at six thirty PM"),
    ("2026-11-24 09:05", "November twenty-fourth, twenty twenty-six at nine oh five AM"),
    ("24/11/2026", "November twenty-fourth, twenty twenty-six"),
    ("11/24/2026", "November twenty-fourth, twenty twenty-six"),
    ("03/04/2026", "three four twenty twenty-six"),
    # money
    ("$12.50", "twelve dollars and fifty cents"),
    ("$1", "one dollar"),
    ("$1.00", "one dollar"),
    ("$0.50", "fifty cents"),
    ("$1,250.01", "one thousand two hundred fifty dollars and one cent"),
    ("$5 million", "five million dollars"),
    ("$1.5k", "one point five thousand dollars"),
    ("$5-10", "five to ten dollars"),
    ("€3", "three euros"),
    ("£2.01", "two pounds and one penny"),
    ("£2.50", "two pounds and fifty pence"),
    ("12 €", "twelve euros"),
    ("300 CHF", "three hundred francs"),
    # units
    ("15%", "fifteen percent"),
    ("1.5 %", "one point five percent"),
    ("5 km", "five kilometers"),
    ("1 kg", "one kilogram"),
    ("20°C", "twenty degrees Celsius"),
    ("100 km/h", "one hundred kilometers per hour"),
    ("6 ft", "six feet"),
    ("1500 m", "one thousand five hundred meters"),
    # digit by digit
    ("47291", "four seven two, nine one"),
    ("007", "zero zero seven"),
    ("4155550123", "four one five, five five five, zero one two three"),
    ("555-0123", "five five five, zero one two three"),
    ("555-123-4567", "five five five, one two three, four five six seven"),
    ("+1 555 123 4567", "plus one, five five five, one two three, four five six seven"),
    ("+1 (555) 123-4567", "plus one, five five five, one two three, four five six seven"),
    ("020 7946 0958", "zero two zero, seven nine four six, zero nine five eight"),
]


@pytest.mark.parametrize(("text", "expected"), SAID)
def test_a_number_is_read_for_what_it_is(text: str, expected: str) -> None:
    assert (len(text), expected) == spoken_at(text, 0)
    assert (len(text) + 3, expected) == spoken_at(f"(a {text}, then", 3)


@pytest.mark.parametrize(
    ("before", "text", "expected"),
    [
        ("November ", "24", "twenty-fourth"),
        ("Nov. ", "3", "third"),
        ("in May ", "31", "thirty-first"),
        ("November ", "32", "thirty-two"),
        ("code ", "4711", "four seven one one"),
        ("Your order number is ", "1999", "one nine nine nine"),
        ("extension ", "212", "two one two"),
        ("A", "380", "three eight zero"),
        ("B-", "12", "twelve"),
        ("in the ", "80s", "eighties"),
        ("his ", "30s", "thirties"),
    ],
)
def test_what_stands_before_it_counts(before: str, text: str, expected: str) -> None:
    assert (len(before) + len(text), expected) == spoken_at(before + text, len(before))


@pytest.mark.parametrize(
    ("text", "end", "expected"),
    [
        ("5 kids", 1, "five"),
        ("5 in total", 1, "five"),
        ("9 a.m.", 1, "nine"),
        ("9:30 p.m.", 4, "nine thirty"),
        ("18:30: two", 5, "six thirty PM"),
        ("18:30/19:00", 5, "six thirty PM"),
        ("24 November", 2, "the twenty-fourth of"),
        ("8-18", 1, "eight"),
        ("12.", 2, "twelve"),
        ("1, 2", 1, "one"),
        ("10 am.", 5, "ten AM"),
    ],
)
def test_what_stands_after_it_counts(text: str, end: int, expected: str) -> None:
    assert (end, expected) == spoken_at(text, 0)


@pytest.mark.parametrize("text", ["", "a", " 5", "+", "$", "-5", "+ x"])
def test_no_number_is_no_number(text: str) -> None:
    assert spoken_at(text, 0) is None


@pytest.mark.parametrize(("text", "expected"), SAID)
def test_every_beginning_of_a_number_may_go_on(text: str, expected: str) -> None:
    for end in range(1, len(text) + 1):
        assert may_go_on(text[:end], 0), text[:end]


@pytest.mark.parametrize("text", ["12. ", "5 people", "5, ", "5 kil", "5!", "a5"])
def test_a_number_that_is_over_does_not_go_on(text: str) -> None:
    assert not may_go_on(text, 0)
