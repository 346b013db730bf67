"""Numbers in English text -> words: is it a time, a price, a year, a telephone number? A table, first match wins.

American where it matters: month before day, dots as decimal points, commas between thousands.
"""

import re
from collections.abc import Callable, Iterable

from voice.text.english.number_words import cardinal, clock, decimal, digits, ordinal, quantity, year

__all__ = ["may_go_on", "spoken_at"]

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_CURRENCIES = {
    "$": ("dollar", "cent"),
    "€": ("euro", "cent"),
    "£": ("pound", "penny/pence"),
    "¥": ("yen/yen", "sen/sen"),
    "USD": ("dollar", "cent"),
    "EUR": ("euro", "cent"),
    "GBP": ("pound", "penny/pence"),
    "CHF": ("franc", "centime"),
}
_UNITS = {
    "km": "kilometer",
    "m": "meter",
    "cm": "centimeter",
    "mm": "millimeter",
    "mi": "mile",
    "ft": "foot/feet",
    "km²": "square kilometer",
    "m²": "square meter",
    "km/h": "kilometer per hour/kilometers per hour",
    "mph": "mile per hour/miles per hour",
    "kg": "kilogram",
    "g": "gram",
    "mg": "milligram",
    "lb": "pound",
    "lbs": "pound",
    "oz": "ounce",
    "l": "liter",
    "L": "liter",
    "ml": "milliliter",
    "mL": "milliliter",
    "°": "degree",
    "°C": "degree Celsius/degrees Celsius",
    "°F": "degree Fahrenheit/degrees Fahrenheit",
    "h": "hour",
    "hr": "hour",
    "hrs": "hour",
    "min": "minute",
    "mins": "minute",
    "sec": "second",
    "kB": "kilobyte",
    "MB": "megabyte",
    "GB": "gigabyte",
    "TB": "terabyte",
    "kWh": "kilowatt hour",
}
_SCALES = {"k": "thousand", "K": "thousand", "m": "million", "M": "million", "bn": "billion", "B": "billion"}
_SCALE_WORDS = ("thousand", "million", "billion", "trillion")
_ORDINAL_SUFFIXES = ("st", "nd", "rd", "th")


