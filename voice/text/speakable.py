"""LLM text -> text that can be read aloud: no markup, no emoji, links by their domain, numbers in words.

A filter over a stream of deltas. Words, spaces and punctuation pass at once; held back is only what is still open: a
number that may go on, a mark that may begin markup, an address. How the text was cut into deltas makes no difference,
with one exception: a full stop at the end of a delta passes too, unless words before it say that an address is coming
("Mail john" + "."), because it ends a sentence far more often than it continues "example.com" there.

What is not a word is read as its language says (`voice.text.languages`); a language that is not there leaves it to the
TTS.
"""

import html
import re
import unicodedata
from collections.abc import AsyncGenerator, AsyncIterator

from voice.streams import closing
from voice.text.language import Language, Token, first_of
from voice.text.languages import language as language_of
from voice.text.markup import LINE_OPEN, LINE_RULES, MARKUP_RULES, OPEN, SILENT_BLOCK, URL

__all__ = ["Speakable", "sayable", "speakable"]

_CONTEXT = 160
"""Characters already said that are kept, because what stands before a token decides how it is read."""

_LETTER = r"[^\W\d_½¼¾⅐-⅞↉²³¹⁰ⁱ⁴-⁹₀-₉]"
_BEGINS = r"(?<!\()(?![hHwWUEGCANJSRDPMKZBTO])"
_PLAIN = re.compile(rf"(?:(?<=[^\W\d_])|{_BEGINS}){_LETTER}+(?:[,;:?]? {_BEGINS}{_LETTER}+)*")
"""Words and the spaces between them that begin nothing else: an address, a currency, a citation in parentheses."""
_FENCE = "```"
_ADDRESS = re.compile(rf"(?<![^\W_])(?i:https?://|www\.){URL}*[^\s<>()\[\]{{}}\"'“”*`|.,;:!?_~]")
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,9});")


def sayable(text: str, language: str = "en") -> bool:
    """Whether anything of `text` can be said: a letter or digit is left of it."""
    filtered = Speakable(language)
    return any(character.isalnum() for character in filtered.push(text) + filtered.flush())


def _domain(address: str) -> str:
    host = re.sub(r"^(?:\w+://)?(?:[^/@]*@)?(?:www\.)?", "", address, flags=re.IGNORECASE)
    return re.split(r"[^\w.-]", host)[0]


def _is_pictograph(character: str) -> bool:
    if "\ufe00" <= character <= "\ufe0f" or "\U000e0000" <= character <= "\U000e007f" or character in "\u200b\ufeff":
        return True
    return unicodedata.category(character) in ("So", "Sk", "Me", "Cn", "Co", "Cs") and character != "°"


class Speakable:
    """The filter of one reply; `language` as in BCP 47 ("en", "en-GB", "de")."""

    def __init__(self, language: str = "en") -> None:
        self._language: Language = language_of(language)
        self._line_rules = (*LINE_RULES, *self._language.line_rules)
        self._begin()

    def push(self, delta: str) -> str:
        """Take the next piece of text; return what can be said of it now, perhaps nothing."""
        self._text += delta
        return self._take(final=False)

    def flush(self) -> str:
        """The text is over: return what was held back; the filter is as new afterwards."""
        rest = self._take(final=True)
        self._begin()
        return rest

    def _begin(self) -> None:
        self._text = ""
        self._at = 0
        self._last = "\n"  # the beginning is the beginning of a line

    def _take(self, final: bool) -> str:
        said = []
        while self._at < len(self._text) and (final or not self._open()):
            end, words = self._token()
            if self._last.isspace():
                words = words.lstrip(" \t")
            if words:
                said.append(words)
                self._last = words[-1]
            self._at = end
        spent = max(0, self._at - _CONTEXT)
        self._text = self._text[spent:]
        self._at -= spent
        return "".join(said)

    def _open(self) -> bool:
        """Whether all the rest may be part of something that is not complete."""
        text, at = self._text, self._at
        if text.startswith(_FENCE, at):
            return text.find(_FENCE, at + len(_FENCE)) < 0
        if silent := SILENT_BLOCK.match(text, at):
            return _end_of(silent, text) is None
        return bool(
            (self._last == "\n" and LINE_OPEN.fullmatch(text, at))
            or OPEN.fullmatch(text, at)
            or self._language.open(text, at)
        )

    def _token(self) -> tuple[int, str]:
        """Where the token at the present place ends, and what is said for it."""
        text, at = self._text, self._at
        if self._last == "\n" and (token := first_of(self._line_rules, text, at)):
            return token
        if plain := _PLAIN.match(text, at):
            return plain.end(), plain.group()
        if text.startswith(_FENCE, at):
            end = text.find(_FENCE, at + len(_FENCE))
            return (end + len(_FENCE) if end >= 0 else len(text)), ""
        if silent := SILENT_BLOCK.match(text, at):
            return _end_of(silent, text) or len(text), ""
        return (
            self._language.token(text, at)
            or first_of(MARKUP_RULES, text, at)
            or self._address_or_entity(text, at)
            or first_of(self._language.symbol_rules, text, at)
            or self._character(text, at)
        )

    def _address_or_entity(self, text: str, at: int) -> Token | None:
        if found := _ADDRESS.match(text, at):
            return found.end(), self._language.say_domain(_domain(found.group()))
        if found := _ENTITY.match(text, at):
            character = html.unescape(found.group())
            word = self._language.symbols.get(character)
            if word or character.isspace():
                return found.end(), f" {word} " if word else " "
            return found.end(), character if character.isalpha() or character in ".,;:!?'\"’" else ""
        return None

    def _character(self, text: str, at: int) -> Token:
        """Emoji in all their parts go, and what is left of markup; every other character stays."""
        character = text[at]
        joined = character == "\u200d" and _is_pictograph(text[at - 1 : at] or " ")
        return at + 1, "" if joined or character in "#<>~" or _is_pictograph(character) else character


def _end_of(opening: re.Match[str], text: str) -> int | None:
    """Where the block that `opening` begins ends, or None while that is not known."""
    closing_tag = re.compile(rf"</{opening['name']}\s*>", re.IGNORECASE).search(text, opening.end())
    return closing_tag.end() if closing_tag else None


async def speakable(text: AsyncIterator[str], language: str = "en") -> AsyncGenerator[str, None]:
    """Yield what can be said of `text` (see `Speakable`), never an empty piece; closing this closes `text`."""
    filtered = Speakable(language)
    async with closing(text) as deltas:
        async for delta in deltas:
            if words := filtered.push(delta):
                yield words
    if words := filtered.flush():
        yield words
