"""Dates and times in digits -> words. American: month before day where a date says neither."""

import re

from voice.text.english.number_words import cardinal, clock, decimal, ordinal, year
from voice.text.english.tables import MONTH_NAMES, MONTHS, one_of
from voice.text.language import Rule, rules

__all__ = ["DATES", "DAYS"]

_END = r"(?![^\W_])"
_MONTH = one_of(MONTH_NAMES)
_AFTER_MONTH = re.compile(rf"\b(?:{_MONTH})\.? (?:[0-9]{{1,2}}(?:st|nd|rd|th)?(?: ?[-–] ?| (?:and|or|to) |, ))?$")
_AFTER_THE = re.compile(r"\bthe $", re.IGNORECASE)
_DATED = re.compile(
    r"\b(?:on|by|until|till|since|before|after|due|date|dated|starting|(?:mon|tues|wednes|thurs|fri|satur|sun)day"
    r"|(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\.?|expires|deadline)[:,]? $",
    re.IGNORECASE,
)
_ZONE = r"(?P<zone>Z|[+−-][0-9]{2}:?(?:[0-9]{2})?)?(?![0-9])"


def _date(day: int, month: int, number: int | None) -> str | None:
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return None
    return f"{MONTHS[month - 1]} {ordinal(day)}" + ("" if number is None else f", {year(number)}")


def _say_date(found: re.Match[str]) -> str | None:
    said = _date(int(found["day"]), int(found["month"]), int(found["year"]))
    if said is None or not found["hour"]:
        return said
    time = clock(int(found["hour"]), int(found["minute"]), None, twelve_hours=False)
    return f"{said} at {time}{' U T C' if found['zone'] == 'Z' else ''}" if time else None


def _say_slashed(found: re.Match[str]) -> str | None:
    return _date(int(found["day"]), int(found["month"]), int(found["year"]))


def _say_short_date(found: re.Match[str]) -> str | None:
    """24/11/2026 and 11/24/2026 are clear; 03/04/2026 is left as unclear as it was."""
    first, second, number = int(found[1]), int(found[3]), int(found[4])
    if len(found[4]) == 2:
        number += 2000 if number < 70 else 1900
    month, day = (first, second) if first <= 12 else (second, first)
    if found[2] == ".":
        month, day = second, first
    if 1 <= month <= 12 and (12 < day <= 31 or day == month or (found[2] == "." and 1 <= day <= 12)):
        return _date(day, month, number)
    return (
        f"{cardinal(first)} {cardinal(second)} {year(number)}" if len(found[4]) == 4 or first <= 12 >= second else None
    )


def _say_named_date(found: re.Match[str]) -> str | None:
    number = int(found["year"])
    if len(found["year"]) == 2:
        number += 2000
    return _date(int(found["day"]), MONTH_NAMES[found["month"]], number)


def _say_month_of_year(found: re.Match[str]) -> str | None:
    month = int(found["month"])
    dated = _DATED.search(found.string[max(0, found.start() - 20) : found.start()]) or re.search(
        r"\bin $", found.string[max(0, found.start() - 4) : found.start()]
    )
    return f"{MONTHS[month - 1]} {year(int(found['year']))}" if 1 <= month <= 12 and dated else None


def _say_month_and_day(found: re.Match[str]) -> str | None:
    """11/24 after "on" or the like, and wherever it can't be a fraction; 24/7 stays what it is."""
    first, second = int(found[1]), int(found[2])
    dated = _DATED.search(found.string[max(0, found.start() - 20) : found.start()])
    if dated and first <= 12 and second <= 31:
        return _date(second, first, None)
    if dated and 12 < first <= 31:
        return _date(first, second, None)
    return _date(second, first, None) if second > 12 and second not in (16, 20) and first <= 12 else None


def _say_time(found: re.Match[str]) -> str | None:
    hour, minute = int(found["hour"]), int(found["minute"])
    suffix = found["suffix"].upper().replace(".", "") if found["suffix"] else None if found["dotted"] is None else ""
    said = clock(hour, minute, suffix, twelve_hours=not found["hour"].startswith("0"))
    return f"{said} U T C" if said and found["zone"] == "Z" else said


def _say_hour(found: re.Match[str]) -> str | None:
    minute = int(found["minute"]) if found["minute"] else 0
    return clock(int(found["hour"]), minute, found["suffix"].upper(), twelve_hours=True)


