"""Whether a small model's call is made of what was said, or of its imagination. Pure.

Half a billion parameters fill an argument that nobody gave with a value from an example or from nowhere, and then a
table is booked for a stranger. So each argument is compared with what was said, by its meaning: a time with the times
of day, a day with the days, a number with the numbers of what it counts, a code and a name to the letter. Nothing is
free. Where the user said one value and the model wrote another, the user's counts. What is not said and not required
is left out; what is required is missing, and the agent asks for it (`lines`).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import dropwhile
from typing import Any, TypeGuard

from mcp_types import Tool

from voice.chat import CONFIRMED, AgentMessage, Chat, ChatItem, Note, Summary, ToolResult, UserMessage
from voice.providers.llama.examples import own_examples
from voice.providers.llama.said import Count, Moment, counts, days, moments, on_day, with_digits

__all__ = ["Fitted", "fitted", "options_of", "properties", "unsaid", "words"]

_STEM = 4
"""Letters after which the end of a word does not matter ("Sundays", "Sunday")."""
_TIME = {"time", "hour", "clock"}
_DATE = {"date", "day", "weekday"}
_CODE = {"code", "id", "number", "no", "reference", "ref", "phone", "pin", "zip", "postcode"}
_NAME = {"name", "patient", "guest", "customer", "caller", "person", "contact"}
_AMOUNTS = {"quantity", "count", "amount", "copies", "pieces", "items"}
_BEFORE = ("", "for", "of", "are", "be", "is", "to", "re", "us", "table", "with", "just", "only")
_AFTER = ("", "please", "tomorrow", "today", "tonight", "on", "at", "in", "instead", "and", "under")
_NO_NAME = re.compile(r"\b(i|you|we|me|it|my|the|a|an|please|yes|no|table|room|appointment|booking|order)\b", re.I)
_NAMING = r"(?:name(?: is|'s|:)?|i'm|i am|this is|under|for|of|it's|mrs?\.?|ms\.?|is|called|with|doctor|dr\.?|on)"
_TODAY = re.compile(r"\bToday is [^.]*?(\d{4}-\d\d-\d\d)")


@dataclass(frozen=True, slots=True)
class Fitted:
    """The arguments that were said, and the names of the required ones that were not, in the order of the schema."""

    arguments: dict[str, Any] = field(default_factory=dict)
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Heard:
    """Texts that count, the latest first; `mine` are the user's, `told` those of others.

    `own`: those whose names and counts count, as the user gave them or was asked about them. `asked`: the agent's last.
    """

    texts: tuple[str, ...]
    mine: tuple[str, ...]
    told: tuple[str, ...]
    own: tuple[str, ...]
    asked: str
    today: date | None


def fitted(arguments: Mapping[str, Any], tool: Tool, chat: Chat) -> Fitted:
    """`arguments` as far as they were said since the user first spoke, or are the tool's own vocabulary.

    Instructions and greeting do not count: they are full of numbers, and the agent's name is not the guest's. Once a
    tool has answered in this turn only the user's words count: nobody has agreed yet to what the result offers. A
    summary and confirmed facts count as the user's words; other notes count from the beginning, as results do.
    """
    heard, known, required = _heard(chat), properties(tool), set(tool.input_schema.get("required", ()))
    own = words(_vocabulary(tool))
    kept: dict[str, Any] = {}
    for name, value in arguments.items():
        found = _found(name, known.get(name, {}), value, heard, own)
        if found is not None and (name in required or found not in ("", 0, [], {})):
            kept[name] = found
    for name in known.keys() - kept.keys():
        # What the user has just said, or what is needed, goes in though the model left it out.
        latest = heard if name in required else replace(heard, texts=heard.mine[:1], own=heard.mine[:1])
        if _is_typed(name, known[name]) and (found := _found(name, known[name], _blank(known[name]), latest, own)):
            kept[name] = found
    kept = {name: kept[name] for name in known if name in kept} | kept
    return Fitted(kept, tuple(name for name in known if name in required and kept.get(name) in (None, "")))


def unsaid(tool: Tool, chat: Chat) -> list[str]:
    """Required arguments that nobody can have said, whatever the model makes of it: no day, time, count or number."""
    known, heard = properties(tool), _heard(chat)
    numbers = any(re.search(r"\d", with_digits(text)) for text in heard.texts)
    return [
        name
        for name in fitted({}, tool, chat).missing
        if "enum" not in known[name] and (_is_typed(name, known[name]) or (_parts(name) & _CODE and not numbers))
    ]


def properties(tool: Tool) -> Mapping[str, Mapping[str, Any]]:
    """The schemas of the tool's parameters."""
    listed = tool.input_schema.get("properties", {})
    return {name: one if isinstance(one, Mapping) else {} for name, one in listed.items()}


