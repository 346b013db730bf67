"""LLM text -> text that can be read aloud: no markdown, no emoji, links by their domain, numbers in words.

A filter over a stream of deltas. Words, spaces and punctuation pass at once; held back is only what is still open: a
number that may go on, a mark that may begin markup, an address. How the text was cut into deltas makes no difference,
with one exception: a full stop at the end of a delta passes too, because it ends a sentence far more often than it
continues "example.com" there.

Symbols and numbers are read in English only; in other languages they are left to the TTS.
"""

import html
import re
import unicodedata
from collections.abc import AsyncGenerator, AsyncIterator, Callable

from voice.streams import closing
from voice.text.english.number_words import cardinal, digits
from voice.text.english.spoken_numbers import may_go_on, spoken_at

__all__ = ["Speakable", "speakable"]

Rule = tuple[re.Pattern[str], Callable[[re.Match[str]], str | None]]

_CONTEXT = 64
"""Characters already said that are kept, because what stands before a token decides how it is read."""

_SYMBOLS = {
    "&": "and",
    "@": "at",
    "+": "plus",
    "=": "equals",
    "×": "times",
    "÷": "divided by",
    "≈": "about",
    "≤": "at most",
    "≥": "at least",
    "±": "plus or minus",
    "→": "to",
    "%": "percent",
    "°": "degrees",
    "$": "dollars",
    "€": "euros",
    "£": "pounds",
    "¥": "yen",
    "½": "one half",
    "¼": "one quarter",
    "¾": "three quarters",
    "²": "squared",
    "³": "cubed",
    "<": "less than",
    ">": "greater than",
}
_HTML_TAGS = (
    "a|abbr|b|blockquote|br|code|dd|del|details|div|dl|dt|em|h[1-6]|hr|i|img|ins|kbd|li|mark|ol|p|pre|s|small|span"
    "|strong|sub|summary|sup|table|tbody|td|th|thead|tr|u|ul"
)
_URL = r"""[^\s<>()\[\]{}"'“”*`|]"""

_LINE_OPEN = re.compile(
    r"[ \t]*(?:#{1,6}[ \t]*|[-*+•‣◦][ \t]*|>[ \t]*|[0-9]{1,3}[.)]?[ \t]*|(?:[-*_=][ \t]*)+|[|-][ \t:|-]*)?"
)
_OPEN = re.compile(
    r"[*_~]+|(?:(?<=[0-9])|(?<=[0-9] ))\*[ \t]?|`{1,2}|\[\^?[0-9]*|\](?:\((?:[^()\n]|\([^()\n]*\))*(?:\([^()\n]*)?)?"
    r"|(?<!\S)!|<(?:[A-Za-z/!][^<>\n]{0,400})?|>|&#?\w{0,10}|(?<![^\W\d_])[-–−][ \t]?|–[ \t]?|[-=]+>?|\|[ \t]*"
    rf"|[@#%°$€£¥½¼¾²³×÷≈≤≥±→]|(?<![^\W_])(?i:h(?:t(?:t(?:ps?(?::(?:/(?:/{_URL}*)?)?)?)?)?)?|w(?:w(?:w(?:\.{_URL}*)?)?)?)"
)
"""Matches (in full) the end of a text where markup or an address may still go on; `_LINE_OPEN` the same in front of the
first word of a line."""
_LETTER = r"[^\W\d_½¼¾²³]"
_PLAIN = re.compile(rf"(?:(?<=[^\W\d_])|(?![hHwW])){_LETTER}+(?:[,;:?]? (?![hHwW]){_LETTER}+)*")
_FENCE = "```"
_DASH = re.compile(r"[-−][ \t]?")
_NUMERIC = re.compile(r"[0-9](?: ?(?:[ap]m|[AP]M|[ap]\.m\.|%|°C?|[€$£]|kg|km|m|h|min))?[ \t]?$")


def _drop(_: re.Match[str]) -> str:
    return ""


