"""Whether a small model's call is made of what was said, or of its imagination. Pure.

Half a billion parameters fill a required argument that nobody gave with a name from an example or from nowhere, and
then a table is booked for a stranger. So words and numbers in arguments must have been said in the conversation, or
belong to the tool's own vocabulary: values in its schema, and words in its examples' arguments that the example's
caller did not say ("today" for "tonight", "pm"). Numbers may be shifted by twelve ("six" is 18:00); calendar dates,
small counts ("a table for my wife and me") and zero are not checked.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import dropwhile
from typing import Any, TypeGuard

from mcp_types import Tool
from text_to_num import alpha2digit

from voice.chat import CONFIRMED, AgentMessage, Chat, ChatItem, Note, Summary, ToolResult, UserMessage
from voice.providers.llama.examples import own_examples

__all__ = ["grounded", "named"]

_STEM = 4
"""Letters after which the end of a word does not matter ("Sundays", "Sunday"); shorter words name no tool."""
_UNCHECKED = 2
"""Counts up to this are said without a number."""
_MINUTES = {"half": {30}, "quarter": {15, 45}, "noon": {12}, "midday": {12}, "midnight": {0, 24}}
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


def grounded(arguments: Mapping[str, Any], tool: Tool, chat: Chat) -> bool:
    """Whether the words and numbers in `arguments` were said since the user first spoke, or are the tool's own.

    Instructions and greeting do not count: they are full of numbers, and the agent's name is not the guest's. Once a
    tool has answered in this turn only the user's words count: nobody has agreed yet to what the result offers. A
    summary and confirmed facts count as the user's words; other notes count from the beginning, as results do.
    """
    said = " ".join(_said(chat))
    own = _vocabulary(tool)
    words = (_words(said) - _words(" ".join(tool.input_schema.get("properties", {})))) | _words(own)
    numbers = _numbers(f"{said} {own}")
    return all(_made_of(value, words, numbers) for value in _leaves(arguments))


def _said(chat: Chat) -> list[str]:
    items = list(dropwhile(lambda item: not isinstance(item, UserMessage | Note | Summary), chat.items))
    if items and isinstance(items[-1], ToolResult):
        return [item.text for item in items if _from_user(item)]
    return [item.text for item in items if isinstance(item, AgentMessage | ToolResult | Note) or _from_user(item)]


def _from_user(item: ChatItem) -> TypeGuard[UserMessage | Summary | Note]:
    return isinstance(item, UserMessage | Summary) or (isinstance(item, Note) and item.source == CONFIRMED)


def named(tools: Sequence[Tool], chat: Chat) -> list[Tool]:
    """Those of `tools` that the user's last words name by a word that is in no other tool's name or title."""
    said = _singular(next((item.text for item in reversed(chat.items) if isinstance(item, UserMessage)), ""))
    own = {tool.name: _singular(f"{tool.name} {tool.title or ''}") for tool in tools}
    times = Counter(word for words in own.values() for word in words)
    return [tool for tool in tools if any(times[word] == 1 for word in own[tool.name] & said)]


def _made_of(value: Any, words: set[str], numbers: set[int]) -> bool:
    if isinstance(value, str):
        text = _DATE.sub("", value)
        return all(_known(word, words) for word in _words(text)) and _counted(text, numbers)
    whole = isinstance(value, int) and not isinstance(value, bool)
    return not whole or abs(value) <= _UNCHECKED or value in numbers


def _counted(text: str, numbers: set[int]) -> bool:
    said = numbers | {0}
    return all(
        number in said or (number < 24 and {number - 12, number + 12} & said)
        for number in map(int, re.findall(r"\d{1,9}", text))
    )


def _vocabulary(tool: Tool) -> str:
    """Values in the schema, and what the arguments of examples have that their callers did not say."""
    known = list(map(str, _values(tool.input_schema)))
    for example in own_examples(tool):
        given = _words(" ".join(leaf for leaf in _leaves(example.arguments) if isinstance(leaf, str)))
        known += given - _words(example.user)
    return " ".join(known)


def _values(schema: Any) -> Iterator[Any]:
    match schema:
        case Mapping():
            yield from schema.get("enum", ())
            yield from (schema[key] for key in ("const", "default") if key in schema)
            for inner in schema.values():
                yield from _values(inner)
        case list():
            for inner in schema:
                yield from _values(inner)


def _leaves(value: Any) -> Iterator[Any]:
    match value:
        case Mapping():
            for inner in value.values():
                yield from _leaves(inner)
        case list():
            for inner in value:
                yield from _leaves(inner)
        case _:
            yield value


def _numbers(text: str) -> set[int]:
    """Whole numbers in digits or English words, in words also in two parts ("six thirty five" may be 6:30 and five
    people), and as parts of a time that counts down ("ten to seven" is 6:50)."""
    digits = alpha2digit(text.lower(), "en", threshold=0)
    found = _whole(text)
    for number in _whole(digits) - found:
        found |= {number} | ({number - number % 10, number % 10} if 20 < number < 100 else set())
    found |= {number - 1 for number in map(int, re.findall(r"\bto (\d{1,9})", digits))}
    found |= {60 - number for number in map(int, re.findall(r"\b(\d{1,9}) to\b", digits))}
    return found.union(*(_MINUTES.get(word, ()) for word in re.findall(r"[a-z]+", digits)))


def _whole(text: str) -> set[int]:
    return {int(digits) for digits in re.findall(r"\d{1,9}", text)}


def _singular(text: str) -> set[str]:
    return {word.removesuffix("s") for word in _words(text) if len(word) >= _STEM}


def _words(text: str) -> set[str]:
    """Lower-case words of more than one letter."""
    return {word for word in re.findall(r"[^\W\d_]+", text.lower()) if len(word) > 1}


def _known(word: str, known: set[str]) -> bool:
    stem = word[: max(_STEM, len(word) - 2)]
    return word in known or (len(word) >= _STEM and any(one.startswith(stem) for one in known if len(one) >= _STEM))
