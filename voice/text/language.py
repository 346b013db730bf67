"""What the speakable filter and the sentence splitter ask of a language; a folder here (`english`) answers for one.

The defaults pass text on: numbers, symbols and addresses are then left to the TTS.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

__all__ = ["PLAIN", "Language", "Rule", "Token", "first_of", "rules"]

Rule = tuple[re.Pattern[str], Callable[[re.Match[str]], str | None]]
"""A pattern, and what is said for a match; None: the rule does not apply after all."""
Token = tuple[int, str]
"""Where a token ends in the text, and what is said for it."""

_NEVER = re.compile(r"(?!)")


def rules(*pairs: tuple[str, Callable[[re.Match[str]], str | None]]) -> tuple[Rule, ...]:
    """Rules from patterns that are still text."""
    return tuple((re.compile(pattern), say) for pattern, say in pairs)


def first_of(table: tuple[Rule, ...], text: str, at: int) -> Token | None:
    """The token that the first rule which applies at `at` makes, or None."""
    for pattern, say in table:
        found = pattern.match(text, at)
        if found and (words := say(found)) is not None:
            return found.end(), words
    return None


def _nothing(text: str, at: int) -> Token | None:
    return None


def _closed(text: str, at: int) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Language:
    """How one language reads what is not a word.

    `token(text, at)`: what begins at `at` and is read before markup is: a number, an address, a formula.
    `open(text, at)`: whether all of `text` from `at` on may be part of such a token that is not complete. What stands
    up to 160 characters before `at` may decide, too.
    """

    token: Callable[[str, int], Token | None] = _nothing
    open: Callable[[str, int], bool] = _closed
    line_rules: tuple[Rule, ...] = ()
    """At the beginning of a line."""
    symbol_rules: tuple[Rule, ...] = ()
    """What is neither markup nor a token."""
    say_domain: Callable[[str], str] = str
    """A domain ("example.com"), said."""
    symbols: Mapping[str, str] = field(default_factory=dict)
    """Single characters in words."""
    never_ends: re.Pattern[str] = _NEVER
    """Abbreviations (without their last full stop) that something always follows."""
    may_end: re.Pattern[str] = _NEVER
    """Abbreviations that end a sentence if what follows looks like a beginning."""
    before_names: re.Pattern[str] = _NEVER
    """Of those, the ones that names follow ("U.S. Embassy"): the end only before one of `beginners`."""
    beginners: frozenset[str] = frozenset()
    """Capitalised words that begin a sentence."""
    continues: frozenset[str] = frozenset()
    """Capitalised words that go on after such an abbreviation all the same."""
    number_words: re.Pattern[str] = _NEVER
    """What a number begins with when it is said."""


PLAIN = Language()
