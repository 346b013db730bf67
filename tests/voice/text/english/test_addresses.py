"""Addresses, said so that they can be written down."""

import pytest

from tests.fakes.filtered import both, said
from voice.text.speakable import Speakable


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mail anna_b@web.org.", "Mail anna underscore b at web dot org."),
        ("Mail first_last@mail.org.", "Mail first underscore last at mail dot org."),
        ("Mail j.doe@example.com.", "Mail j dot doe at example dot com."),
        ("Mail JOHN.DOE@EXAMPLE.COM.", "Mail JOHN dot doe at example dot com."),
        ("Go to EXAMPLE.COM.", "Go to EXAMPLE dot com."),
        ("Mail anna-b+news@my-web.co.uk.", "Mail anna dash b plus news at my dash web dot co dot uk."),
        ("My email is john_smith99@gmail.com.", "My email is john underscore smith nine nine at gmail dot com."),
        ("It is anna-b@web.org.", "It is anna dash b at web dot org."),
        ("well-known, to re-use", "well-known, to re-use"),
        ("Contact: sales-team@acme.io", "Contact: sales dash team at acme dot io"),
        ("Visit my_site.org or cafe-luna.com.", "Visit my underscore site dot org or cafe dash luna dot com."),
        ("See example.com/menu today.", "See example dot com slash menu today."),
        ("Is it bob@example.com? Yes.", "Is it bob at example dot com? Yes."),
        ("@cafe_luna on it", "at cafe underscore luna on it"),
        ("<mailto:bob@example.com>", "bob at example dot com"),
        ("Go to WWW.CAFE.COM", "Go to CAFE dot COM"),
        ("e.g. this, i.e. that, 9 a.m. in the U.S. now", "e.g. this, i.e. that, nine a.m. in the U.S. now"),
        ("The end.Next one", "The end.Next one"),
    ],
)
def test_an_address_is_said_mark_by_mark(text: str, expected: str) -> None:
    assert (expected, expected) == both(text)


@pytest.mark.parametrize(
    "deltas",
    [
        ["Mail john", ".", "doe@example.com", " now."],
        ["Go to example", ".", "com", " now."],
        ["Write to info", "@", "cafe", ".", "de", " now."],
        ["Our website is my", "-", "cafe", ".", "co", ".", "uk", " now."],
        ["Email", " anna", "_", "b", "@web", ".", "org", " now."],
    ],
)
def test_a_full_stop_where_an_address_is_coming_waits_for_what_follows(deltas: list[str]) -> None:
    assert said(["".join(deltas)]) == said(deltas)
    assert "." not in said(deltas)[:-1]


@pytest.mark.parametrize("text", ["Fine.", "Contact us any time.", "It is the best.", "See you."])
def test_a_full_stop_where_none_is_coming_passes_at_once(text: str) -> None:
    assert Speakable().push(text).endswith(".")