def options_of(schema: Mapping[str, Any]) -> list[str]:
    """The values there are: those of an enumeration, or of a description like "massage, sauna or facial"."""
    if "enum" in schema:
        return [str(one) for one in schema["enum"]]
    described = str(schema.get("description", "")).strip(" .")
    listed = re.fullmatch(r"[\w-]+(?:, [\w-]+)*,? or [\w-]+", described)
    return re.split(r",? or |, ", described) if listed else []


def words(text: str) -> set[str]:
    """Lower-case words of more than one letter."""
    return {word for word in re.findall(r"[^\W\d_]+", text.lower()) if len(word) > 1}


def _is_typed(name: str, schema: Mapping[str, Any]) -> bool:
    """Whether it is a time, a day or a number of something."""
    return (
        schema.get("type") == "integer"
        or schema.get("format") in ("time", "date")
        or bool(_parts(name) & (_TIME | _DATE))
    )


def _blank(schema: Mapping[str, Any]) -> int | str:
    return 0 if schema.get("type") == "integer" else ""


def _parts(name: str) -> set[str]:
    """The words of a parameter's name: `start_time`, `startTime`."""
    return set(re.split(r"[\W_]+", re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()))


def _heard(chat: Chat) -> _Heard:
    items = list(dropwhile(lambda item: not isinstance(item, UserMessage | Note | Summary), chat.items))
    mine = tuple(item.text for item in reversed(items) if _from_user(item))
    told = tuple(item.text for item in reversed(items) if isinstance(item, AgentMessage | ToolResult | Note))
    answered = bool(items) and isinstance(items[-1], ToolResult)
    asked = next((item.text for item in reversed(chat.items) if isinstance(item, AgentMessage)), "")
    today = _TODAY.search(chat.instructions)
    own = mine if answered else (*mine, *(item.text for item in reversed(items) if isinstance(item, Note)))
    own = (*own, asked) if "?" in asked and not answered else own
    return _Heard(
        mine if answered else mine + told, mine, told, own, asked, date.fromisoformat(today[1]) if today else None
    )


def _from_user(item: ChatItem) -> TypeGuard[UserMessage | Summary | Note]:
    return isinstance(item, UserMessage | Summary) or (isinstance(item, Note) and item.source == CONFIRMED)


