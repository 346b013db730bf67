"""The star and pound keys of a telephone: "press 1#"."""

import re

from voice.text.language import Token

__all__ = ["key_at", "may_be_key"]

_KEYED = re.compile(
    r"\b(?:press|dial|hit|push|enter|key|keys|keypad|punch|tap|followed by|type)\b[^.!?\n]*$", re.IGNORECASE
)
_NAMED = re.compile(r"\b(?:press|dial|hit|push|enter|punch|type|then|by|and|or) ?$|[0-9#*]$", re.IGNORECASE)
_THE = re.compile(r"\bthe $")
_KEY = re.compile(r"\*(?!\*)(?=[0-9#]*(?:[\s,.;:!?)\"'’”`\ufe0f\u20e3]|\Z))|#")
_BEGUN = re.compile(r"\*[0-9#]*|#")
_CLOSING = re.compile(r"\*[^\s*]+$|\*$|(?:^|\s)\*[A-Za-z][^*\n]*$")


def key_at(text: str, at: int) -> Token | None:
    """The key at `at`, where the sentence tells to press something; other stars and hashes are markup."""
    if text[at] not in "*#" or not _keyed(text, at):
        return None
    key = _KEY.match(text, at)
    if key is None or (text[at] == "*" and _CLOSING.search(text[max(0, at - 40) : at])):
        return None
    before, after = text[at - 1 : at], text[key.end() : key.end() + 1]
    apart = after.isalnum() or (after != "" and after in "*#")
    return key.end(), f"{' ' * before.isalnum()}{'star' if text[at] == '*' else 'pound'}{' ' * apart}"


def may_be_key(text: str, at: int) -> bool:
    """Whether what `key_at` says of `at` depends on text that is still to come."""
    return text[at] in "*#" and _keyed(text, at) and _BEGUN.fullmatch(text, at) is not None


def _keyed(text: str, at: int) -> bool:
    """Whether a star or hash at `at` is a key of a telephone, to judge by what stands before it and one character."""
    before, after = text[max(0, at - 80) : at], text[at + 1 : at + 2]
    if text[at] == "#" and (after.isascii() and after.isdigit()):
        return _NAMED.search(before) is not None
    return _KEYED.search(before) is not None or (_THE.search(before) is not None and not after.isalnum())
