"""Units, durations, dimensions, fractions and ratings as they are written, with the words for them."""

import pytest

from tests.fakes.filtered import both


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Please hold for 30s.", "Please hold for thirty seconds."),
        ("It takes 1h 30m by car.", "It takes one hour thirty minutes by car."),
        ("Set a 60s timer.", "Set a sixty seconds timer."),
        (
            "1h30m, 2h 5min, 5m 30s, 1d 4h",
            "one hour thirty minutes, two hours five minutes, five minutes thirty seconds, one day four hours",
        ),
        ("1 h 30 min and 3 hrs 20 mins", "one hour thirty minutes and three hours twenty minutes"),
        ("It takes 45m, a 30m break", "It takes forty-five minutes, a thirty minutes break"),
        ("PT1H30M", "one hour thirty minutes"),
        ("a 10-min walk, a 12-oz cup", "a ten-minute walk, a twelve-ounce cup"),
        ("500ms", "five hundred milliseconds"),
        (
            "In the 80s and 90s, mid-70s, the 1990s, his 30s",
            "In the eighties and nineties, mid-seventies, the nineteen nineties, his thirties",
        ),
        ("Add 2 1/2 cups of milk.", "Add two and one half cups of milk."),
        ("Use ⅓ cup.", "Use one third cup."),
        ("It is 3 1/4 inches wide.", "It is three and one quarter inches wide."),
        (
            "2-1/2 inches, 2½ cups, 1 ⅓ cups, 1⁄2",
            "two and one half inches, two and one half cups, one and one third cups, one half",
        ),
        ("5/8, 7/16, 15/16, 2/3rds", "five eighths, seven sixteenths, fifteen sixteenths, two thirds"),
        ("It has 4/5 stars.", "It has four out of five stars."),
        ("Rated 4.5/5, scored 8/10", "Rated four point five out of five, scored eight out of ten"),
        ("a rating of 4/5", "a rating of four out of five"),
        ("Rating: 4.7 / 5", "Rating: four point seven out of five"),
        ("98/100, 3/10 of it, 3/5 of it", "ninety-eight out of one hundred, three tenths of it, three fifths of it"),
        ("page 2/5", "page two of five"),
        ("A 10x10 unit.", "A ten by ten unit."),
        ("3x4 m, 3 x 4 m, 3×4×5 cm", "three by four meters, three by four meters, three by four by five centimeters"),
        ("60cm x 40cm", "sixty centimeters by forty centimeters"),
        ("4' x 6', 12\"x18\" print", "four by six feet, twelve by eighteen inches print"),
        ("He is 6'2\", or 6 ft 2 in, 6' tall.", "He is six feet two inches, or six feet two inches, six feet tall."),
        ("2x faster, 4x4", "two times faster, four by four"),
        ("3 × 4 = 12", "three times four equals twelve"),
        (
            "20 m², 5 m^2, 3 m³, 5 sq ft",
            "twenty square meters, five square meters, three cubic meters, five square feet",
        ),
        ("-5 °C, 72°F, 20°", "minus five degrees Celsius, seventy-two degrees Fahrenheit, twenty degrees"),
        ("5 lbs. and 2 tbsp. of it. Go.", "five pounds and two tablespoons of it. Go."),
        ("It weighs 5 lbs. Go.", "It weighs five pounds. Go."),
        ("5G, 5GB, 10 W, 220V", "five G, five gigabytes, ten watts, two hundred twenty volts"),
        ("192.168.1.1", "one hundred ninety-two dot one hundred sixty-eight dot one dot one"),
    ],
)
def test_a_measure_is_said_in_words(text: str, expected: str) -> None:
    assert (expected, expected) == both(text)
