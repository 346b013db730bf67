"""What is neither word nor markup in English text: which token begins at a place, and what is said for a symbol."""

import re

from voice.text.english import spoken_numbers
from voice.text.english.addresses import address_at, may_be_address
from voice.text.english.formulas import formula_at, may_be_formula
from voice.text.english.number_words import cardinal, power
from voice.text.english.tables import CODES, RATES, SCALE_WORDS, SIGNS, SYMBOLS, UNITS, VULGAR, one_of
from voice.text.language import Rule, Token, first_of, rules

__all__ = ["LINE_RULES", "SYMBOL_RULES", "may_go_on", "token_at"]

_SIGNS = re.escape("".join(SIGNS))
_NUMERIC = re.compile(rf"[0-9)](?: ?(?:[ap]m|[AP]M|[ap]\.m\.|st|nd|rd|th|%|[°º]C?|[{_SIGNS}¢]|kg|km|m|h|min))?[ \t]?$")
_AMOUNT_BEFORE = re.compile(
    rf"(?:[0-9](?:[kKmM]|bn)?|[{_SIGNS}¢%°]|[0-9] ?(?:{one_of([*UNITS, *CODES, *SCALE_WORDS])})|[0-9] [a-z]+|\b(?:once|twice|times)) ?$"
)
_PRICE_BEFORE = re.compile(rf"(?:[{_SIGNS}¢] ?[0-9.,]+(?:k|K)?|[0-9.,]+ ?(?:[{_SIGNS}¢]|{one_of(CODES)})) ?$")
_RATE = re.compile(rf"/ ?({one_of(RATES)})(?![^\W_])")
_PRICED_RATE = re.compile(r"/ ?([a-z]{2,})(?![^\W_])")
_RATE_BEGUN = re.compile(r"/ ?[A-Za-z0-9²^ ]{0,8}")
_KEYED = re.compile(
    r"\b(?:press|dial|hit|push|enter|key|keys|keypad|punch|tap|followed by|type)\b[^.!?\n]*$", re.IGNORECASE
)
_KEY = re.compile(r"\*(?!\*)(?=[0-9#]*(?:[\s,.;:!?)\"'’”`\ufe0f\u20e3]|\Z))|#")
_NAMED_KEY = re.compile(r"\b(?:press|dial|hit|push|enter|punch|type|then|by|and|or) ?$|[0-9#*]$", re.IGNORECASE)
_THE = re.compile(r"\bthe $")
_KEY_BEGUN = re.compile(r"\*[0-9#]*|#")
_AUTHOR = (
    r"(?!(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|Spring|Summer|Fall|Autumn|Winter|Mon|Tue|Wed|Thu|Fri|Sat|Sun"
    r"|Est|Since|From|In|Until|Till|To|By|On|At|The|Room|Suite|Unit|Flight|Gate|Expo|Version|Built|Opened|Founded|Year|Model"
    r"|Copyright|Code|Order|Number|No|PIN|ID)\b|(?:Jan|Febr|Septem|Octo|Novem|Decem)\w+)[A-Z][\w'’-]+(?:,? (?:et al\.?|(?:and|&) [A-Z][\w'’-]+))*"
)
_CITED = rf"{_AUTHOR},? (?:1[89]|20)[0-9]{{2}}[a-z]?(?:, pp?\. ?[0-9–-]+)?"
_CITATION = re.compile(rf"(?<=\(){_CITED}(?:; ?{_CITED})*(?=\))")
_CITATION_BEGUN = re.compile(
    r"(?<=\()(?:[A-Z][\w'’-]*(?:,? (?:e(?:t(?: (?:a(?:l\.?)?)?)?)?|(?:a(?:n(?:d(?: (?:[A-Z][\w'’-]*)?)?)?)?|&(?: (?:[A-Z][\w'’-]*)?)?)))*"
    r",?(?: (?:[0-9]{1,4}[a-z]?(?:,(?: p{0,2}\.?(?: ?[0-9–-]*)?)?)?)?)?(?:; ?)?)+"
)
_SUPERSCRIPT = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-", strict=True))
_RAISED = "".join(_SUPERSCRIPT)
_POWER = re.compile(r"\^(?:[{(]([-+−]?\w{1,4})[)}]|([-+−]?[0-9]{1,4}|[A-Za-z](?![^\W\d_])))")
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


