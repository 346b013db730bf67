"""Dates and times as they are written, with the words for them."""

import pytest

from tests.fakes.filtered import both


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("On 2026/11/24 we open.", "On November twenty-fourth, twenty twenty-six we open."),
        ("Date: 2025/12/31.", "Date: December thirty-first, twenty twenty-five."),
        ("On 2026/1/5 we close.", "On January fifth, twenty twenty-six we close."),
        ("Due 11/24/26.", "Due November twenty-fourth, twenty twenty-six."),
        (
            "11/24/26-11/27/26",
            "November twenty-fourth, twenty twenty-six to November twenty-seventh, twenty twenty-six",
        ),
        ("24.11.2026", "November twenty-fourth, twenty twenty-six"),
        ("1.5.2026", "May first, twenty twenty-six"),
        ("On 24.11.26", "On November twenty-fourth, twenty twenty-six"),
        ("25/12/2025", "December twenty-fifth, twenty twenty-five"),
        ("11-24-2026", "November twenty-fourth, twenty twenty-six"),
        ("24-Nov-2026", "November twenty-fourth, twenty twenty-six"),
        ("6-Nov-26", "November sixth, twenty twenty-six"),
        ("25 Dec 2025", "the twenty-fifth of Dec twenty twenty-five"),
        ("Dec. 25th, 2025", "Dec. twenty-fifth, twenty twenty-five"),
        ("Nov 24–27", "Nov twenty-fourth to twenty-seventh"),
        ("Friday 11/27", "Friday November twenty-seventh"),
        ("By 11/24 or on 3/14.", "By November twenty-fourth or on March fourteenth."),
        ("in 2026-11", "in November twenty twenty-six"),
        ("2025/26", "twenty twenty-five twenty-six"),
        ("03/04/2026 and 3/4/26", "three four twenty twenty-six and three four twenty twenty-six"),
        (
            "At 2026-11-27T18:30:00+01:00 sharp.",
            "At November twenty-seventh, twenty twenty-six at six thirty PM sharp.",
        ),
        ("2026-11-27T18:30:00.000Z", "November twenty-seventh, twenty twenty-six at six thirty PM U T C"),
        ("20261127T183000Z", "November twenty-seventh, twenty twenty-six at six thirty PM U T C"),
        ("2025-12-31T23:59:59+0100", "December thirty-first, twenty twenty-five at eleven fifty-nine PM"),
        ("2026-11-27 18:30:00", "November twenty-seventh, twenty twenty-six at six thirty PM"),
        ("at 6.30pm", "at six thirty PM"),
        ("at 6:30p.m.", "at six thirty p.m."),
        ("at 18h30", "at six thirty PM"),
        ("7-9pm or 6–7:30pm", "seven to nine PM or six to seven thirty PM"),
        ("9:00-17:00", "nine o'clock to five PM"),
        ("10:30am-2pm", "ten thirty AM to two PM"),
    ],
)
def test_a_date_or_time_is_said_in_words(text: str, expected: str) -> None:
    assert (expected, expected) == both(text)
