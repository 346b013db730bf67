"""What stands behind a slash after an amount."""

import pytest

from tests.fakes.filtered import both


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It is $19.99/mo.", "It is nineteen dollars and ninety-nine cents per month."),
        ("Wind at 5 m/s.", "Wind at five meters per second."),
        ("It is €10/month.", "It is ten euros per month."),
        (
            "$20/hr, €10 / night, $15/adult, 20 €/h",
            "twenty dollars per hour, ten euros per night, fifteen dollars per adult, twenty euros per hour",
        ),
        (
            "3 times/week, 12 mg/day, 5 L/min, 3 m/s²",
            "three times per week, twelve milligrams per day, five liters per minute, three meters per second squared",
        ),
        (
            "100 km/h, 65 mi/h, 15 USD/hour",
            "one hundred kilometers per hour, sixty-five miles per hour, fifteen dollars per hour",
        ),
        ("and/or, AC/DC, w/o", "and/or, AC/DC, w/o"),
    ],
)
def test_a_slash_after_an_amount_is_per(text: str, expected: str) -> None:
    assert (expected, expected) == both(text)