def _domain(found: re.Match[str]) -> str:
    host = re.sub(r"^(?:\w+://)?(?:[^/@]*@)?(?:www\.)?", "", found.group(), flags=re.IGNORECASE)
    return re.split(r"[^\w.-]", host)[0]


def _say_domain(found: re.Match[str]) -> str:
    said = _domain(found).replace(".", " dot ").replace("-", " dash ").replace("_", " ")
    said = re.sub(r"[0-9]+", lambda number: f" {digits(number.group())} ", said)
    return " ".join(said.split())


def _entity(found: re.Match[str]) -> str:
    character = html.unescape(found.group())
    return " " if character.isspace() else character if character.isalpha() or character in ".,;:!?'\"’" else ""


def _say_entity(found: re.Match[str]) -> str:
    word = _SYMBOLS.get(html.unescape(found.group()))
    return f" {word} " if word else _entity(found)


def _underscores(found: re.Match[str]) -> str:
    return " " if found.string[found.start() - 1 : found.start()].isalnum() and _next(found).isalnum() else ""


def _bar(found: re.Match[str]) -> str:
    return "" if _next(found) in ("", "\n") else ", "


def _pictograph(found: re.Match[str]) -> str:
    """Emoji in all their parts go; every other character stays."""
    joined = found.group() == "\u200d" and _is_pictograph(found.string[found.start() - 1 : found.start()])
    return "" if joined or _is_pictograph(found.group()) else found.group()


def _is_pictograph(character: str) -> bool:
    if "\ufe00" <= character <= "\ufe0f" or "\U000e0000" <= character <= "\U000e007f" or character in "\u200b\ufeff":
        return True
    return unicodedata.category(character) in ("So", "Sk", "Me", "Cn", "Co", "Cs") and character != "°"


def _say_symbol(found: re.Match[str]) -> str:
    joint = " and " if found.group() in "½¼¾" and found.string[found.start() - 1 : found.start()].isdigit() else " "
    return f"{joint}{_SYMBOLS[found.group()]}{' ' if _next(found).isalnum() else ''}"


def _say_range(found: re.Match[str]) -> str | None:
    return " to " if _after_number(found.string, found.start()) else None


def _after_number(text: str, at: int) -> bool:
    return _NUMERIC.search(text, max(0, at - 8), at) is not None


def _next(found: re.Match[str]) -> str:
    return found.string[found.end() : found.end() + 1]


def _rules(*rules: tuple[str, Callable[[re.Match[str]], str | None]]) -> tuple[Rule, ...]:
    return tuple((re.compile(pattern), say) for pattern, say in rules)


