"""Dates and times as people and small language models say them, and as a voice should say them back. Pure."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from text_to_num import alpha2digit

__all__ = ["ClockTime", "Unclear", "parse_date", "parse_time", "say_date", "say_time", "with_digits"]

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)


class Unclear(ValueError):
    """Not understood; the message can be spoken as it is."""


@dataclass(frozen=True, slots=True)
class ClockTime:
    """Minutes since midnight. `either` when "am" or "pm" was left open: "6:30" may mean 18:30 as well."""

    minutes: int
    either: bool = False


def parse_date(text: str, today: date) -> date:
    """A day: "2026-11-24", "today", "tomorrow", "Friday", "next Friday", "24 November", "Nov 24th 2026".

    A weekday is the next one, today included; "next" does not count today. A day without a year is the next one.

    Raises:
        Unclear: anything else.
    """
    words = re.sub(r"[,.]", " ", text.lower()).removeprefix("on ").split()
    phrase = " ".join(word for word in words if word not in ("the", "this", "coming"))
    match phrase:
        case "today" | "tonight" | "now":
            return today
        case "tomorrow" | "tomorrow night" | "tomorrow evening":
            return today + timedelta(days=1)
        case "day after tomorrow":
            return today + timedelta(days=2)
    if (day := _weekday(phrase, today) or _calendar_day(phrase, today)) is not None:
        return day
    raise Unclear(
        f"I did not understand the date {text!r}. Give it like {today.isoformat()}, or as tomorrow or Friday."
    )


def parse_time(text: str) -> ClockTime:
    """A time of day: "18:30", "6:30 pm", "6pm", "18", "six thirty", "half past six", "quarter to seven", "noon".

    Raises:
        Unclear: anything else.
    """
    phrase = re.sub(r"\b([ap])\.?\s?m\b\.?", r"\1m", text.lower().removeprefix("at "))
    phrase = " ".join(re.sub(r"o'?clock|-", " ", phrase).split())
    if phrase in ("noon", "midday", "midnight"):
        return ClockTime(0 if phrase == "midnight" else 12 * 60)
    half = re.search(r"\s?([ap]m|in the morning|in the (?:afternoon|evening)|at night)$", phrase)
    bare = phrase[: half.start()] if half else phrase
    bare = with_digits(bare)
    minutes = _relative(bare) if (minutes := _digits(bare)) is None else minutes
    if minutes is None:
        raise Unclear(f"I did not understand the time {text!r}. Give it like 18:30 or 6:30 pm.")
    if half is None:
        # "06:30" and "18:30" are clear, "6:30" and "12" are not.
        return ClockTime(minutes, either=minutes < 13 * 60 and not bare.startswith("0"))
    if minutes >= 13 * 60:
        return ClockTime(minutes)
    return ClockTime(minutes % 720 + (0 if half[1] in ("am", "in the morning") else 720))


def with_digits(text: str) -> str:
    """`text` with the numbers that are spelled out as digits: "maple twenty-seven" -> "maple 27"."""
    return str(alpha2digit(text, "en", threshold=0))


def say_date(day: date) -> str:
    """ "Tuesday, 24 November"."""
    return f"{_WEEKDAYS[day.weekday()].title()}, {day.day} {_MONTHS[day.month - 1].title()}"


def say_time(minutes: int) -> str:
    """ "18:30", which speech synthesis reads well."""
    return f"{minutes // 60}:{minutes % 60:02d}"


def _weekday(phrase: str, today: date) -> date | None:
    name = phrase.removeprefix("next ")
    full = [day for day in _WEEKDAYS if day == name or (len(name) >= 3 and day.startswith(name))]
    if not full:
        return None
    ahead = (_WEEKDAYS.index(full[0]) - today.weekday()) % 7
    return today + timedelta(days=ahead or (7 if phrase.startswith("next ") else 0))


def _calendar_day(phrase: str, today: date) -> date | None:
    if iso := re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", phrase):
        return _valid(*map(int, iso.groups()))
    named = re.fullmatch(
        r"(?:(\d+)(?:st|nd|rd|th)?(?: of)? )?([a-z]{3,})(?: (\d{1,2})(?:st|nd|rd|th)?)?( \d{4})?", phrase
    )
    if named is None or (named[1] is None) == (named[3] is None):
        return None
    month = next((i for i, name in enumerate(_MONTHS, 1) if name.startswith(named[2])), None)
    if month is None:
        return None
    number = int(named[1] or named[3])
    if named[4]:
        return _valid(int(named[4]), month, number)
    day = _valid(today.year, month, number)
    return day if day is None or day >= today else _valid(today.year + 1, month, number)


def _valid(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _digits(phrase: str) -> int | None:
    form = re.fullmatch(r"(\d{1,2})(?:[:. h](\d{2}))?(?::00)?|(\d{2})(\d{2})", phrase)
    if form is None:
        return None
    hour, minute = int(form[1] or form[3]), int(form[2] or form[4] or 0)
    return hour * 60 + minute if hour < 24 and minute < 60 else None


def _relative(phrase: str) -> int | None:
    """ "half past 6", "quarter to 7", "10 past 8", numbers in digits."""
    form = re.fullmatch(r"(half|(?:a )?quarter|\d{1,2}) (past|to) (\d{1,2})", phrase)
    if form is None:
        return None
    minute = 30 if form[1] == "half" else 15 if "quarter" in form[1] else int(form[1])
    hour = int(form[3])
    if not 1 <= hour <= 12 or minute > 59:
        return None
    return hour * 60 + (minute if form[2] == "past" else -minute)
