from datetime import date, timedelta

import pytest

from mcp_servers.spoken import ClockTime, Unclear, parse_date, parse_time, say_date, say_time, with_digits

MONDAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-11-24", date(2026, 11, 24)),
        ("today", MONDAY),
        ("Tonight", MONDAY),
        ("tomorrow", date(2026, 11, 24)),
        ("the day after tomorrow", date(2026, 11, 25)),
        ("Friday", date(2026, 11, 27)),
        ("on Friday.", date(2026, 11, 27)),
        ("this Saturday", date(2026, 11, 28)),
        ("Tue", date(2026, 11, 24)),
        ("Monday", MONDAY),
        ("next Monday", date(2026, 11, 30)),
        ("next Friday", date(2026, 11, 27)),
        ("24 November", date(2026, 11, 24)),
        ("November 24th", date(2026, 11, 24)),
        ("Nov 24, 2026", date(2026, 11, 24)),
        ("the 3rd of March", date(2027, 3, 3)),
        ("22 November", date(2027, 11, 22)),
    ],
)
def test_days_are_understood_as_people_say_them(text, day):
    assert parse_date(text, MONDAY) == day


@pytest.mark.parametrize("text", ["", "soon", "2026-02-30", "31 June", "24/11", "the 24th", "some day in may", "12 13"])
def test_an_unclear_day_is_said_to_be_unclear(text):
    with pytest.raises(Unclear, match="I did not understand the date"):
        parse_date(text, MONDAY)


def test_every_day_of_two_years_survives_being_said_and_heard():
    for ahead in range(365):
        day = MONDAY + timedelta(days=ahead)
        assert parse_date(day.isoformat(), MONDAY) == day
        assert parse_date(say_date(day).split(", ")[1], MONDAY) == day


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("18:30", ClockTime(1110)),
        ("6:30 pm", ClockTime(1110)),
        ("6:30 P.M.", ClockTime(1110)),
        ("6pm", ClockTime(1080)),
        ("at 18", ClockTime(1080)),
        ("1830", ClockTime(1110)),
        ("06:30", ClockTime(390)),
        ("6:30", ClockTime(390, either=True)),
        ("6.30", ClockTime(390, either=True)),
        ("six thirty", ClockTime(390, either=True)),
        ("half past six", ClockTime(390, either=True)),
        ("quarter to seven", ClockTime(405, either=True)),
        ("a quarter past seven in the evening", ClockTime(1155)),
        ("twenty-five past six pm", ClockTime(1105)),
        ("7 o'clock", ClockTime(420, either=True)),
        ("noon", ClockTime(720)),
        ("12 am", ClockTime(0)),
        ("12 pm", ClockTime(720)),
        ("18:30:00", ClockTime(1110)),
    ],
)
def test_times_are_understood_as_people_say_them(text, time):
    assert parse_time(text) == time


@pytest.mark.parametrize("text", ["", "25:00", "18:75", "later", "half past thirteen", "pm", "6:3"])
def test_an_unclear_time_is_said_to_be_unclear(text):
    with pytest.raises(Unclear, match="I did not understand the time"):
        parse_time(text)


def test_every_minute_of_the_day_survives_being_said_and_heard():
    assert [parse_time(say_time(minute)).minutes for minute in range(1440)] == list(range(1440))


def test_numbers_that_are_spelled_out_become_digits():
    assert with_digits("maple twenty-seven and nineteen, ninety one, five") == "maple 27 and 19, 91, 5"
    assert with_digits("maple two hundred and five") == "maple 205"
