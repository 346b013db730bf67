"""Text deltas -> sentences for a TTS, each cut as soon as the text shows its end.

Waiting for the next token to be sure of an end costs one token of latency in every reply, so an end that the text
already shows is taken at once. The price: closing quotes, further marks ("?" then "!") or a domain's second half that
come in a *later* delta than the mark before them go to the next sentence. Apart from that, how the text was cut into
deltas makes no difference. Own code: nltk and blingfire need models or native code, and neither cuts a stream early;
sentencex takes "me", "ok" and "no" for abbreviations and does not know "approx." or "Fri.".
"""

import re
from collections.abc import AsyncGenerator, AsyncIterator

from voice.streams import closing
from voice.text.languages import language as language_of

__all__ = ["SentenceSplitter", "sentences"]

EARLY = 30
"""Characters (2 s of speech at 15 a second) after which a clause mark will do, until as many have been handed out."""
CLAUSE = 100
"""The same later on, when audio is in hand and whole sentences sound better."""
LONGEST = 250
"""Longest piece in characters; a sentence beyond it is cut at a space, having had no clause mark after `CLAUSE`."""

_ENDS = ".!?…。！？।؟"
_CLAUSES = ",;:—–-，；：、"
_OPENERS = "\"'“‘«([{*_"
_CANDIDATE = re.compile(rf"[\n{re.escape(_ENDS + _CLAUSES)}]")
_ENDING = re.compile(rf"(?P<marks>[{re.escape(_ENDS)}]+)[\"'”’»)\]}}*_]*")
_CLOSERS = re.compile(r"[\"'”’»)\]}*_]*")
_SPOKEN = re.compile(r"[^\W_]")
_LAST_WORD = re.compile(r"\S*$")
_LAST_SPACE = re.compile(r".*\S(?=\s)", re.DOTALL)
_FIRST_WORD = re.compile(r"\s*\S+(?=\s)")
_LIST_MARKER = re.compile(r"(?:^|\n)\s*\d{1,3}$")

_LETTERS = re.compile(r"[^\W\d_]+")
_NEXT_WORD = re.compile(r"[ \t]+(\w+)")


class SentenceSplitter:
    """Cuts one reply; every piece holds at least one letter or digit.

    Pieces keep the white space in front of them and have none behind, so that their concatenation is the text itself,
    save white space and lone punctuation at the very end.
    """

    def __init__(self, language: str = "en") -> None:
        self._language = language_of(language)
        self._text = ""
        self._at = 0
        self._sent = 0

    def push(self, delta: str) -> list[str]:
        """Take the next piece of text; return the sentences that are complete now."""
        self._text += delta
        pieces = []
        while (end := self._next_end()) is not None:
            pieces.append(self._text[:end])
            self._text = self._text[end:]
            self._at = 0
            self._sent += end
        return pieces

    def flush(self) -> list[str]:
        """The text is over: return what is left of it; the splitter is as new afterwards."""
        rest = self._text.rstrip()
        self._text, self._at, self._sent = "", 0, 0
        return [rest] if _SPOKEN.search(rest) else []

    def _next_end(self) -> int | None:
        """Where the first piece of the buffer ends, or None while that is not known."""
        while found := _CANDIDATE.search(self._text, self._at, LONGEST):
            end = self._end_at(found.start())
            if end is None:
                return None
            if end and _SPOKEN.search(self._text, 0, end):
                return end
            self._at = found.end()
        if len(self._text) <= LONGEST:
            self._at = len(self._text)
            return None
        self._at = LONGEST
        return self._overlong()

    def _overlong(self) -> int | None:
        cut = _LAST_SPACE.match(self._text, 0, LONGEST)
        if cut is None or not _SPOKEN.search(cut.group()):
            cut = _FIRST_WORD.match(self._text)
        return cut.end() if cut else None

    def _end_at(self, at: int) -> int | None:
        """Where to cut, given the mark at `at`; 0 is nowhere, None is not known yet."""
        mark = self._text[at]
        if mark == "\n":
            return len(self._text[:at].rstrip())
        ending = _ENDING.match(self._text, at)
        if ending is None:
            return self._clause_end(at)
        return self._period_end(at, ending.end()) if ending["marks"] == "." else ending.end()

    def _period_end(self, at: int, end: int) -> int | None:
        word = self._last_word(at)
        follows = self._text[end : end + 1]
        if not word or follows.isalnum() or self._always_goes_on(word, at):
            return 0
        if word[-1].isdigit():
            return end if follows or end > at + 1 else None
        if not self._language.may_end.fullmatch(word):
            return end
        if self._text[:at].strip() == "No":
            return self._no_end(end)
        return self._end_before(end, word)

    def _always_goes_on(self, word: str, at: int) -> bool:
        return bool(self._language.never_ends.fullmatch(word) or _LIST_MARKER.search(self._text, 0, at))

    def _end_before(self, end: int, abbreviation: str) -> int | None:
        """`end` if what follows looks like a beginning; a capital may go on all the same ("Suite 5")."""
        rest = self._text[end:].lstrip(" \t")
        begins = rest[:1]
        if not begins.isupper():
            return None if not begins else end if begins in _OPENERS + "\n" else 0
        found = _LETTERS.match(rest)
        word = found.group() if found else ""
        if self._language.before_names.fullmatch(abbreviation):
            return None if word == rest else end if word in self._language.beginners else 0
        if word == rest and any(known.startswith(word) for known in self._language.continues):
            return None
        return 0 if word in self._language.continues else end

    def _no_end(self, end: int) -> int | None:
        """The same for a "No." that begins the text: an answer, unless a number follows."""
        follows = _NEXT_WORD.match(self._text, end)
        if end < len(self._text) and (follows is None or follows.end() == len(self._text)):
            return None if self._text[end:].isspace() or follows else end
        return 0 if follows and (follows[1].isdigit() or self._language.number_words.fullmatch(follows[1])) else end

    def _clause_end(self, at: int) -> int | None:
        if at + 1 < (EARLY if self._sent < EARLY else CLAUSE):
            return 0
        mark, before = self._text[at], self._text[at - 1]
        end = at + 1
        if mark in "—，；：、":
            return 0 if before.isdigit() else end
        if mark not in "–-" and (closers := _CLOSERS.match(self._text, end)):
            end = closers.end()
        follows = self._text[end : end + 1]
        if follows:
            return end if follows.isspace() and (before.isspace() or mark not in "–-") else 0
        return None if mark in "–-" or before.isdigit() else end

    def _last_word(self, at: int) -> str:
        found = _LAST_WORD.search(self._text, max(0, at - 40), at)
        return found.group().lstrip(_OPENERS) if found else ""


async def sentences(text: AsyncIterator[str]) -> AsyncGenerator[str, None]:
    """Yield the sentences of `text` (see `SentenceSplitter`); closing this closes `text`."""
    splitter = SentenceSplitter()
    async with closing(text) as deltas:
        async for delta in deltas:
            for sentence in splitter.push(delta):
                yield sentence
    for sentence in splitter.flush():
        yield sentence