def _say_french_time(found: re.Match[str]) -> str | None:
    """ "18h30"; "1h30" without "at" or the like is a duration."""
    at = re.search(
        r"\b(?:at|from|by|until|till|to|around|before|after|and) $",
        found.string[max(0, found.start() - 8) : found.start()],
    )
    hour = int(found["hour"])
    return clock(hour, int(found["minute"]), None, twelve_hours=False) if at or hour > 7 else None


def _say_hour_of_range(found: re.Match[str]) -> str:
    """ "7" in "7-9pm"."""
    return cardinal(int(found.group()))


def _say_day_of_month(found: re.Match[str]) -> str | None:
    day = int(found["day"])
    if not 1 <= day <= 31:
        return None
    the = "" if _AFTER_THE.search(found.string, max(0, found.start() - 5), found.start()) else "the "
    return f"{the}{ordinal(day)} of"


def _say_day_after_month(found: re.Match[str]) -> str | None:
    after_month = _AFTER_MONTH.search(found.string[max(0, found.start() - 24) : found.start()])
    return ordinal(int(found.group())) if after_month and 1 <= int(found.group()) <= 31 else None


DATES: tuple[Rule, ...] = rules(
    (
        r"(?P<year>[12][0-9]{3})(?P<mark>[-/.])(?P<month>[0-9]{1,2})(?P=mark)(?P<day>[0-9]{1,2})(?![0-9]|[-/][0-9])"
        r"(?:(?:T|, ?| )(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})(?::[0-9]{2}(?:[.,][0-9]+)?)?(?![0-9]|:[0-9])"
        rf"{_ZONE})?",
        _say_date,
    ),
    (
        r"(?P<year>[12][0-9]{3})(?P<month>[01][0-9])(?P<day>[0-3][0-9])"
        r"T(?P<hour>[0-9]{2})(?P<minute>[0-9]{2})(?:[0-9]{2})?" + _ZONE,
        _say_date,
    ),
    (r"([0-9]{1,2})([-/.])([0-9]{1,2})\2([12][0-9]{3}|[0-9]{2})(?![0-9]|\2[0-9]|[^\W_])", _say_short_date),
    (
        rf"(?P<day>[0-9]{{1,2}})[-/. ](?P<month>{_MONTH})\.?[-/. ,](?P<year>[12][0-9]{{3}}|(?<=-)[0-9]{{2}})(?![0-9])",
        lambda found: _say_named_date(found) if found.group()[len(found["day"])] != " " else None,
    ),
    (r"(?P<year>[12][0-9]{3})-(?P<month>[01][0-9])(?![0-9-])", _say_month_of_year),
    (r"([0-9]{1,2})/([0-9]{1,2})(?![0-9/]|\.[0-9])", _say_month_and_day),
    (
        r"(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::[0-9]{2}(?:\.[0-9]+)?)?(?![0-9]|:[0-9])"
        rf"(?: ?(?P<suffix>[ap]m|[AP]M|[AP]m){_END})?(?P<dotted>(?= ?[apAP]\.))?"
        r"(?P<zone>Z(?![^\W_])|[+−-][0-9]{2}:[0-9]{2}(?<=[+−]..:..)(?![0-9]))?",
        _say_time,
    ),
    (r"([0-9]+):([0-9]+)(?![:0-9])", lambda found: f"{decimal(found[1])} to {decimal(found[2])}"),
    (
        rf"(?P<hour>0?[1-9]|1[0-2])(?:\.(?P<minute>[0-5][0-9]))? ?(?P<suffix>[ap]m|[AP]M|[AP]m){_END}",
        _say_hour,
    ),
    (r"(?:[1-9]|1[0-2])(?=[-–—](?:[1-9]|1[0-2])(?::[0-9]{2})? ?(?:[ap]m|[AP]M)\b)", _say_hour_of_range),
    (
        rf"(?P<hour>[01]?[0-9]|2[0-4])h(?P<minute>[0-5][0-9]){_END}",
        _say_french_time,
    ),
)
DAYS: tuple[Rule, ...] = rules(
    (rf"(?P<day>[0-9]{{1,2}})(?:st|nd|rd|th)?(?= (?:{_MONTH}){_END})", _say_day_of_month),
    (r"[0-9]{1,2}(?![0-9:/]|[.,][0-9])", _say_day_after_month),
)
