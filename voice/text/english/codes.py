"""Telephone numbers and codes: what is read digit by digit."""

import re

from voice.text.english.number_words import digits
from voice.text.language import Rule, rules

__all__ = ["CODES", "PHONES", "SERVICE_NOUNS"]

SERVICE_NOUNS = ("operator", "dispatcher", "call", "hotline", "emergency", "service")
"""What tells that "911" before it is no quantity."""

_AFTER_LETTER = re.compile(r"[^\W\d_][-_/]?$")
_IN_CODE = re.compile(r"(?<![^\W_])(?=[\w-]*[A-Z])[^\W_]+(?:-[^\W_]+)*-$")
_AFTER_CODE = re.compile(
    r"\b(?:code|pin|reference|ref|id|zip|post ?code|postal code|account|confirmation|order|booking|reservation|ticket"
    r"|flight|extension|ext|number|serial|case|invoice|tracking|policy|member|membership|customer|passport|plate|licen[cs]e"
    r"|card|password|passcode|otp|sku|claim|voucher|coupon|transaction|routing|iban|isbn|ssn|sort code|digits|ending"
    r"|ending (?:in|with)|ends (?:in|with)|last four)"
    r"(?: number| no\.?| code| id| digits)?(?: is| was| are|:)?(?: ending)?(?: in| with)?(?-i: [A-Z]{1,3})?[ #.:]*$",
    re.IGNORECASE,
)
_COUNTED = re.compile(
    r"\b(?:order|booking|reservation|ticket|account|member|membership|card|case|code|customer|claim|voucher|coupon"
    r"|transaction|plate|policy|invoice|digits|ending) $",
    re.IGNORECASE,
)
_AFTER_CALL = re.compile(
    r"\b(?:call|dial|ring|phone|telephone|tel|text|fax|sms|hotline|whatsapp|mobile|cell"
    r"|reach (?:us|me|them)|call (?:us|me|them)"
    r"|line|emergency|number)\.?(?: (?:us|me|him|her|them|it))?(?: (?:is|on|at|to|number))*[: ]* ?$",
    re.IGNORECASE,
)
_EMERGENCY = re.compile(
    r"\b(?:emergenc(?:y|ies)|police|ambulance|dispatch|operator|call(?:ed|ing)?|dial(?:ed|ing)?)\b", re.IGNORECASE
)
_AFTER_STAR = re.compile(r"\b(?:press|dial|hit|push|enter|punch|type|key)\b[^.!?\n]*(?<!\*)\*$", re.IGNORECASE)
_SERVICES = [
    *("000", "111", "112", "113", "118", "119", "211", "311", "411", "511", "611", "711", "811", "911"),
    *("988", "999", "101", "110"),
]


def _before(found: re.Match[str], count: int) -> str:
    return found.string[max(0, found.start() - count) : found.start()]


def _say_phone(found: re.Match[str]) -> str | None:
    groups = re.findall(r"\+?[0-9]+", re.sub(r"^\+1([0-9]{3})([0-9]{3})([0-9]{4})$", r"+1 \1 \2 \3", found.group()))
    if sum(len(group) for group in groups) < 7 or _are_thousands(found.group()):
        return None
    said = ", ".join("plus " * group.startswith("+") + digits(group.lstrip("+")) for group in groups)
    closes_only = found.group().count(")") > found.group().count("(")
    return said.replace(", ", "), ", 1) if closes_only else said


def _are_thousands(text: str) -> bool:
    return re.fullmatch(r"[1-9][0-9]{0,2}(?:[ .][0-9]{3})*[ .]000", text) is not None


def _say_called(found: re.Match[str]) -> str | None:
    """Any digits after "call" and the like."""
    if not _AFTER_CALL.search(_before(found, 40)) or _are_thousands(found.group()):
        return None
    return ", ".join(digits(group) for group in re.findall("[0-9]+", found.group()))


def _say_service(found: re.Match[str]) -> str | None:
    around = found.string[max(0, found.start() - 40) : found.start()]
    return digits(found.group()) if found.group() in _SERVICES and _EMERGENCY.search(around) else None


