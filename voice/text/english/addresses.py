"""E-mail addresses, domains and handles, said so that they can be written down."""

import re

from voice.text.english.number_words import digits
from voice.text.english.tables import TOP_DOMAINS, one_of
from voice.text.language import Token

__all__ = ["address_at", "may_be_address", "say_address"]

_MARKS = {".": "dot", "_": "underscore", "-": "dash", "@": "at", "+": "plus", "/": "slash", "%": "percent"}
_TOP = rf"(?:{one_of(TOP_DOMAINS)}|{one_of(name.upper() for name in TOP_DOMAINS)}|Com|Org|Net)(?![\w@-]|\.\w)"
_ADDRESS = re.compile(
    r"[\w.%+-]*\w@(?:[\w-]+\.)*\w[\w-]*(?<![-_])"
    rf"|(?:\w[\w-]*\.)+{_TOP}(?:/[\w./-]*\w)?/?"
    r"|@[A-Za-z]\w*(?:\.\w+)*"
)
_BEGUN = re.compile(r"[\w.%+@-]*\Z")
_CHUNK = re.compile(r"[\w.%+@/-]*\Z")
_ABBREVIATED = re.compile(r"(?:(?<![\w.])(?:e\.g|i\.e|[ap]\.m|U\.S|U\.K|a\.k)|(?<=\.[km])\.a)(?![^\W_])", re.IGNORECASE)

CUE = 100
"""Characters before a mark among which a word says that an address is coming."""
_CUED = re.compile(
    r"\b(?:e-?mails?|mail|write|address|contact|reach|send|web ?sites?|sites?|web|page|online"
    r"|visit|go to|look at|check out|browse|url|link"
    r"|domain|log ?in|see(?! you| it| us| them| me| what| that| the)|@)\b(?:(?![.!?]\s)[^\n])*$",
    re.IGNORECASE,
)
_NAMING = re.compile(r"(?:\b(?:is|at|to|it['’]s|via|under)|:) [\w.+-]*$", re.IGNORECASE)
_BEFORE = re.compile(
    r"(?:(?:^|\W)(?:to|at|is|on|via|under|from|see|e-?mail|mail|contact|visit|website|site|address|or|and|of|url|link)"
    r"|:|@[\w.-]*|\w[._+][\w.-]*) ?[\w-]+$",
    re.IGNORECASE,
)


def say_address(text: str) -> str:
    """ "anna_b@web.org" -> "anna underscore b at web dot org"."""
    parts = re.findall(r"[0-9]+|[._@+/%-]|[^\W\d_]+|[^\W0-9_]", text)
    return " ".join(digits(part) if part[0] in "0123456789" else _MARKS.get(part, part) for part in parts)


def address_at(text: str, at: int) -> Token | None:
    """The rest of an address whose first letters, up to a mark or digit at `at`, have been said."""
    if text[at] not in "._%+@-0123456789":
        return None
    start = at
    while start and at - start < CUE and (text[start - 1].isalpha()):
        start -= 1
    if start == at and text[at] in "._%+-":
        return None
    if start and (text[start - 1] in "_%+@/" or (text[start - 1] == "-" and _hyphen_counts(text, at))):
        return None
    found = _ADDRESS.match(text, start)
    if found is None or found.end() <= at or (text[at] == "-" and not _hyphen_counts(text, at)):
        return None
    if _ABBREVIATED.match(text, start) or (text[at].isdigit() and not found.group().isascii()):
        return None
    said = say_address(text[at : found.end()].rstrip("/"))
    return found.end(), f"{' ' * (start < at)}{said.lower() if text[at : found.end()].isupper() else said}"


def may_be_address(text: str, at: int) -> bool:
    """Whether all from the mark at `at` on may be the rest of an address, to judge by what is there."""
    mark, before = text[at], text[at - 1 : at] if at else ""
    if mark not in ".@_+-":
        return False
    if mark == ".":
        return _dot_may_go_on(text, at)
    if mark == "@":
        return _BEGUN.match(text, at) is not None
    if not before.isalnum() or mark not in "_+-":
        return False
    return _CHUNK.match(text, at) is not None and (mark != "-" or _hyphen_counts(text, at))


def _dot_may_go_on(text: str, at: int) -> bool:
    """A full stop that ends the text ends a sentence, too, where nothing speaks for an address."""
    if not text[at - 1 : at].isalnum() or at == 0:
        return False
    if _ABBREVIATED.match(text, max(0, at - 1)) or _CHUNK.match(text, at) is None:
        return False
    return len(text) > at + 1 or (_cued(text, at) and _BEFORE.search(text[max(0, at - CUE) : at]) is not None)


def _cued(text: str, at: int) -> bool:
    return _CUED.search(text[max(0, at - CUE) : at]) is not None


def _hyphen_counts(text: str, at: int) -> bool:
    """Whether a hyphen may be part of an address here; in "well-known" and the like it passes at once."""
    return _cued(text, at) or _NAMING.search(text[max(0, at - CUE) : at]) is not None
