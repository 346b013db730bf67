"""What is said for a symbol, a range or a power in English text."""

import re

from voice.text.english.number_words import cardinal, power
from voice.text.english.tables import SIGNS, SYMBOLS, VULGAR, one_of
from voice.text.language import Rule, Token, first_of, rules

__all__ = ["LINE_RULES", "SYMBOL_RULES", "may_be_symbol", "operator_at"]

_SIGNS = re.escape("".join(SIGNS))
_NUMERIC = re.compile(rf"[0-9)](?: ?(?:[ap]m|[AP]M|[ap]\.m\.|st|nd|rd|th|%|[°º]C?|[{_SIGNS}¢]|kg|km|m|h|min))?[ \t]?$")
_SUPERSCRIPT = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-", strict=True))
_RAISED = "".join(_SUPERSCRIPT)
_POWER = re.compile(r"\^(?:[{(]([-+−]?[^\W_]{1,4})[)}]|([-+−]?[0-9]{1,4}|[A-Za-z](?![^\W\d_])))")
_COMPARED = {
    ">=": "at least",
    "=>": "to",
    "<=": "at most",
    "==": "equals",
    "<>": "is not",
    "+/-": "plus or minus",
    "+-": "plus or minus",
    "+/−": "plus or minus",
    "~=": "about",
}
_SYMBOL_BEGUN = re.compile(
    rf"(?<!\S)!=?|[=<>][=>]?|~=? ?|\+(?:/[-−]?|-)?|\^[-+−{{(]?\w*|[{_RAISED}]+|[#{VULGAR}{re.escape(''.join(SYMBOLS))}]"
)
_CODED = re.compile(r"(?<![^\W_])[A-Za-z]+[\w-]*[0-9]$")
_DASH_BEGUN = re.compile(r".[ \t]?[0-9.,]* ?")
_NEAR = "".join(SIGNS) + "."


def operator_at(text: str, at: int) -> Token | None:
    """A power, a product or "about", which markup would take for its own."""
    return first_of(_OPERATORS, text, at) if text[at] in "^*~" else None


def may_be_symbol(text: str, at: int) -> bool:
    """Whether all of `text` from `at` on may be a symbol, sign or range that is not complete."""
    before = text[at - 1] if at else " "
    if text[at] in "-−–" and _DASH_BEGUN.fullmatch(text, at):
        return _after_number(text, at) or not before.isalnum()
    if text[at] == "." and len(text) == at + 1:
        return before in " \t\n("
    return _SYMBOL_BEGUN.fullmatch(text, at) is not None


def _after_number(text: str, at: int) -> bool:
    return _NUMERIC.search(text[max(0, at - 8) : at]) is not None


def _next(found: re.Match[str]) -> str:
    return found.string[found.end() : found.end() + 1]


def _parted(words: str, found: re.Match[str]) -> str:
    """`words` apart from their neighbours."""
    after = _next(found)
    return f" {words}{' ' * (after.isalnum() or (after != '' and after in _NEAR))}"


def _say_symbol(found: re.Match[str]) -> str:
    return _parted(SYMBOLS[found.group()], found)


def _say_range(found: re.Match[str]) -> str | None:
    if found.group() == "-" and _CODED.search(found.string[max(0, found.start() - 20) : found.start()]):
        return None
    return " to " if _after_number(found.string, found.start()) else None


def _say_subtraction(found: re.Match[str]) -> str | None:
    return " minus " if _after_number(found.string, found.start()) else None


def _say_power(found: re.Match[str]) -> str:
    exponent = found[1] or found[2]
    if sign := re.match("[-+−]", exponent):
        exponent = ("-" if sign.group() != "+" else "") + exponent[1:]
    return _parted(power(exponent), found)


def _say_raised(found: re.Match[str]) -> str | None:
    """A power after a digit or a short word; after anything else it is the mark of a note."""
    exponent = "".join(_SUPERSCRIPT[character] for character in found.group())
    before = found.string[max(0, found.start() - 20) : found.start()]
    if re.search(r"[0-9)]$|(?<![^\W\d_])[A-Za-z]{1,2}$", before) or (found.group() in "²³" and before[-1:].isalnum()):
        return _parted(power(exponent), found)
    return ""


def _say_number_sign(found: re.Match[str]) -> str:
    return _parted("number", found)


_OPERATORS: tuple[Rule, ...] = (
    (_POWER, _say_power),
    *rules(
        (r"(?:(?<=[0-9])|(?<=[0-9] ))\*[ \t]?(?=[0-9])", lambda _: " times "),
        (rf"~=? ?(?=[0-9{_SIGNS}])", lambda _: " about "),
    ),
)
LINE_RULES: tuple[Rule, ...] = rules(
    (r"([0-9]{1,3})[.)][ \t]+", lambda found: f"{cardinal(int(found[1]))}, "),
)
SYMBOL_RULES: tuple[Rule, ...] = rules(
    (r"(?<!\S)!=", lambda found: _parted("is not", found)),
    (one_of(_COMPARED), lambda found: _parted(_COMPARED[found.group()], found)),
    (r"[-–−] ?(?=[0-9.,]*[0-9] ?=)", _say_subtraction),
    (rf"[-–−][ \t]?(?=[0-9{_SIGNS}]|\.[0-9])", _say_range),
    (rf"(?<![^\W_])[-–−] ?(?=[0-9{_SIGNS}]|\.[0-9])", lambda _: " minus "),
    (r"(?<=[^\W\d_])–(?=[^\W\d_])|(?<=[0-9])—(?=[0-9])|[-=]+>", lambda _: " to "),
    (r"(?<=[^\W_]{2})(?<![0-9][ap])\.(?=[a-z])", lambda _: " dot "),
    (r"(?<=[A-G])#(?![^\W_])", lambda _: " sharp"),
    (r"#(?=[0-9])|№", _say_number_sign),
    (r"(?<=[0-9])#", lambda _: " pound"),
    (rf"[{_RAISED}]+", _say_raised),
    (
        rf"(?<=[\w)\s])[<>](?=[\w(\s])|[<>](?=[0-9{_SIGNS}])|[{re.escape(''.join(set(SYMBOLS) - set('<>№')))}]",
        _say_symbol,
    ),
)