def _say_star_code(found: re.Match[str]) -> str | None:
    """ "67" in "dial *67"."""
    return digits(found.group()) if _AFTER_STAR.search(_before(found, 60)) else None


def _say_groups(found: re.Match[str]) -> str | None:
    """Groups joined by hyphens: a code after letters or a word for it, with leading zeros, or in three groups."""
    groups = found.group().split("-")
    zeros = any(len(group) > 1 and group.startswith("0") for group in groups)
    in_code = _IN_CODE.search(_before(found, 40)) or _AFTER_CODE.search(_before(found, 40))
    if not (in_code or zeros or len(groups) > 2 or (len(groups[0]), len(groups[1])) == (5, 4)):
        return None
    return ", ".join(digits(group) for group in groups)


def _say_slashed(found: re.Match[str]) -> str | None:
    return " slash ".join(map(digits, found.group().split("/"))) if _AFTER_CODE.search(_before(found, 40)) else None


def _say_group(found: re.Match[str]) -> str | None:
    """One more group of a code: the digits behind "CASE-"; after one or two letters or in two digits it is a number."""
    in_code = _IN_CODE.search(_before(found, 40))
    return digits(found.group()) if in_code and (len(found.group()) > 2 or found.group().startswith("0")) else None


def _say_code(found: re.Match[str]) -> str | None:
    after_letter = _AFTER_LETTER.search(_before(found, 3))
    after_word = _AFTER_CODE.search(_before(found, 40))
    if not after_letter and (not after_word or (int(found.group()) % 100 == 0 and _COUNTED.search(_before(found, 16)))):
        return None
    return digits(found.group())


def _say_spaced(found: re.Match[str]) -> str | None:
    """ "123 456" after a word for a code."""
    if not _AFTER_CODE.search(_before(found, 40)):
        return None
    return ", ".join(digits(group) for group in found.group().split())


PHONES: tuple[Rule, ...] = rules(
    (
        r"\+[0-9]{1,3}(?:[ -]?\([0-9]+\)|[ .-]?[0-9]+)+|1[ .-]?\([0-9]{3}\) ?[0-9]{3}[ .-][0-9]{4}"
        r"|[0-9]{3}\)[ .-]?[0-9]{3}[ .-]?[0-9]{4}|1[ .-][0-9]{3}[ .-][0-9]{3}[ .-]?[0-9]{4}(?![0-9])"
        r"|[0-9]{3}-[0-9]{4}(?![0-9-])|[0-9]{2,5}(?:[ .-][0-9]{2,5}){2,}(?![0-9])|0[0-9]{2,4}[ /-][0-9]{4,8}(?![0-9])"
        r"|[0-9]{2,5}\) ?[0-9]{3,8}(?:[ -][0-9]{2,8})*",
        _say_phone,
    ),
    (r"1[ -][0-9]{3}[ -](?=[A-Z])", lambda found: ", ".join(map(digits, re.findall("[0-9]+", found.group()))) + ","),
    (r"(?<=\*)[0-9]{2,4}(?![0-9*])", _say_star_code),
    (r"[0-9]{3}-(?=[A-Z]{3,})", lambda found: f"{said}," if (said := _say_called(found)) else None),
    (r"[0-9]{2,}(?:[ .-][0-9]{2,})+(?![0-9])|[0-9]{3,}(?![.,:]?[0-9]|[/%°$€£])(?! ?[ap]m)", _say_called),
    (rf"(?:911|988|999|112)(?= (?:{'|'.join(SERVICE_NOUNS)}))", lambda found: digits(found.group())),
    (r"[0-9]{3}(?![.,:]?[0-9]|-[0-9])", _say_service),
)
CODES: tuple[Rule, ...] = rules(
    (r"[0-9]+(?:-[0-9]+)+(?![0-9])", _say_groups),
    (r"[0-9]+/[0-9]+(?![0-9/])", _say_slashed),
    (r"[0-9]{2,}(?=#)", lambda found: digits(found.group())),
    (r"[0-9]+(?![0-9]|[.,:][0-9])", _say_group),
    (r"[0-9]{2,4}(?: [0-9]{2,4})+(?![0-9])", _say_spaced),
    (r"[0-9]{3,}(?![.,][0-9])", _say_code),
)