_LINE_RULES = _rules(
    (r"(?:[ \t]*[-*_=]){3,}[ \t]*(?=\n|\Z)|[ \t]*(?:\|[ \t]*:?)?-{2,}[ \t:|-]*(?=\n|\Z)", _drop),
    (r"[ \t]*(?:#{1,6}|[-*+•‣◦])[ \t]+|[ \t]*>|[ \t]*\|[ \t]*|[ \t]+", _drop),
)
_ENGLISH_LINE_RULES = _rules(
    (r"([0-9]{1,3})[.)][ \t]+", lambda found: f"{cardinal(int(found[1]))}, "),
)
_MARKUP = _rules(
    (r"`+|~~+|\\|\^|\*+", _drop),
    (r"_+", _underscores),
    (r"!(?=\[)(?<!\S!)|\[\^?[0-9]+\]|\]\((?:[^()\n]|\([^()\n]*\))*\)|[\[\]]", _drop),
    (r"<(?:br|/?p|/?li|/?tr|/?h[1-6]|/?div)\b[^<>\n]{0,400}>", lambda _: "\n"),
    (rf"<(?:/?(?:{_HTML_TAGS})[ \t][^<>\n]{{0,400}}|/?[A-Za-z][\w:-]*/?|![^<>\n]{{0,400}})>", _drop),
    (r"\|[ \t]*", _bar),
)
_ADDRESS = rf"(?<![^\W_])(?i:https?://|www\.){_URL}*[^\s<>()\[\]{{}}\"'“”*`|.,;:!?_~]"
_ENTITY = r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,9});"
_PICTOGRAPH = r"[^\x00-\x7f\w]"
_ENGLISH_RULES = (
    *_rules((r"(?:(?<=[0-9])|(?<=[0-9] ))\*[ \t]?(?=[0-9])", lambda _: " times ")),
    *_rules((r"~(?=[0-9$€£])", lambda _: " about ")),
    *_MARKUP,
    *_rules(
        (_ADDRESS, _say_domain),
        (_ENTITY, _say_entity),
        (r"[-–−][ \t]?(?=[0-9$€£¥])", _say_range),
        (r"(?<![^\W_])[-–−](?=[0-9$€£¥])", lambda _: " minus "),
        (r"(?<=[^\W\d_])–(?=[^\W\d_])|(?<=[0-9])—(?=[0-9])|[-=]+>", lambda _: " to "),
        (r"(?<=[^\W_]{2})\.(?=[a-z])", lambda _: " dot "),
        (r"#(?=[0-9])", lambda _: " number "),
        (r"(?<=[0-9\s])[<>](?=[0-9\s])|[&@+=×÷≈≤≥±→%°$€£¥½¼¾²³]", _say_symbol),
        (r"[#<>~]", _drop),
        (_PICTOGRAPH, _pictograph),
    ),
)
_OTHER_RULES = (
    *_MARKUP,
    *_rules((_ADDRESS, _domain), (_ENTITY, _entity), (r"[#<>~]", _drop), (_PICTOGRAPH, _pictograph)),
)


class Speakable:
    """The filter of one reply; `language` as in BCP 47 ("en", "en-GB", "de")."""

    def __init__(self, language: str = "en") -> None:
        self._english = language.partition("-")[0].lower() == "en"
        self._rules = _ENGLISH_RULES if self._english else _OTHER_RULES
        self._line_rules = (*_LINE_RULES, *(_ENGLISH_LINE_RULES if self._english else ()))
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
        return bool(
            (self._last == "\n" and _LINE_OPEN.fullmatch(text, at))
            or _OPEN.fullmatch(text, at)
            or (self._english and may_go_on(text, at))
            or (_DASH.fullmatch(text, at) and _after_number(text, at))
        )

    def _token(self) -> tuple[int, str]:
        """Where the token at the present place ends, and what is said for it."""
        text, at = self._text, self._at
        if self._last == "\n" and (token := _first(self._line_rules, text, at)):
            return token
        if plain := _PLAIN.match(text, at):
            return plain.end(), plain.group()
        if text.startswith(_FENCE, at):
            end = text.find(_FENCE, at + len(_FENCE))
            return (end + len(_FENCE) if end >= 0 else len(text)), ""
        if self._english and text[at] in "0123456789+$€£¥" and (number := spoken_at(text, at)):
            end, words = number
            before, after = text[max(0, at - 1) : at], text[end : end + 1]
            return end, f"{' ' * before.isalpha()}{words}{' ' * after.isalpha()}"
        return _first(self._rules, text, at) or (at + 1, text[at])


def _first(rules: tuple[Rule, ...], text: str, at: int) -> tuple[int, str] | None:
    for pattern, say in rules:
        found = pattern.match(text, at)
        if found and (words := say(found)) is not None:
            return found.end(), words
    return None


async def speakable(text: AsyncIterator[str], language: str = "en") -> AsyncGenerator[str, None]:
    """Yield what can be said of `text` (see `Speakable`), never an empty piece; closing this closes `text`."""
    filtered = Speakable(language)
    async with closing(text) as deltas:
        async for delta in deltas:
            if words := filtered.push(delta):
                yield words
    if words := filtered.flush():
        yield words
