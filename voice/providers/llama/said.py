"""Numbers in what people say, by their meaning: times of day, days, counts of something. English. Pure."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from text_to_num import alpha2digit

__all__ = ["Count", "Moment", "counts", "days", "moments", "on_day", "with_digits"]

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_MONTH = "|".join(f"{name[:3]}(?:{name[3:]})?" for name in _MONTHS)
_DAY = re.compile(
    r"\d{4}-\d\d-\d\d|day after tomorrow|tomorrow|today|tonight"
    rf"|(?:next )?\b(?:{'|'.join(_WEEKDAYS)})"
    rf"|\b(?:the )?\d{{1,2}}(?:st|nd|rd|th)?(?: of)? (?:{_MONTH})\b(?: \d{{4}}\b)?"
    rf"|\b(?:{_MONTH}) (?:the )?\d{{1,2}}(?:st|nd|rd|th)?\b(?:,? \d{{4}}\b)?"
    r"|\bthe \d{1,2}(?:st|nd|rd|th)\b(?! (?:1|one|time|floor)\b)"
)
_HALF = r"(?P<half>[ap]\.? ?m\b\.?|in the (?:morning|afternoon|evening)|at night|o.?clock)"
_TIMES = (
    re.compile(r"\b(?P<part>half|(?:a )?quarter|\d{1,2}) (?P<side>past|to) (?P<hour>\d{1,2})\b(?: ?" + _HALF + ")?"),
    re.compile(r"\b(?P<hour>\d{1,2}):(?P<minute>\d\d)\b(?: ?" + _HALF + ")?"),
    re.compile(r"\b(?P<hour>\d{1,2})(?:[. ](?P<minute>[0-5]\d))? ?" + _HALF),
    re.compile(r"\b(?:at|around|about|until|by|from) (?P<hour>\d{1,2})(?:[. ](?P<minute>[0-5]\d))?\b(?! ?\w*night)"),
    re.compile(r"\b(?P<word>noon|midday|midnight)\b"),
)
_BARE = re.compile(r"^\W*(?:at |for )?(?P<hour>\d{1,2})(?:[:. ](?P<minute>[0-5]\d))?\W*(?:please)?\W*$")
_LATE = re.compile(r"evening|afternoon|tonight|night\b|dinner")
_EARLY = re.compile(r"morning|breakfast")
_PERSONS = ("people", "person", "guest", "adult", "us", "seat", "friend", "child", "children", "kid")
_WHO = "|".join(_PERSONS)
_TWO_IN_ONE = re.compile(rf"\b(\d{{1,2}}) ([2-5])([1-9]) ({_WHO})")
"""Six thirty and five people."""
_PAIRS = (
    (re.compile(r"\b(?:my (?:\w+ )?\w+ and (?:me|i|myself)|me and my \w+|my (?:wife|husband|partner) and)\b"), 2),
    (re.compile(r"\b(?:a couple|both of us)\b"), 2),
    (re.compile(r"\b(?:just me|only me|by myself|just myself|on my own|alone)\b"), 1),
)
_NUMBER = re.compile(r"(?P<before>[a-z']+)?\W*\b(?P<number>\d{1,6})\b(?: of (?P<whose>us|them))?\W*(?P<after>[a-z]+)?")
_CLAUSE = re.compile(r"[.,;?!](?=\s)")


@dataclass(frozen=True, slots=True)
class Moment:
    """A time of day in minutes since midnight; `either`: it may be in the other half of the day as well."""

    minutes: int
    either: bool

    def is_same(self, other: "Moment") -> bool:
        """Whether both can mean one time."""
        apart = abs(self.minutes - other.minutes) % 1440
        return apart == 0 or (apart == 720 and (self.either or other.either))

    def __str__(self) -> str:
        return f"{self.minutes // 60}:{self.minutes % 60:02d}"


@dataclass(frozen=True, slots=True)
class Count:
    """A number, the word before it and the word that it counts ("people" for "of us"), both lower case."""

    number: int
    before: str
    noun: str

    @property
    def of_persons(self) -> bool:
        """Whether it counts people."""
        return self.noun.removesuffix("s") in _PERSONS or self.noun in _PERSONS


def with_digits(text: str) -> str:
    """`text` in lower case, its number words as digits; single digits in a row are one number ("4 7 2" is 472)."""
    digits = str(alpha2digit(re.sub(r"[-–—](?=\D)", " ", text.lower()), "en", threshold=0))
    return re.sub(r"\b(\d(?: \d){2,})\b", lambda run: run[0].replace(" ", ""), digits)


def moments(text: str) -> list[Moment]:
    """The times of day in `text`, in the order of how clearly they are said."""
    return _timed(with_digits(text))[0]


def days(text: str) -> list[str]:
    """The days in `text` as they were said, in lower case."""
    return [found[0].removeprefix("the ") for found in _DAY.finditer(with_digits(text))]


def counts(text: str) -> list[Count]:
    """The numbers in `text` that are neither a time nor part of a day."""
    low = with_digits(text)
    rest = _DAY.sub(" , ", _timed(low)[1])
    found = [
        Count(int(one["number"]), one["before"] or "", "people" if one["whose"] else one["after"] or "")
        for clause in _CLAUSE.split(rest)
        for one in _NUMBER.finditer(clause)
        if not re.search(r"instead of\W*$", clause[: one.start("number")])
    ]
    return found + [Count(number, "", "people") for pattern, number in _PAIRS if pattern.search(low)]


def on_day(said: str, today: date | None) -> date | str:
    """The date that `said`, one of `days`, means; `said` where that cannot be told."""
    phrase = said.lower().strip(" .").removeprefix("on ")
    if re.fullmatch(r"\d{4}-\d\d-\d\d", phrase):
        return date.fromisoformat(phrase)
    if phrase in ("tonight", "today", "now"):
        return today or "today"
    if today is None:
        return phrase
    if phrase in ("tomorrow", "day after tomorrow"):
        return today + timedelta(days=2 if "after" in phrase else 1)
    if (name := phrase.removeprefix("next ")) in _WEEKDAYS:
        ahead = (_WEEKDAYS.index(name) - today.weekday()) % 7
        return today + timedelta(days=ahead or 7 * phrase.startswith("next "))
    return _calendar_day(phrase, today)


def _calendar_day(phrase: str, today: date) -> date | str:
    number = re.search(r"\b\d{1,2}(?!\d)", phrase)
    month = next((at for at, name in enumerate(_MONTHS, 1) if re.search(rf"\b{name[:3]}", phrase)), today.month)
    year = re.search(r"\b\d{4}\b", phrase)
    try:
        day = date(int(year[0]) if year else today.year, month, int(number[0]) if number else 0)
    except ValueError:
        return phrase
    return day if year or day >= today else day.replace(year=day.year + 1)


def _timed(low: str) -> tuple[list[Moment], str]:
    """The times in `low`, and what is left of it without them."""
    found: list[Moment] = []
    # "5 people" is no time, whatever stands before it.
    rest = re.sub(rf"\b(\d+) ({_WHO})", r"# \1 \2", _TWO_IN_ONE.sub(r"\1 \g<2>0, \3 \4", low))
    if bare := _BARE.match(low):
        return [_moment(bare, low)] if int(bare["hour"]) < 24 else [], "" if bare["minute"] else low
    for pattern in _TIMES:
        for match in pattern.finditer(rest):
            if "hour" not in match.groupdict() or int(match["hour"]) < 24:
                found.append(_moment(match, low))
        rest = pattern.sub(" , ", rest)
    return found, rest.replace("# ", "")


def _moment(match: re.Match[str], low: str) -> Moment:
    given = match.groupdict()
    if word := given.get("word"):
        return Moment(0 if word == "midnight" else 720, either=False)
    hour, minutes = int(given["hour"]), int(given.get("minute") or 0)
    if part := given.get("part"):
        minutes = 30 if part == "half" else 15 if "quarter" in part else int(part)
        minutes = minutes if given["side"] == "past" else -minutes
    total = hour * 60 + minutes
    half = given.get("half") or ""
    late = half[:1] == "p" or bool(_LATE.search(half or low))
    early = half[:1] == "a" or bool(_EARLY.search(half or low))
    if hour > 12 or given["hour"].startswith("0") or late == early:
        return Moment(total, either=hour <= 12 and not given["hour"].startswith("0"))
    return Moment(total % 720 + 720 * late, either=False)
