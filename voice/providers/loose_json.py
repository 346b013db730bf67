"""JSON as models write it: single quotes, trailing commas, comments, Python's literals, line breaks in strings. Pure.

Only what has one meaning is read. A value that was cut off, a number that JSON does not know, or two different answers
in one text are errors: a guess would become an action.
"""

import json
import re
from typing import Any, NoReturn

__all__ = ["loads", "values"]

_SPACE = re.compile(r"(?:\s|//[^\r\n]*|/\*.*?\*/|\#[^\r\n]*)*", re.DOTALL)
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])")
_WORD = re.compile(r"[^\W\d][\w$-]*")
_WORDS = {"true": True, "false": False, "null": None, "True": True, "False": False, "None": None}
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "\n": ""}
_CLOSES = {"[": "]", "(": ")"}
_QUOTES = ('"', "'")
_DEEPEST = 60


def loads(text: str) -> Any:
    """The one value in `text`. Raises ValueError."""
    found = values(text)
    if len(found) != 1:
        raise ValueError(f"{len(found)} values instead of one")
    return found[0]


def values(text: str) -> list[Any]:
    """The values in `text`, one after the other, with spaces, commas or semicolons between them. Raises ValueError.

    Closing brackets too many at the end are overlooked.
    """
    try:
        return [json.loads(text, strict=False, parse_constant=_refuse)]
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    except ValueError:
        return _Reader(text).all()


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._depth = 0

    def all(self) -> list[Any]:
        """The values up to the end."""
        found: list[Any] = []
        while self._peek():
            if found and not self._text[self._at :].strip(" \t\r\n]})`;,"):
                break
            found.append(self._value())
            while self._peek() and self._peek() in ",;":
                self._at += 1
        return found

    def _peek(self) -> str:
        """The next character that is neither space nor comment; "" at the end."""
        space = _SPACE.match(self._text, self._at)
        self._at = space.end() if space else self._at
        return self._text[self._at : self._at + 1]

    def _fail(self, wanted: str) -> NoReturn:
        got = self._text[self._at : self._at + 12]
        raise ValueError(f"expected {wanted} at character {self._at}, got {got!r}" if got else "it is cut off")

    def _value(self) -> Any:
        match self._peek():
            case "{":
                return self._nested(self._object)
            case "[" | "(":
                return self._nested(self._array)
            case '"' | "'":
                return self._string()
        if number := _NUMBER.match(self._text, self._at):
            self._at = number.end()
            return json.loads(number.group())
        word = _WORD.match(self._text, self._at)
        if word is None or word.group() not in _WORDS:
            self._fail("a value")
        self._at = word.end()
        return _WORDS[word.group()]

    def _nested(self, read: Any) -> Any:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise ValueError("nested too deeply")
        value = read()
        self._depth -= 1
        return value

    def _object(self) -> dict[str, Any]:
        self._at += 1
        found: dict[str, Any] = {}
        while (following := self._peek()) != "}":
            key = self._string() if following in _QUOTES else self._key()
            if self._peek() != ":":
                self._fail("':'")
            self._at += 1
            found[key] = self._value()
            self._comma("}")
        self._at += 1
        return found

    def _array(self) -> list[Any]:
        closes = _CLOSES[self._text[self._at]]
        self._at += 1
        found = []
        while self._peek() != closes:
            found.append(self._value())
            self._comma(closes)
        self._at += 1
        return found

    def _comma(self, closes: str) -> None:
        following = self._peek()
        if following == ",":
            self._at += 1
        elif following != closes:
            self._fail(f"',' or {closes!r}")

    def _key(self) -> str:
        word = _WORD.match(self._text, self._at)
        if word is None:
            self._fail("a key")
        self._at = word.end()
        return word.group()

    def _string(self) -> str:
        quote = self._text[self._at]
        self._at += 1
        said = []
        while (character := self._text[self._at : self._at + 1]) != quote:
            if not character:
                self._fail("the end of a string")
            self._at += 1
            said.append(self._escape() if character == "\\" else character)
        self._at += 1
        # Characters beyond U+FFFF come as two escapes.
        return "".join(said).encode("utf-16", "surrogatepass").decode("utf-16", "replace")

    def _escape(self) -> str:
        character = self._text[self._at : self._at + 1]
        self._at += 1
        if character != "u":
            return _ESCAPES.get(character, character)
        code = self._text[self._at : self._at + 4]
        if not re.fullmatch(r"[0-9a-fA-F]{4}", code):
            self._fail("four hexadecimal digits")
        self._at += 4
        return chr(int(code, 16))