def _one_of(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


_STRETCH = re.compile(
    r"(?:[+$€£¥] ?\(?)?[0-9]+(?:(?:[.,:/T ]|[-–—][$€£¥]?|\)[ -]?|[ -]\()[0-9]+)*"
    r"(?P<rest>[.,:/T]|[-–—][$€£¥]?|\)[ -]?| ?\(| ?(?P<word>[^\s\d()]*))"
)
_SIGN_ALONE = re.compile(r"[+$€£¥] ?\(?")
_FOLLOWERS = (
    *_UNITS,
    *_CURRENCIES,
    *_SCALES,
    *_SCALE_WORDS,
    *_ORDINAL_SUFFIXES,
    *_MONTHS,
    "%",
    "s",
    "am",
    "pm",
    "AM",
    "PM",
)
_BEGUN = {word[:end] for word in _FOLLOWERS for end in range(len(word) + 1)}

_AFTER_MONTH = re.compile(rf"\b(?:{'|'.join(f'{name[:3]}(?:{name[3:]})?' for name in _MONTHS)}|Sept)\.? $")
_AFTER_LETTER = re.compile(r"[^\W\d_]-?$")
_AFTER_CODE = re.compile(
    r"\b(?:code|pin|reference|ref|id|zip|postcode|account|confirmation|order|booking|ticket|flight|extension|ext|number)"
    r"(?: number| code| id)?(?: is| was|:)?[ #.:]*$",
    re.IGNORECASE,
)


def _say_date(found: re.Match[str]) -> str | None:
    month, day = int(found["month"]), int(found["day"])
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return None
    said = f"{_MONTHS[month - 1]} {ordinal(day)}, {year(int(found['year']))}"
    if not found["hour"]:
        return said
    time = clock(int(found["hour"]), int(found["minute"]), None, twelve_hours=False)
    return f"{said} at {time}" if time else None


def _say_short_date(found: re.Match[str]) -> str:
    """24/11/2026 and 11/24/2026 are clear; 03/04/2026 is left as unclear as it was."""
    first, second = int(found[1]), int(found[2])
    month, day = (first, second) if first <= 12 else (second, first)
    if 1 <= month <= 12 < day <= 31:
        return f"{_MONTHS[month - 1]} {ordinal(day)}, {year(int(found[3]))}"
    return f"{cardinal(first)} {cardinal(second)} {year(int(found[3]))}"


def _say_time(found: re.Match[str]) -> str | None:
    hour, minute = int(found["hour"]), int(found["minute"])
    suffix = found["suffix"].upper() if found["suffix"] else None if found["dotted"] is None else ""
    return clock(hour, minute, suffix, twelve_hours=not found["hour"].startswith("0"))


def _say_money(found: re.Match[str]) -> str:
    unit, small = _CURRENCIES[found["currency"]]
    whole, _, cents = found["amount"].partition(".")
    given = found.groupdict()
    said = quantity(found["amount"], unit)
    if scale := given.get("scale"):
        units = quantity("2", unit).removeprefix("two ")
        said = f"{decimal(found['amount'])} {_SCALES.get(scale, scale)} {units}"
    elif len(cents) == 2:
        parts = [quantity(whole, unit)] if whole.strip("0,") or cents == "00" else []
        parts += [quantity(str(int(cents)), small)] if cents != "00" else []
        said = " and ".join(parts)
    return f"{decimal(given['low'])} to {said}" if given.get("low") else said


def _say_phone(found: re.Match[str]) -> str | None:
    groups = re.findall(r"\+?[0-9]+", found.group())
    if sum(len(group) for group in groups) < 7:
        return None
    said = ", ".join("plus " * group.startswith("+") + digits(group.lstrip("+")) for group in groups)
    closes_only = found.group().count(")") > found.group().count("(")
    return said.replace(", ", "), ", 1) if closes_only else said


def _say_fraction(found: re.Match[str]) -> str:
    above, below = int(found[1]), int(found[2])
    if not 0 < above < below <= 10:
        return f"{cardinal(above)} {cardinal(below)}"
    return quantity(str(above), {2: "half/halves", 4: "quarter"}.get(below) or ordinal(below))


def _say_decade(found: re.Match[str]) -> str:
    said = year(int(found[1])) if len(found[1]) == 4 else decimal(found[1])
    return f"{said[:-1]}ies" if said.endswith("y") else f"{said}s"


def _say_day_of_month(found: re.Match[str]) -> str | None:
    if not 1 <= int(found.group()) <= 31:
        return None
    the = "" if found.string[: found.start()].lower().endswith("the ") else "the "
    return f"{the}{ordinal(int(found.group()))} of"


def _say_day_after_month(found: re.Match[str]) -> str | None:
    after_month = _AFTER_MONTH.search(found.string, max(0, found.start() - 12), found.start())
    return ordinal(int(found.group())) if after_month and 1 <= int(found.group()) <= 31 else None


def _say_code(found: re.Match[str]) -> str | None:
    begin = found.start()
    after_letter = _AFTER_LETTER.search(found.string, max(0, begin - 2), begin)
    return (
        digits(found.group()) if after_letter or _AFTER_CODE.search(found.string, max(0, begin - 40), begin) else None
    )


def _say_integer(found: re.Match[str]) -> str:
    text = found.group()
    number = int(text)
    if 1100 <= number <= 2099 and number % 1000 and len(text) == 4:
        return year(number)
    spelled = (len(text) > 1 and text.startswith("0")) or len(text) > 15 or (len(text) > 4 and number % 1000)
    return digits(text) if spelled else cardinal(number)


_AMOUNT = r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?(?![0-9])|[0-9]+(?:\.[0-9]+)?"
_END = r"(?![^\W_])"
_SIGN = "[$€£¥]"
_CODES = _one_of(name for name in _CURRENCIES if name.isalpha())
_RULES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str | None]], ...] = tuple(
    (re.compile(pattern), say)
    for pattern, say in (
        (
            r"(?P<year>[12][0-9]{3})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})(?![0-9-])"
            r"(?:[T ](?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})(?::[0-9]{2}(?:\.[0-9]+)?)?(?![0-9]|:[0-9]))?",
            _say_date,
        ),
        (r"([0-9]{1,2})[-/.]([0-9]{1,2})[-/.]([12][0-9]{3})(?![-/.]?[0-9])", _say_short_date),
        (
            r"(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::[0-9]{2})?(?![0-9]|:[0-9])"
            rf"(?: ?(?P<suffix>[ap]m|[AP]M){_END})?(?P<dotted>(?= ?[ap]\.))?",
            _say_time,
        ),
        (r"([0-9]+):([0-9]+)", lambda found: f"{decimal(found[1])} to {decimal(found[2])}"),
        (rf"(0?[1-9]|1[0-2]) ?([ap]m|[AP]M){_END}", lambda found: f"{cardinal(int(found[1]))} {found[2].upper()}"),
        (
            rf"(?P<currency>{_SIGN}) ?(?:(?P<low>{_AMOUNT})[-–—]{_SIGN}?)?(?P<amount>{_AMOUNT})"
            rf"(?: ?(?P<scale>{_one_of([*_SCALES, *_SCALE_WORDS])}){_END})?",
            _say_money,
        ),
        (
            rf"(?P<amount>{_AMOUNT}) ?(?P<currency>{_SIGN}|(?:{_CODES}){_END})",
            _say_money,
        ),
        (rf"({_AMOUNT}) ?%", lambda found: f"{decimal(found[1])} percent"),
        (
            rf"([0-9]{{1,3}}(?:,?[0-9]{{3}})*)(?:{_one_of(_ORDINAL_SUFFIXES)}){_END}",
            lambda found: ordinal(int(found[1].replace(",", ""))),
        ),
        (rf"((?:1[1-9]|20)?[0-9]0)s{_END}", _say_decade),
        (
            r"\+[0-9]{1,3}(?:[ -]\([0-9]+\)|[ .-]?[0-9]+)+|[0-9]{3}\)[ -]?[0-9]{3}[ .-][0-9]{4}"
            r"|[0-9]{3}-[0-9]{4}(?![0-9-])|[0-9]{2,5}(?:[ .-][0-9]{2,5}){2,}|[0-9] [0-9]{3} [0-9]{3} [0-9]{4}",
            _say_phone,
        ),
        (r"([0-9]{1,3})/([0-9]{1,3})(?![0-9/])", _say_fraction),
        (rf"({_AMOUNT}) ?({_one_of(_UNITS)}){_END}", lambda found: quantity(found[1], _UNITS[found[2]])),
        (rf"[0-9]{{1,2}}(?= (?:{_one_of(_MONTHS)}){_END})", _say_day_of_month),
        (r"[0-9]{1,2}(?![0-9:/]|[.,][0-9])", _say_day_after_month),
        (r"[0-9]{3,}(?![.,][0-9])", _say_code),
        (rf"({_AMOUNT})(k|bn){_END}", lambda found: f"{decimal(found[1])} {_SCALES[found[2]]}"),
        (r"[0-9]+(?:\.[0-9]+){2,}", lambda found: " point ".join(map(decimal, found.group().split(".")))),
        (r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?(?![0-9])|[0-9]+\.[0-9]+", lambda found: decimal(found.group())),
        (r"[0-9]+", _say_integer),
    )
)


def spoken_at(text: str, at: int) -> tuple[int, str] | None:
    """Where the number that begins at `at` ends and how it is said, or None where there is none.

    What stands before `at` decides, too ("code 4711", "November 24", "A380").
    """
    for pattern, say in _RULES:
        found = pattern.match(text, at)
        if found and (said := say(found)):
            return found.end(), said
    return None


def may_go_on(text: str, at: int) -> bool:
    """Whether `text` ends in a number, begun at `at`, that later text may belong to: "18:", "$", "5 k" (kids or km)."""
    if _SIGN_ALONE.fullmatch(text, at):
        return True
    found = _STRETCH.fullmatch(text, at)
    return found is not None and (found["word"] is None or found["word"] in _BEGUN)
