"""Values in words."""

import re

import pytest

from voice.text.english.number_words import cardinal, clock, decimal, digits, ordinal, quantity, year


@pytest.mark.parametrize(
    ("expected", "number"),
    [
        ("zero", 0),
        ("thirteen", 13),
        ("twenty", 20),
        ("ninety-nine", 99),
        ("one hundred", 100),
        ("one hundred one", 101),
        ("one thousand two hundred thirty-four", 1234),
        ("one million", 10**6),
        ("nine hundred ninety-nine trillion one", 999 * 10**12 + 1),
        ("minus forty-two", -42),
    ],
)
def test_cardinals(expected: str, number: int) -> None:
    assert expected == cardinal(number)


def test_every_cardinal_below_ten_thousand_can_be_read_back() -> None:
    values = {cardinal(n): n for n in range(20)} | {cardinal(n): n for n in range(20, 100, 10)}

    def value(words: str) -> int:
        for name, size in (("thousand", 1000), ("hundred", 100)):
            if name in words:
                head, _, rest = words.partition(name)
                return value(head) * size + value(rest)
        return sum(values[word] for word in re.findall("[a-z]+", words))

    assert list(range(10_000)) == [value(cardinal(n)) if n else 0 for n in range(10_000)]


@pytest.mark.parametrize(
    ("expected", "number"),
    [
        ("first", 1),
        ("second", 2),
        ("third", 3),
        ("fourth", 4),
        ("eighth", 8),
        ("ninth", 9),
        ("twelfth", 12),
        ("twentieth", 20),
        ("twenty-first", 21),
        ("one hundredth", 100),
        ("one hundred third", 103),
    ],
)
def test_ordinals(expected: str, number: int) -> None:
    assert expected == ordinal(number)


@pytest.mark.parametrize(
    ("expected", "number"),
    [
        ("nineteen ninety-nine", 1999),
        ("two thousand", 2000),
        ("two thousand five", 2005),
        ("twenty ten", 2010),
        ("twenty twenty-six", 2026),
        ("nineteen hundred", 1900),
        ("nineteen oh six", 1906),
        ("one thousand one", 1001),
    ],
)
def test_years(expected: str, number: int) -> None:
    assert expected == year(number)


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        ("zero zero seven", "007"),
        ("one two three four", "1234"),
        ("one two three, four five", "12345"),
        ("four one five, five five five, zero one two three", "4155550123"),
    ],
)
def test_digits_come_in_groups(expected: str, text: str) -> None:
    assert expected == digits(text)


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        ("three point one four", "3.14"),
        ("one thousand two hundred fifty", "1,250"),
        ("one thousand point five zero", "1,000.50"),
        ("one two three, four five six, seven eight nine, one two three, four five six seven", "1234567891234567"),
    ],
)
def test_numerals_as_written(expected: str, text: str) -> None:
    assert expected == decimal(text)


@pytest.mark.parametrize(
    ("expected", "amount", "noun"),
    [
        ("one mile", "1", "mile"),
        ("two miles", "2", "mile"),
        ("one foot", "1", "foot/feet"),
        ("six feet", "6", "foot/feet"),
        ("zero point five miles", "0.5", "mile"),
    ],
)
def test_quantities_agree_in_number(expected: str, amount: str, noun: str) -> None:
    assert expected == quantity(amount, noun)


@pytest.mark.parametrize(
    ("expected", "hour", "minute", "suffix", "twelve_hours"),
    [
        ("six thirty PM", 18, 30, None, True),
        ("nine thirty", 9, 30, None, True),
        ("nine thirty AM", 9, 30, None, False),
        ("nine oh five PM", 9, 5, "PM", True),
        ("nine o'clock", 9, 0, None, True),
        ("twelve o'clock", 12, 0, None, True),
        ("twelve PM", 12, 0, None, False),
        ("midnight", 0, 0, None, True),
        ("midnight", 24, 0, None, True),
        ("twelve fifteen AM", 0, 15, None, True),
        ("nine", 9, 0, "", True),
        (None, 25, 0, None, True),
        (None, 12, 60, None, True),
    ],
)
def test_times(expected: str | None, hour: int, minute: int, suffix: str | None, twelve_hours: bool) -> None:
    assert expected == clock(hour, minute, suffix, twelve_hours=twelve_hours)
