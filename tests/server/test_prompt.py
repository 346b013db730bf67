"""The system prompt."""

from datetime import date

from server.prompt import calendar, instructions


def test_the_calendar_names_today_and_the_week_that_follows():
    text = calendar(date(2026, 12, 28))
    assert text.startswith("Today is Monday 28 December 2026 = 2026-12-28. tomorrow, Tuesday 29 December = 2026-12-29;")
    assert text.endswith("Monday 4 January = 2027-01-04.")
    assert text.count("=") == 8


def test_what_changes_daily_comes_last():
    monday, tuesday = (instructions("Be Lisa.", {"a": "Use a."}, "en", date(2026, 11, day)) for day in (23, 24))
    same = monday.index("Today is ")
    assert monday[:same] == tuesday[:same]
    assert monday.startswith("Be Lisa.\n\nUse a.\n\nYou are in a spoken conversation.")


def test_another_language_than_english_is_asked_for():
    assert "'de-AT'" in instructions("Sei Lisa.", {}, "de-AT", date(2026, 11, 23))
    assert "language" not in instructions("Be Lisa.", {}, "en-GB", date(2026, 11, 23))
