"""What happens to a tool call before it is sent, and when its reply is gone. Pure.

A server's hints count as facts only where the server is trusted. A hint is believed from anybody where the worst that
a wrong one does is what would have been done without it.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from mcp_types import Tool, ToolAnnotations

__all__ = ["Decision", "Fate", "Rule", "decide", "fate", "is_read_only", "read_back"]


_NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_PLAIN = ("date", "day", "time", "when")
"""Arguments whose values say what they are."""


class Decision(StrEnum):
    """Of a call: send it now; when the turn is committed; when the user has said yes to it; never."""

    RUN_NOW = "run now"
    WAIT = "wait for the commit"
    ASK_FIRST = "ask first"
    REFUSE = "refuse"


class Rule(StrEnum):
    """What the configuration says of a tool: as its hints have it; never ask; always ask; never call."""

    HINTS = "hints"
    ALLOW = "allow"
    ASK = "ask"
    DENY = "deny"


class Fate(StrEnum):
    """Of a call whose reply is gone: cancelled at its server, or finished without the reply."""

    CANCEL = "cancel"
    GO_ON = "go on"


def is_read_only(hints: ToolAnnotations | None) -> bool:
    """Whether the tool says that it changes nothing."""
    return hints is not None and hints.read_only_hint is True


def decide(
    hints: ToolAnnotations | None, *, trusted: bool = False, rule: Rule = Rule.HINTS, ask_unless_read_only: bool = False
) -> Decision:
    """What happens to a call of a tool with these `hints`.

    `ask_unless_read_only` is for an LLM that must not change anything unasked. It believes the read-only hint of any
    server: otherwise every tool of a server that is not trusted would be asked about, and none of them more safely.
    """
    if rule is Rule.DENY:
        return Decision.REFUSE
    if rule is Rule.ASK:
        return Decision.ASK_FIRST
    if trusted and is_read_only(hints):
        return Decision.RUN_NOW
    if rule is Rule.ALLOW:
        return Decision.WAIT
    destroys = trusted and hints is not None and hints.destructive_hint is True
    if destroys or (ask_unless_read_only and not is_read_only(hints)):
        return Decision.ASK_FIRST
    return Decision.WAIT


def fate(read_only: bool, sent: bool) -> Fate:
    """What happens to a running call when its reply is gone: what may have changed the world is finished."""
    return Fate.GO_ON if sent and not read_only else Fate.CANCEL


def read_back(tool: Tool, arguments: Mapping[str, Any]) -> str:
    """The call as a question to a human: `Shall I book a table: tomorrow, 18:30, two people, name Miller?`."""
    title = (tool.title or tool.name).replace("_", " ").strip(" .?!")
    said = ", ".join(filter(None, (_spoken(key, value) for key, value in arguments.items())))
    action = f"{title[:1].lower()}{title[1:]}"
    return f"Shall I {action}: {said}?" if said else f"Shall I {action}?"


def _spoken(key: str, value: Any) -> str:
    """An argument in words; nothing where it is empty."""
    name = key.replace("_", " ").removeprefix("number of ")
    if isinstance(value, bool):
        return name if value else f"no {name}"
    if value in (None, "", 0, [], {}):
        return ""
    match value:
        case int() | float() if "number" not in name:
            return _counted(value, name)
        case Mapping():
            return ", ".join(filter(None, (_spoken(inner, one) for inner, one in value.items())))
        case list():
            return f"{name} {' and '.join(map(str, value))}"
    return str(value) if name in _PLAIN else f"{name} {value}"


def _counted(number: float, name: str) -> str:
    word = _NUMBERS[number] if isinstance(number, int) and 0 <= number < len(_NUMBERS) else number
    return f"{word} {name.removesuffix('s') if number == 1 else name}"
