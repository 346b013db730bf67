"""TeX, said."""

import pytest

from tests.fakes.filtered import both


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("So $x^2$ grows.", "So x squared grows."),
        ("So $E = mc^2$.", "So E equals mc squared."),
        ("$$\\int_0^1 x dx$$ is", "the integral from zero to one of x dx is"),
        ("Then $\\frac{1}{2}$ of it.", "Then one over two of it."),
        ("\\(a + b\\) is c", "a plus b is c"),
        ("\\[x = \\sqrt{2}\\]", "x equals the square root of two"),
        ("$x_1 \\le 5$", "x one is at most five"),
        (
            "$x = \\frac{-b \\pm \\sqrt{b^2 - 4ac}}{2a}$",
            "x equals minus b plus or minus the square root of b squared minus four ac over two a",
        ),
        ("$2 \\times 3 = 6$, $n!$, $10\\%$", "two times three equals six, n factorial, ten percent"),
        ("$90^\\circ$ and $\\alpha$", "ninety degrees and alpha"),
        ("\\textbf{bold} and C:\\dir", "bold and C:dir"),
        ("$5 and $10, $5 or x^2", "five dollars and ten dollars, five dollars or x squared"),
        ("$AAPL is up", "dollars AAPL is up"),
    ],
)
def test_a_formula_is_said_in_words(text: str, expected: str) -> None:
    assert (expected, expected) == both(text)


@pytest.mark.parametrize(
    "text",
    [
        "$" * 50,
        "$" + r"\text{a}" * 24 + " no",
        "\\frac{" * 30,
        "$x" + "^{a" * 40,
        "\\[" * 40,
        "$\\sqrt{\\sqrt{\\sqrt{2}}}$",
    ],
)
def test_a_formula_that_is_none_does_no_harm(text: str) -> None:
    both(text)
