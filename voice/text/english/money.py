"""Amounts of money -> words."""

import re

from voice.text.english.number_words import decimal, quantity
from voice.text.english.tables import CODES, CURRENCIES, SCALE_WORDS, SCALES, SIGNS, SUFFIXES, one_of
from voice.text.language import Rule, rules

__all__ = ["AMOUNT", "MONEY", "plain"]

GROUP = "[,'’\u00a0\u202f\u2009 ]"
AMOUNT = (
    r"(?:[0-9]{1,3}(?:,[0-9]{2,3})*,[0-9]{3}"
    r"|[0-9]{1,3}(?:[\u00a0\u202f\u2009'’ ][0-9]{3})+|[0-9]+)(?![0-9])(?:\.[0-9]+)?"
)
"""A numeral: thousands set apart by commas, spaces or apostrophes, and a decimal part behind a full stop."""
_PRICE = (
    rf"(?:[0-9]{{1,3}}(?:[. \u00a0\u202f][0-9]{{3}})+,[0-9]{{2}}(?![0-9])"
    rf"|[0-9]+,[0-9]{{2}}(?![0-9,.])|{AMOUNT}|\.[0-9]+)"
)
_END = r"(?![^\W_])"
_SCALE = rf"(?: ?(?P<scale>{one_of([*SCALES, *SCALE_WORDS])}){_END})?"
_LOW_SCALE = rf"(?P<low_scale>{one_of(SCALES)})?"
_SIGN = one_of(SIGNS)
_CODE = one_of(CODES)
_SUFFIX = one_of(SUFFIXES)
_EACH = {"pp": " per person", "p.p.": " per person", "pppn": " per person per night"}
_PER = rf"(?: ?(?P<per>{one_of(_EACH)})(?![^\W_]))?"


def plain(text: str) -> str:
    """A numeral without what sets its thousands apart."""
    return re.sub(GROUP, "", text)


def _say_money(found: re.Match[str]) -> str:
    given = found.groupdict()
    currency = given.get("code") or found["currency"]
    minus = "minus " if given.get("minus") else ""
    scale = given.get("scale")
    said = _amount(found["amount"], scale, currency)
    if low := given.get("low"):
        low_scale = given.get("low_scale")
        bare = not low_scale and "." not in low
        said = f"{decimal(plain(low)) if bare else _amount(low, low_scale, currency)} to {said}"
    return minus + said + _EACH.get(given["per"] or "", "")


def _amount(text: str, scale: str | None, currency: str) -> str:
    unit, small = CURRENCIES[currency]
    if re.fullmatch(r"[0-9. \u00a0\u202f]+,[0-9]{2}", text):
        text = plain(text[:-3]).replace(".", "") + "." + text[-2:]
    text = plain(text)
    if scale:
        return f"{decimal(text)} {SCALES.get(scale, scale)} {quantity('2', unit).removeprefix('two ')}"
    whole, dot, cents = text.partition(".")
    if len(cents) != 2 and not (dot and not whole):
        return quantity(text, unit)
    cents = cents.ljust(2, "0")
    parts = [quantity(whole, unit)] if whole.strip("0") or cents == "00" else []
    parts += [quantity(str(int(cents)), small)] if cents != "00" else []
    return " and ".join(parts)


MONEY: tuple[Rule, ...] = rules(
    (
        rf"(?P<currency>{_CODE}|{_SIGN}) ?(?:(?P<minus>[-−–]) ?)?"
        rf"(?:(?P<low>{_PRICE}){_LOW_SCALE}[-–—](?:{_SIGN}|{_CODE})?)?"
        rf"(?P<amount>{_PRICE}){_SCALE}(?: (?P<code>{_CODE}){_END})?{_PER}",
        _say_money,
    ),
    (rf"(?P<amount>{_PRICE}){_SCALE} ?(?P<currency>(?:{_SUFFIX}){_END}|{_SIGN}){_PER}", _say_money),
    (rf"({AMOUNT}) ?¢", lambda found: quantity(plain(found[1]), "cent")),
    (r"¢ ?([0-9]{1,3})(?![0-9])", lambda found: quantity(found[1], "cent")),
    (rf"([1-9][0-9])p{_END}", lambda found: quantity(found[1], "penny/pence")),
)
