"""Numbers in English text -> words: is it a time, a price, a year, a telephone number? A table, first match wins."""

import re

from voice.text.english.codes import CODES, PHONES, SERVICE_NOUNS
from voice.text.english.dates import DATES, DAYS
from voice.text.english.measures import DOTTED, DURATION_NOUNS, DURATIONS, FEET_NOUNS, FRACTIONS, MEASURES
from voice.text.english.money import AMOUNT, MONEY, plain
from voice.text.english.number_words import cardinal, decimal, digits, ordinal, power, year
from voice.text.english.tables import (
    CODES as CURRENCY_CODES,
)
from voice.text.english.tables import (
    CURRENCIES,
    MONTH_NAMES,
    ORDINAL_SUFFIXES,
    SCALE_WORDS,
    SCALES,
    SIGNS,
    UNITS,
    VULGAR,
    one_of,
)
from voice.text.language import Rule, Token, first_of, rules

__all__ = ["may_be_number", "may_go_on", "number_at", "spoken_at"]

_END = r"(?![^\W_])"


def _say_integer(found: re.Match[str]) -> str:
    text = found.group()
    number = int(text) if len(text) < 20 else 0
    if 1100 <= number <= 2099 and number % 1000 and len(text) == 4:
        return year(number)
    spelled = (len(text) > 1 and text.startswith("0")) or len(text) > 15 or (len(text) > 4 and number % 1000)
    return digits(text) if spelled else cardinal(number)


def _say_scientific(found: re.Match[str]) -> str:
    return f"{decimal(found[1])} times ten {power(found[2].lstrip('+'))}"


_COUNTS: tuple[Rule, ...] = rules(
    (r"([0-9]+(?:\.[0-9]+)?)[eE]([-+−]?[0-9]{1,3})(?![^\W_])", _say_scientific),
    (rf"({AMOUNT})(k|K|bn|mn|M){_END}", lambda found: f"{decimal(plain(found[1]))} {SCALES[found[2]]}"),
    (r"[1-9][0-9]{0,2}(?:\.[0-9]{3}){2,}(?![.0-9])", lambda found: decimal(found.group().replace(".", ""))),
    (r"([12][0-9]{3})/([0-9]{2})(?![0-9/])", lambda found: f"{year(int(found[1]))} {cardinal(int(found[2]))}"),
    (r"[0-9]+(?:\.[0-9]+){2,}", lambda found: " point ".join(map(decimal, found.group().split(".")))),
    (
        rf"(?=[0-9]{{1,3}}[,'’ \u00a0\u202f\u2009][0-9])(?:{AMOUNT})(?![0-9])(?<![0-9] )|[0-9]*\.[0-9]+",
        lambda found: decimal(plain(found.group())) if not found.group().isdigit() else None,
    ),
    (r"[0-9]+", _say_integer),
)
_RULES: tuple[Rule, ...] = (
    *DATES,
    *MONEY,
    *rules(
        (rf"({AMOUNT}|\.[0-9]+) ?%", lambda found: f"{decimal(plain(found[1]))} percent"),
        (
            rf"([0-9]{{1,3}}(?:,?[0-9]{{3}})*)(?:{one_of(ORDINAL_SUFFIXES)}){_END}(?! (?:{one_of(MONTH_NAMES)}){_END})",
            lambda found: ordinal(int(found[1].replace(",", ""))),
        ),
    ),
    *DURATIONS,
    *PHONES,
    *CODES,
    *FRACTIONS,
    *MEASURES,
    *DAYS,
    *_COUNTS,
)