def token_at(text: str, at: int) -> Token | None:
    """The key, formula, address, number, rate or citation that begins at `at`."""
    character = text[at]
    if character in "*#" and _keyed(text, at) and (key := _KEY.match(text, at)) and not _closes(text, at):
        end, words = _spaced(text, at, key.end(), "star" if character == "*" else "pound")
        return end, words + " " * text.startswith(("*", "#"), end)
    if character in "$\\" and (formula := formula_at(text, at)):
        return formula
    if address := address_at(text, at):
        return address
    if character == "/":
        return _rate_at(text, at)
    if character in "^*~" and (token := first_of(_OPERATORS, text, at)):
        return token
    if found := _CITATION.match(text, at):
        return found.end(), ""
    if _begins_number(text, at) and (number := spoken_numbers.spoken_at(text, at)):
        return _spaced(text, at, *number)
    return None


def may_go_on(text: str, at: int) -> bool:
    """Whether all of `text` from `at` on may be part of such a token, or of a symbol of several characters."""
    character = text[at]
    if character in "$\\" and may_be_formula(text, at):
        return True
    if character in "*#" and _keyed(text, at) and _KEY_BEGUN.fullmatch(text, at):
        return True
    if character in ".@_+-" and may_be_address(text, at):
        return True
    if character == "/" and _RATE_BEGUN.fullmatch(text, at) and _AMOUNT_BEFORE.search(text[max(0, at - 24) : at]):
        return True
    if character in "-−–" and _DASH_BEGUN.fullmatch(text, at):
        return _after_number(text, at) or not text[at - 1 : at].isalnum()
    if character == "." and len(text) == at + 1:
        return at == 0 or text[at - 1] in " \t\n("
    if not _begins_number(text, at, alone=True):
        return _CITATION_BEGUN.fullmatch(text, at) is not None or _SYMBOL_BEGUN.fullmatch(text, at) is not None
    return (
        spoken_numbers.may_go_on(text, at)
        or _CITATION_BEGUN.fullmatch(text, at) is not None
        or _SYMBOL_BEGUN.fullmatch(text, at) is not None
    )


_SYMBOL_BEGUN = re.compile(
    rf"(?<!\S)!=?|[=<>][=>]?|~=? ?|\+(?:/[-−]?|-)?|\^[-+−{{(]?\w*|[{_RAISED}]+|[#{VULGAR}{re.escape(''.join(SYMBOLS))}]"
)
_CODED = re.compile(r"(?<![^\W_])[A-Za-z]+[\w-]*[0-9]$")
_DASH_BEGUN = re.compile(r".[ \t]?[0-9.,]* ?")
_NEAR = "".join(SIGNS) + "."
_STARTS = set("0123456789+.¢") | set(SIGNS) | set(VULGAR)
_CODE_STARTS = {code[0] for code in CODES}


def _begins_number(text: str, at: int, alone: bool = False) -> bool:
    character, before = text[at], text[at - 1] if at else " "
    if character == ".":
        return not before.isalnum() and before not in ".)" and (text[at + 1 : at + 2] in set("0123456789") or alone)
    return character in _STARTS or (character in _CODE_STARTS and not before.isalnum())


def _spaced(text: str, at: int, end: int, words: str) -> Token:
    """`words` with the space that letters beside them need."""
    before, after = text[max(0, at - 1) : at], text[end : end + 1]
    return end, f"{' ' * before.isalnum()}{words}{' ' * after.isalnum()}"


def _keyed(text: str, at: int) -> bool:
    """Whether a star or hash at `at` is a key of a telephone, to judge by what stands before it and one character."""
    before, after = text[max(0, at - 80) : at], text[at + 1 : at + 2]
    if text[at] == "#" and (after.isascii() and after.isdigit()):
        return _NAMED_KEY.search(before) is not None
    return _KEYED.search(before) is not None or (_THE.search(before) is not None and not after.isalnum())


def _closes(text: str, at: int) -> bool:
    """Whether the star at `at` ends something that a star began: "*9*"."""
    return (
        text[at] == "*"
        and re.search(r"\*[^\s*]+$|\*$|(?:^|\s)\*[A-Za-z][^*\n]*$", text[max(0, at - 40) : at]) is not None
    )


def _rate_at(text: str, at: int) -> Token | None:
    before = text[max(0, at - 24) : at]
    found = _RATE.match(text, at) if _AMOUNT_BEFORE.search(before) else None
    if found is None and _PRICE_BEFORE.search(before):
        found = _PRICED_RATE.match(text, at)
    return (found.end(), f"{'' if before.endswith(' ') else ' '}per {RATES.get(found[1], found[1])}") if found else None


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