def _found(name: str, schema: Mapping[str, Any], value: Any, heard: _Heard, own: set[str]) -> Any:
    """`value` as it was said; None if it was not."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | float):
        return _said_count(name, schema, value, heard)
    if isinstance(value, Mapping | list):
        return _said_inside(name, schema, value, heard, own)
    if not isinstance(value, str) or "const" in schema:
        return value
    if options := options_of(schema):
        return _said_option(options, value, heard, "enum" in schema)
    return _said_text(name, schema, value, heard, own)


def _said_option(options: Sequence[str], value: str, heard: _Heard, closed: bool) -> str | None:
    """The option that was said; of a `closed` list also one that may stand for what was said."""
    for text in heard.texts:
        if said := [one for one in options if re.search(rf"\b{re.escape(one)}", text, re.IGNORECASE)]:
            return value if value in said else said[0] if len(said) == 1 else None
    return value if closed else None


def _said_inside(name: str, schema: Mapping[str, Any], value: Any, heard: _Heard, own: set[str]) -> Any:
    """`value`, an object or a list, when all that is in it was said."""
    if isinstance(value, Mapping):
        inner = {
            key: _found(key, schema.get("properties", {}).get(key, {}), one, heard, own) for key, one in value.items()
        }
        return None if None in inner.values() else inner
    each = [_found(name, schema.get("items", {}), one, heard, own) for one in value]
    return None if None in each else each


def _said_text(name: str, schema: Mapping[str, Any], value: str, heard: _Heard, own: set[str]) -> str | None:
    parts = _parts(name)
    if schema.get("format") == "time" or parts & _TIME:
        return _said_time(value, heard)
    if schema.get("format") == "date" or parts & _DATE:
        return _said_day(schema, value, heard)
    if parts & _CODE:
        return _said_code(value, heard)
    if parts & _NAME:
        return _said_name(value, heard)
    return value if _is_said(value, heard, own) else None


def _said_count(name: str, schema: Mapping[str, Any], value: float, heard: _Heard) -> Any:
    about = words(f"{name.replace('_', ' ')} {schema.get('description', '')}") - {"how", "many", "number", "of"}
    for text in heard.own:
        if said := _of(about, counts(text)):
            return value if value in said else said[-1]
    return None


def _of(about: set[str], numbers: Sequence[Count]) -> list[int]:
    """Those of `numbers` that count what a parameter is about; best those which say so."""
    if about & _AMOUNTS:
        return [one.number for one in numbers]
    persons = any(Count(0, "", word).of_persons for word in about)
    named = [one for one in numbers if (one.noun and _known(one.noun, about)) or (persons and one.of_persons)]
    plain = [
        one for one in numbers if (persons and _is_plain(one)) or not (one.before or one.noun.removeprefix("please"))
    ]
    return [one.number for one in named or plain]


def _is_plain(one: Count) -> bool:
    """Whether the number counts nothing that is named: "a table for two tomorrow"."""
    return one.before in _BEFORE and one.noun in _AFTER


def _said_time(value: str, heard: _Heard) -> str | None:
    written = moments(value) or moments(f"at {value}")
    for text in heard.texts:
        if said := moments(text):
            meant = [one for one in said if any(one.is_same(other) for other in written)]
            if not meant and len(_different(said)) > 1:
                return None
            if offered := _offered((meant or said)[0], heard):
                return str(offered)
            return value if meant else str(said[0])
    return None


def _offered(said: Moment, heard: _Heard) -> Moment | None:
    """The time told by agent or tools which `said`, that may be in either half of the day, takes up."""
    told = [one for text in heard.told for one in moments(text) if one.is_same(said)] if said.either else []
    return told[0] if len(_different(told)) == 1 else None


def _different(said: Sequence[Moment]) -> set[int]:
    return {one.minutes for one in said}


def _said_day(schema: Mapping[str, Any], value: str, heard: _Heard) -> str | None:
    for text in heard.texts:
        if said := days(text):
            meant = [on_day(one, heard.today) for one in said]
            written = [on_day(one, heard.today) for one in days(value) or [value]]
            if set(written) & set(meant) or (heard.today is None and isinstance(written[0], date)):
                return value
            wanted = meant[-1]
            exact = schema.get("format") == "date" and isinstance(wanted, date)
            return (wanted.isoformat() if exact and isinstance(wanted, date) else said[-1]) if _one(meant) else None
    return None


def _one(values: Sequence[object]) -> bool:
    return len(set(values)) == 1


def _said_code(value: str, heard: _Heard) -> str | None:
    """To the letter, but for capitals, spaces and how its numbers are written; digits if it is a number."""
    wanted = _letters(with_digits(value))
    if not wanted:
        return None
    for text in heard.texts:
        parts = re.findall(r"[^\W\d_]+|\d+", with_digits(text))
        for start in range(len(parts)):
            joined = ""
            for part in parts[start:]:
                joined += part
                if joined == wanted and any(letter.isdigit() for letter in joined):
                    return wanted if wanted.isdigit() else value
                if len(joined) > len(wanted):
                    break
    return None


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text)


def _said_name(value: str, heard: _Heard) -> str | None:
    """As a name is said: introduced, with a capital, or as the answer to a question for it."""
    name = " ".join(value.split())
    if not words(name) or re.search(r"\d", with_digits(name)):
        return None
    for text in heard.own:
        place = re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE)
        if place is None:
            continue
        if _NO_NAME.search(name) or days(name):
            continue
        before = text[: place.start()].rstrip(" ,").lower()
        introduced = re.search(rf"\b{_NAMING}$", before) is not None
        answers = heard.mine and text is heard.mine[0] and "name" in heard.asked.lower()
        begins = not before or before[-1] in ".?!"
        capital = all(part[:1].isupper() for part in place[0].split()) and not (begins and len(name.split()) < 2)
        if introduced or answers or capital:
            return place[0] if capital else name
    return None


def _is_said(value: str, heard: _Heard, own: set[str]) -> bool:
    all_said = " ".join(heard.texts)
    spoken = words(all_said) | own
    numbers = set(re.findall(r"\d+", with_digits(all_said)))
    return all(_known(word, spoken) for word in words(value)) and numbers >= set(re.findall(r"\d+", value))


def _vocabulary(tool: Tool) -> str:
    """Values in the schema, and what the arguments of examples have that their callers did not say."""
    known = list(map(str, _values(tool.input_schema)))
    for example in own_examples(tool):
        given = words(" ".join(leaf for leaf in _leaves(example.arguments) if isinstance(leaf, str)))
        known += given - words(example.user)
    return " ".join(known)


def _values(schema: Any) -> Iterator[Any]:
    match schema:
        case Mapping():
            yield from schema.get("enum", ())
            yield from (schema[key] for key in ("const",) if key in schema)
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


def _known(word: str, known: set[str]) -> bool:
    stem = word[: max(_STEM, len(word) - 2)]
    return word in known or (len(word) >= _STEM and any(one.startswith(stem) for one in known if len(one) >= _STEM))
