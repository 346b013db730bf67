from datetime import date

import pytest

from mcp_servers.hours import CAFE, Span, read_hours


def test_the_week_is_said_with_equal_days_together():
    assert str(CAFE) == "Monday to Thursday 8:00 to 20:00; Friday to Saturday 8:00 to 22:00; Sunday 9:00 to 18:00"


def test_the_hours_of_a_day_are_those_of_its_weekday():
    assert CAFE.on(date(2026, 11, 29)) == Span(9 * 60, 18 * 60)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("h.toml", 'monday = "9:00-17:30"\nfriday = "9 - 20"'),
        ("h.json", '{"monday": "9-17:30", "friday": "9:00-20:00"}'),
    ],
)
def test_hours_are_read_from_a_file_and_other_days_are_closed(tmp_path, name, content):
    path = tmp_path / name
    path.write_text(content)
    assert str(read_hours(path)) == (
        "Monday 9:00 to 17:30; Tuesday to Thursday closed; Friday 9:00 to 20:00; Saturday to Sunday closed"
    )


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('montag = "9-17"', "montag: not a day; the days are monday"),
        ('monday = "nine"', "monday: should look like \"8:00-20:00\", not 'nine'"),
        ('monday = "17-9"', "monday: closes before it opens"),
        ("monday = ", "Invalid value"),
    ],
)
def test_a_mistake_names_the_file_and_the_day(tmp_path, content, words):
    path = tmp_path / "h.toml"
    path.write_text(content)
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the message is what is tested
        read_hours(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert words in str(caught.value)
