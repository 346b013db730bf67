from datetime import date

import pytest

from voice.providers.llama.said import Moment, counts, days, moments, on_day, with_digits

MONDAY = date(2026, 11, 23)


def said(text):
    return [(one.minutes // 60, one.minutes % 60, one.either) for one in moments(text)]


@pytest.mark.parametrize(
    ("text", "hour", "minute", "either"),
    [
        ("at six thirty in the evening", 18, 30, False),
        ("tomorrow evening at half past seven", 19, 30, False),
        ("quarter past nine in the morning", 9, 15, False),
        ("at ten to seven", 6, 50, True),
        ("at quarter to seven", 6, 45, True),
        ("at 6:30 p.m.", 18, 30, False),
        ("18:30", 18, 30, False),
        ("at noon", 12, 0, False),
        ("around midnight", 0, 0, False),
        ("at eight", 8, 0, True),
        ("at twelve o'clock", 12, 0, True),
        ("at six thirty five people", 6, 30, True),
        ("Three.", 3, 0, True),
    ],
)
def test_a_time_of_day_is_understood(text, hour, minute, either):
    assert said(text) == [(hour, minute, either)]


@pytest.mark.parametrize(
    "text", ["a table for six", "for five of us", "two nights", "the code is maple 27", "from Friday"]
)
def test_other_numbers_are_no_time(text):
    assert moments(text) == []


def test_times_are_the_same_if_one_may_be_in_either_half_of_the_day():
    assert Moment(390, either=True).is_same(Moment(1110, either=False))
    assert not Moment(390, either=False).is_same(Moment(1110, either=False))
    assert not Moment(390, either=True).is_same(Moment(1140, either=True))
    assert str(Moment(1110, either=False)) == "18:30"


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Is it free tomorrow?", "tomorrow"),
        ("next Friday please", "next friday"),
        ("on the 24th of November", "24th of november"),
        ("November 24th at six", "november 24th"),
        ("on 2026-11-24", "2026-11-24"),
        ("on the twenty-fourth", "24th"),
    ],
)
def test_a_day_is_found_as_it_was_said(text, day):
    assert days(text) == [day]


def test_an_ordinal_of_something_else_is_no_day():
    assert days("The second one, please.") == []


@pytest.mark.parametrize(
    ("phrase", "meant"),
    [
        ("today", MONDAY),
        ("Tomorrow", date(2026, 11, 24)),
        ("day after tomorrow", date(2026, 11, 25)),
        ("monday", MONDAY),
        ("next monday", date(2026, 11, 30)),
        ("24th of november", date(2026, 11, 24)),
        ("november 2nd", date(2027, 11, 2)),
        ("2026-12-01", date(2026, 12, 1)),
        ("soon", "soon"),
    ],
)
def test_a_day_means_a_date(phrase, meant):
    assert on_day(phrase, MONDAY) == meant


def test_without_todays_date_a_weekday_means_itself():
    assert on_day("Friday", None) == "friday"


def numbers(text):
    return [(one.number, one.noun) for one in counts(text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a table for two tomorrow at six thirty in the evening", [(2, "")]),
        ("one night, three guests", [(1, "night"), (3, "guests")]),
        ("a hundred and twenty of us", [(120, "people")]),
        ("for my wife and me", [(2, "people")]),
        ("it is just me", [(1, "people")]),
        ("We'll be five instead of four", [(5, "instead")]),
        ("at half past six on 24 November", []),
    ],
)
def test_a_count_has_its_noun_and_is_neither_a_time_nor_a_day(text, found):
    assert numbers(text) == found


def test_digits_that_are_spelled_out_are_one_number():
    assert with_digits("Number four seven two nine one") == "number 47291"
    assert with_digits("maple twenty-seven") == "maple 27"
