"""What is behind a slash after an amount: "$19.99/mo", "5 m/s"."""

import re

from voice.text.english.tables import CODES, RATES, SCALE_WORDS, SIGNS, UNITS, one_of
from voice.text.language import Token

__all__ = ["may_be_rate", "rate_at"]

_SIGNS = re.escape("".join(SIGNS))
_AMOUNT = re.compile(
    rf"(?:[0-9](?:[kKmM]|bn)?|[{_SIGNS}¢%°]|[0-9] ?(?:{one_of([*UNITS, *CODES, *SCALE_WORDS])})|[0-9] [a-z]+"
    r"|\b(?:once|twice|times)) ?$"
)
_PRICE = re.compile(rf"(?:[{_SIGNS}¢] ?[0-9.,]+(?:k|K)?|[0-9.,]+ ?(?:[{_SIGNS}¢]|{one_of(CODES)})) ?$")
_RATE = re.compile(rf"/ ?({one_of(RATES)})(?![^\W_])")
_PRICED = re.compile(r"/ ?([a-z]{2,})(?![^\W_])")
_BEGUN = re.compile(r"/ ?[A-Za-z0-9²^ ]{0,8}")


def rate_at(text: str, at: int) -> Token | None:
    """The rate whose slash is at `at`; behind a price any word will do, behind another amount one for a rate."""
    if text[at] != "/":
        return None
    before = _before(text, at)
    found = _RATE.match(text, at) if _AMOUNT.search(before) else None
    if found is None and _PRICE.search(before):
        found = _PRICED.match(text, at)
    if found is None:
        return None
    return found.end(), f"{'' if before.endswith(' ') else ' '}per {RATES.get(found[1], found[1])}"


def may_be_rate(text: str, at: int) -> bool:
    """Whether all of `text` from `at` on may be a rate that is not complete."""
    return text[at] == "/" and _BEGUN.fullmatch(text, at) is not None and _AMOUNT.search(_before(text, at)) is not None


def _before(text: str, at: int) -> str:
    return text[max(0, at - 24) : at]
