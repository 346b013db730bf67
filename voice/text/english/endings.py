"""Does the last word leave a sentence open? Also: is there more than "um"? English; pure."""

import re
from typing import Literal

__all__ = ["NEVER_LAST", "acknowledges", "ending", "hesitation"]

NEVER_LAST = (
    "a an the my your our their its every whose certain"
    " and or but because cause while although unless until till than whether plus nor either"
    " to of for from with without at by in into on onto about around near toward towards between during within against"
    " per via past since versus including except regarding concerning"
    " is are am was were be been being has have had do does did will would can could should shall may might must"
    " i'm i've i'd i'll you're you've you'd you'll he's she's it's we're we've we'd we'll they're they've they'd"
    " they'll that's that'll there's there'll here's what's where's who's how's let's gonna wanna gotta"
    " very quite pretty rather extremely almost nearly approximately roughly mostly slightly basically"
    " mr mrs ms dr mister doctor i we he she they"
)
"""Words that a sentence seldom ends with: function words, short forms, adverbs of degree, titles."""


def _table(words: str) -> frozenset[str]:
    return frozenset(words.split())


_NEVER_LAST = _table(NEVER_LAST)
_NUMBERS = _table(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
    " eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand"
)
_ACKNOWLEDGEMENTS = _table("ok okay sure right alright all yes yeah yep well so oh of course")
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_FILLER = re.compile(r"(?:u+m+|u+h+|u+h+m+|e+r+m?|h+m+|m+)")
_OPEN_MARK = re.compile(r"(?:[,:;…–—-]|\.\.)[\"'”’\s]*$")
_CLOSED_MARK = re.compile(r"[.?!][\"'”’\s]*$")

Ending = Literal["filler", "word", "mark", "number", ""]


def ending(text: str) -> Ending:
    """What leaves `text` open: a filler ("um"), a function word ("the"), a mark (","), a number that may go on or a
    letter of a word that is being spelled; "" for nothing."""
    words = _words(text)
    if not words:
        return ""
    if _FILLER.fullmatch(words[-1]):
        return "filler"
    if words[-1] in _NEVER_LAST:
        return "word"
    if _OPEN_MARK.search(text):
        return "mark"
    if not _CLOSED_MARK.search(text) and _counts(words[-1]):
        return "number"
    return ""


def hesitation(text: str) -> bool:
    """Whether `text` has words, and all of them are fillers."""
    words = _words(text)
    return bool(words) and all(map(_FILLER.fullmatch, words))


def acknowledges(text: str) -> bool:
    """Whether `text` is only an "okay" or "sure", after which people often go on."""
    words = _words(text)
    return bool(words) and all(word in _ACKNOWLEDGEMENTS or _FILLER.fullmatch(word) for word in words)


def _words(text: str) -> list[str]:
    return [word.replace("’", "'") for word in _WORD.findall(text.casefold())]


def _counts(word: str) -> bool:
    return word.isdigit() or word in _NUMBERS or (len(word) == 1 and word.isalpha())
