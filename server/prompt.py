"""The system prompt: what the agent is, how to use the servers, how to speak, and what day it is. Pure."""

from collections.abc import Mapping
from datetime import date, timedelta

__all__ = ["calendar", "instructions"]

_STYLE = (
    "You are in a spoken conversation. Answer in one or two short sentences, in words that can be said aloud: "
    "no markdown, no lists, no emoji, no links. Ask one question at a time."
)
_DAYS_AHEAD = 7


def instructions(agent: str, servers: Mapping[str, str], language: str, today: date) -> str:
    """The whole prompt. `servers`: their own instructions by name. What changes daily comes last, for prompt caches."""
    paragraphs = [agent.strip(), *(text.strip() for text in servers.values()), _STYLE]
    if not language.lower().startswith("en"):
        paragraphs.append(f"Speak the language with the tag {language!r}.")
    paragraphs.append(calendar(today))
    return "\n\n".join(paragraphs)


def calendar(today: date) -> str:
    """Today and the week that follows, each with its weekday and ISO date: a small model cannot reckon with dates."""
    ahead = (today + timedelta(days=days) for days in range(1, _DAYS_AHEAD + 1))
    named = [f"{_spoken(day)} = {day.isoformat()}" for day in ahead]
    named[0] = f"tomorrow, {named[0]}"
    return f"Today is {_spoken(today)} {today.year} = {today.isoformat()}. " + "; ".join(named) + "."


def _spoken(day: date) -> str:
    return f"{_WEEKDAYS[day.weekday()]} {day.day} {_MONTHS[day.month - 1]}"


# Not strftime: its names follow the machine's locale.
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
