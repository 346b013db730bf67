"""Signs, powers, ranges, grouped digits: what stands for words without being one."""

import pytest

from tests.fakes.filtered import both


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("That is 10^6 units.", "That is ten to the power of six units."),
        ("2^3 is 8.", "two cubed is eight."),
        ("The area is 20 m^2.", "The area is twenty square meters."),
        ("You need x >= 5 points.", "You need x at least five points."),
        ("Only if y <= 4.", "Only if y at most four."),
        ("x < 5 and x<y, <5 min", "x less than five and x less than y, less than five minutes"),
        (
            "a != b, x == 5, +/- 5%, ±$5",
            "a is not b, x equals five, plus or minus five percent, plus or minus five dollars",
        ),
        (
            "10^-3, 10^{12}, 10⁶, x²",
            "ten to the power of minus three, ten to the power of twelve, ten to the power of six, x squared",
        ),
        ("10 - 5 = 5, 10 - 5", "ten minus five equals five, ten to five"),
        ("Between -5 and −10.", "Between minus five and minus ten."),
        ("~10 km, ≈ 5, √16", "about ten kilometers, about five, the square root of sixteen"),
        ("C++, C#, A+, 50+", "C plus plus, C sharp, A plus, fifty plus"),
        ("1e6", "one times ten to the power of six"),
        ("№ 5, § 3", "number five, section three"),
        ("nine¹ and ten.²", "nine and ten."),
        ("On the 22ND and 1ST, 11TH, 2nd-4th.", "On the twenty-second and first, eleventh, second to fourth."),
        ("There are 5 000 seats, 10 000, 1 000 000.", "There are five thousand seats, ten thousand, one million."),
        (
            "12 345, 1.000.000, 1'000'000, 1,00,000",
            "twelve thousand three hundred forty-five, one million, one million, one hundred thousand",
        ),
        ("in 2026 5 people came", "in twenty twenty-six five people came"),
    ],
)
def test_a_sign_is_said_or_left_out(text: str, expected: str) -> None:
    assert (expected, expected) == both(text)
