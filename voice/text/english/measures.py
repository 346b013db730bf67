"""Units, durations, dimensions, fractions, ratings -> words."""

import re
import unicodedata

from voice.text.english.money import AMOUNT, plain
from voice.text.english.number_words import cardinal, decimal, digits, fraction, quantity, year
from voice.text.english.tables import UNITS, VULGAR, one_of
from voice.text.language import Rule, rules

__all__ = ["DOTTED", "DURATIONS", "DURATION_NOUNS", "FEET_NOUNS", "FRACTIONS", "MEASURES", "vulgar"]

DURATION_NOUNS = ("timer", "wait", "delay", "break", "meeting", "nap", "drive", "ride", "ago", "later", "left")
"""What tells that "30m" before it is a time."""

DOTTED = tuple(
    [
        *("lb", "lbs", "oz", "tbsp", "tsp", "min", "mins", "hr", "hrs", "sec", "secs", "ft", "yd", "yds"),
        *("mi", "gal", "qt", "mo", "mos", "yr", "yrs", "wk", "wks"),
    ]
)
"""Units that are written with a full stop, too; in the middle of a sentence it is not said."""
FEET_NOUNS = ("tall", "wide", "long", "high", "deep")
"""What tells that "6'" before it is a length."""

_END = r"(?![^\W_]|[-'’][^\W\d_])"
_UNIT = rf"(?:{one_of(UNITS)}){_END}"
_NUMBER = rf"(?:{AMOUNT}|\.[0-9]+)"
_BY = r"(?: ?[x×] ?| by )"
_RATED = re.compile(
    r"\b(?:rat(?:ed|ing|es|ings)|review(?:s|ed)?|scor(?:e|ed|es|ing)|grade[ds]?|gave|gives?|got|stars?|ranked)\b[^.!?]*$",
    re.IGNORECASE,
)
_PART = re.compile(
    r"\b(?:page|step|part|question|episode|chapter|slide|item|lesson|round|attempt|try|day|week) $", re.IGNORECASE
)
_DECADE = re.compile(
    r"(?:['’]|\b(?:the|mid|low|high|early|late|upper|lower|their|his|her|my|our|your|my)[ -])$", re.IGNORECASE
)
_SAME_DECADE = re.compile(r"\bthe [0-9]{2,4}s (?:and|or|to) $", re.IGNORECASE)
_BELOW = (*range(2, 11), 12, 15, 16, 20, 25, 32, 50, 64)


def vulgar(character: str) -> str:
    """ "⅔" -> "two thirds"."""
    above, _, below = unicodedata.normalize("NFKC", character).partition("⁄")
    return fraction(int(above), int(below))


def _before(found: re.Match[str], count: int) -> str:
    return found.string[max(0, found.start() - count) : found.start()]


def _say_tens(found: re.Match[str]) -> str | None:
    """ "the 80s" and "1990s" are decades, every other "80s" a number of seconds."""
    if len(found[1]) < 4 and not (_DECADE.search(_before(found, 8)) or _SAME_DECADE.search(_before(found, 16))):
        return None
    said = year(int(found[1])) if len(found[1]) == 4 else decimal(found[1])
    return f"{said[:-1]}ies" if said.endswith("y") else f"{said}s"


_LASTING = re.compile(
    r"\b(?:takes?|took|taking|lasts?|lasted|wait(?:ing)?|hold|ready in|back in|every|timer|eta|duration|delay(?:ed)?"
    r"|late by)"
    r"(?: (?:for|about|around|only|of|is|another|up to|by))*:? ?$",
    re.IGNORECASE,
)
_PARTS = (("d", "day"), ("h", "hour"), ("m", "minute"), ("s", "second"))


def _say_duration(found: re.Match[str]) -> str | None:
    said = [quantity(found[name], noun) for name, noun in _PARTS if found[name]]
    return " ".join(said) if len(said) > 1 else None


def _say_minutes(found: re.Match[str]) -> str | None:
    """ "30m" is a time after "takes" and the like, or before "timer"."""
    lasting = _LASTING.search(_before(found, 40)) or found.string.startswith(DURATION_NOUNS, found.end() + 1)
    return quantity(plain(found[1]), "minute") if lasting else None


def _say_compound(found: re.Match[str]) -> str:
    """ "10-min" -> "ten-minute"."""
    return f"{decimal(found[1])}-{UNITS[found[2]].partition('/')[0]}"


def _say_iso(found: re.Match[str]) -> str | None:
    said = [quantity(found[name], noun) for name, noun in _PARTS[1:] if found[name]]
    return " ".join(said) or None


def _say_rating(found: re.Match[str]) -> str | None:
    above, below = found["above"], found["below"]
    rated = found["stars"] is not None or _RATED.search(_before(found, 60))
    if not rated and found.string.startswith(" of", found.end()):
        return None
    if not (rated or "." in above or below in ("10", "100") or (below == "5" and above == "5")):
        return None
    return f"{decimal(above)} out of {decimal(below)}"


def _say_part(found: re.Match[str]) -> str | None:
    return f"{decimal(found[1])} of {decimal(found[2])}" if _PART.search(_before(found, 12)) else None


def _say_fraction(found: re.Match[str]) -> str:
    above, below = int(found[1]), int(found[2])
    if not (0 < above < below and below in _BELOW):
        return f"{cardinal(above)} {cardinal(below)}"
    return fraction(above, below)


def _say_mixed(found: re.Match[str]) -> str | None:
    above, below = int(found[2]), int(found[3])
    if not (0 < above < below and below in _BELOW):
        return None
    return f"{cardinal(int(found[1]))} and {fraction(above, below)}"


