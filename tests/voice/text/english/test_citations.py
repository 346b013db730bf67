"""Citations in parentheses are not read out; dates and places are."""

import pytest

from tests.fakes.filtered import both


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("nine (Smith 2020).", "nine ()."),
        ("nine (Smith et al., 2020; Jones & Lee 2019).", "nine ()."),
        ("(Monday to Friday) (May 2026) (2020)", "(Monday to Friday) (May twenty twenty-six) (twenty twenty)"),
    ],
)
def test_an_author_and_a_year_in_parentheses_are_left_out(text: str, expected: str) -> None:
    assert (expected, expected) == both(text)