_FOLLOWERS = (
    *UNITS,
    *CURRENCIES,
    *SCALES,
    *SCALE_WORDS,
    *(f"{word} {code}" for word in (*SCALE_WORDS, *SCALES) for code in CURRENCIES),
    *ORDINAL_SUFFIXES,
    *MONTH_NAMES,
    *("%", "¢", "s", "am", "pm", "AM", "PM", "Am", "Pm", "star", "stars", "★", "points", "rating", "hours", "hour"),
    *(
        *("x ", "× ", "pp", "p.p.", "pppn", "by ", "/ ", "=", "of", "d ", "day ", "days ", "h ", "hr "),
        *("hrs ", "hour ", "hours ", "m ", "min ", "mins "),
    ),
    *(
        "minute ",
        "minutes ",
        *SERVICE_NOUNS,
        *DURATION_NOUNS,
        *FEET_NOUNS,
        *(f"{unit}. " for unit in (*DOTTED, "in")),
        "ft ",
        "feet ",
        "foot ",
        "in",
        "inches",
    ),
    *VULGAR,
)
_BEGUN = {word[:end] for word in _FOLLOWERS for end in range(len(word) + 1)}
_CODE_BEGUN = {code[:end] for code in CURRENCY_CODES for end in range(1, len(code) + 1)} - {"I", "IN", "INR"}
_CODE = re.compile(rf"(?:{one_of(code for code in CURRENCY_CODES if code != 'INR')})(?![^\W\d_]) ?")
_ISO_DURATION_BEGUN = re.compile(r"P(?:T(?:[0-9]+[HMS]?)*)?")
_SIGNS = re.escape("".join(SIGNS))
_CHUNK = re.compile(rf"(?:[0-9A-Za-z.,:/'’°º′″%^*×_@#=+&¢µμΩ²³⁄{VULGAR}{_SIGNS}\-–—−]|[\"”″](?= ?[x×]| ?\Z))*")
_PHONE = re.compile(r"\+?[0-9]+(?:(?:[ .-]|\)[ .-]?|[ .-]?\()[0-9]+)*(?:[ .-]|\)[ .-]?|[ .-]?\()?")
_SIGN_ALONE = re.compile(rf"(?:(?:\+|[{_SIGNS}]) ?[-−–]?|[-−–]) ?[.(]?")
_DIGITS = set("0123456789")
_STARTS = _DIGITS | set("+¢") | set(SIGNS) | set(VULGAR)
_CODE_STARTS = {code[0] for code in CURRENCY_CODES}
_SPACES = " \u00a0\u202f\u2009"
_JOINTS = re.compile(r"(?:[x×/] ?|by |(?:d|days?|h|hrs?|hours?|m|mins?|minutes?|ft|feet|foot) )(?=[0-9])")


def spoken_at(text: str, at: int) -> Token | None:
    """Where the number that begins at `at` ends and how it is said, or None where there is none.

    What stands before `at` decides, too ("code 4711", "November 24", "A380").
    """
    return first_of(_RULES, text, at)


def may_go_on(text: str, at: int) -> bool:
    """Whether `text` ends in a number, begun at `at`, that later text may belong to: "18:", "$", "5 k" (kids or km)."""
    if text[at : at + 1].isalpha():
        return _currency_goes_on(text, at)
    if _SIGN_ALONE.fullmatch(text, at) or _PHONE.fullmatch(text, at):
        return True
    begin = at
    while begin < len(text) and begin < at + 4 and text[begin] not in _DIGITS:
        begin += 1
    return begin < len(text) and text[begin] in _DIGITS and _goes_on(text, begin)


def number_at(text: str, at: int) -> Token | None:
    """As `spoken_at`, apart from letters beside it; None where no number can begin."""
    token = spoken_at(text, at) if _may_begin(text, at) else None
    if token is None:
        return None
    end, words = token
    return end, f"{' ' * text[max(0, at - 1) : at].isalnum()}{words}{' ' * text[end : end + 1].isalnum()}"


def may_be_number(text: str, at: int) -> bool:
    """As `may_go_on`; False where no number can begin."""
    return _may_begin(text, at) and may_go_on(text, at)


def _may_begin(text: str, at: int) -> bool:
    character, before = text[at], text[at - 1] if at else " "
    if character == ".":
        return not before.isalnum() and before not in ".)"
    return character in _STARTS or (character in _CODE_STARTS and not before.isalnum())


def _currency_goes_on(text: str, at: int) -> bool:
    if text[at - 1 : at].isalnum() and at:
        return False
    if text[at:] in _CODE_BEGUN or _ISO_DURATION_BEGUN.fullmatch(text, at):
        return True
    found = _CODE.match(text, at)
    return found is not None and (found.end() == len(text) or may_go_on(text, found.end()))


def _goes_on(text: str, at: int) -> bool:
    """The same for a number that begins with a digit: chunks without space, and what may follow behind a space."""
    while True:
        chunk = _CHUNK.match(text, at)
        assert chunk is not None
        end = chunk.end()
        if end == len(text):
            return True
        if text[end] not in _SPACES or text[end - 1] in ".,:":
            return False
        rest = text[end + 1 :]
        if rest in _BEGUN or (rest[:-1] in _BEGUN and rest[-1] in "-'’"):
            return True
        joint = _JOINTS.match(rest)
        at = end + 1 + (joint.end() if joint else 0)
        if text[at : at + 1] not in _DIGITS:
            return False