def _say_vulgar(found: re.Match[str]) -> str:
    return f"{cardinal(int(found[1]))} and {vulgar(found[2])}" if found[1] else vulgar(found[2])


def _say_dimensions(found: re.Match[str]) -> str:
    numbers = [plain(number) for number in re.findall(_NUMBER, found["numbers"])]
    product = found.string[found.end() :].lstrip(" ").startswith("=")
    said = (" times " if product else " by ").join(decimal(number) for number in numbers)
    if not found["unit"]:
        return said
    return f"{' by '.join(map(decimal, numbers[:-1]))} by {quantity(numbers[-1], UNITS[found['unit']])}"


def _say_units_by(found: re.Match[str]) -> str:
    return f"{quantity(plain(found[1]), UNITS[found[2]])} by"


def _say_feet(found: re.Match[str]) -> str:
    said = [quantity(found[1], "foot/feet")] if found[1] else []
    said += [quantity(found[2], "inch/inches")] if found[2] else []
    return " ".join(said)


def _say_number_plate(found: re.Match[str]) -> str:
    return " dot ".join(
        str(digits(group)) if len(group) > 3 else cardinal(int(group)) for group in found.group().split(".")
    )


DURATIONS: tuple[Rule, ...] = rules(
    (rf"((?:1[1-9]|20)?[0-9]0)s{_END}", _say_tens),
    (
        r"(?:(?P<d>[0-9]+) ?d(?:ays?)? ?)?(?:(?P<h>[0-9]+) ?(?:hours?|hrs?|h) ?)?(?:(?P<m>[0-9]+) ?(?:mins?|m) ?)?"
        rf"(?:(?P<s>[0-9]+) ?(?:secs?|s))?(?<! ){_END}",
        _say_duration,
    ),
    (rf"({_NUMBER}) ?m{_END}", _say_minutes),
    (r"PT(?:(?P<h>[0-9]+)H)?(?:(?P<m>[0-9]+)M)?(?:(?P<s>[0-9]+)S)?(?![^\W_])", _say_iso),
    (
        rf"([0-9]+(?:\.[0-9]+)?)-({one_of(name for name in UNITS if len(name) > 1 and name.isalpha())}){_END}",
        _say_compound,
    ),
    (r"(?P<d>)(?P<h>[0-9]{1,2})h(?P<m>[0-5][0-9])(?P<s>)(?![^\W_])", _say_duration),
)
FRACTIONS: tuple[Rule, ...] = rules(
    (
        rf"(?P<numbers>{_NUMBER}(?:{_BY}{_NUMBER})+)(?![0-9])(?: ?(?P<unit>{_UNIT}))?",
        _say_dimensions,
    ),
    (rf"({_NUMBER}) ?((?:{one_of(UNITS)})) ?[x×] ?(?=[0-9])", _say_units_by),
    (
        r"([0-9]+)['’′] ?[x×] ?([0-9]+)['’′]",
        lambda found: f"{cardinal(int(found[1]))} by {quantity(found[2], 'foot/feet')}",
    ),
    (
        r"([0-9]+)[\"”″] ?[x×] ?([0-9]+)[\"”″]",
        lambda found: f"{cardinal(int(found[1]))} by {quantity(found[2], 'inch/inches')}",
    ),
    (r"([0-9]{1,2})['’′] ?([0-9]{1,2}(?:\.[0-9])?)(?:[\"″”]|'')", _say_feet),
    (rf"([0-9]+)(?:['’](?= (?:{'|'.join(FEET_NOUNS)}))|′)()", _say_feet),
    (rf"([0-9]+) ?(?:ft|feet|foot)\.? ([0-9]{{1,2}}) ?(?:in|inch|inches){_END}", _say_feet),
    (r"()([0-9]+)″", _say_feet),
    (r"([0-9]+(?:\.[0-9]+)?)x(?= [^\W\d_]|[.,;:!?)]|\s|\Z)", lambda found: f"{decimal(found[1])} times"),
    (
        r"(?P<above>[0-9]{1,3}(?:\.[0-9]+)?) ?/ ?(?P<below>[0-9]{1,3})(?![0-9/]|\.[0-9])"
        r"(?P<stars>(?= ?(?:stars?|★|⭐|points?|rating)))?",
        _say_rating,
    ),
    (r"([0-9]{1,3}) ?/ ?([0-9]{1,3})(?![0-9/]|\.[0-9])", _say_part),
    (r"([0-9]+)[ -]([0-9]{1,2})[/⁄]([0-9]{1,2})(?![0-9/⁄])", _say_mixed),
    (rf"(?:([0-9]+)[ -]?)?([{VULGAR}])", _say_vulgar),
    (r"([0-9]{1,3})[/⁄]([0-9]{1,3})(?:rds?|ths?|nds?)?(?![0-9/⁄])", _say_fraction),
)
MEASURES: tuple[Rule, ...] = rules(
    (
        rf"({_NUMBER}) ?({one_of(DOTTED)})\.(?= [a-z(]|[,;])",
        lambda found: quantity(plain(found[1]), UNITS[found[2]]),
    ),
    (rf"({_NUMBER}) ?in\.(?= (?:[a-z(])|[,;])", lambda found: quantity(plain(found[1]), "inch/inches")),
    (rf"({_NUMBER}) ?({_UNIT})", lambda found: quantity(plain(found[1]), UNITS[found[2]])),
    (r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?![.0-9])", _say_number_plate),
)
