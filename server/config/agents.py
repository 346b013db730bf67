"""`[agent]` or `[agents.NAME]`: who answers.

    [agents.reception]
    instructions = "..."
    [agents.sales]
    instructions = "..."
    tools = ["shop_*"]
    [agents.sales.voice]                  # the keys that differ from [voice]
    tts = "openai/some-voice"
    [agents.sales.voice.phrases]
    filler = "Let me look that up."

`[agent]` is the form for one agent; the keys are the same.
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import Field

from server.config.problems import unknown_name
from server.config.secrets import KeyPath
from server.config.section import Section, Text
from server.config.voice import MANUAL, AgentVoice, inherited, provider_problems

__all__ = ["ONE", "AgentName", "AgentSection", "agent_problems", "agents_of", "table_of"]

ONE = "agent"
"""The table of the only agent, and the name under which it is found."""

AgentName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$")]
"""What TOML takes without quotes."""


class AgentSection(Section):
    """See `voice.agent.Agent`; `name` is what it is called, NAME where it does not say."""

    instructions: Text
    name: Text = "frontdesk"
    greeting: str = ""
    greeting_interruptible: bool = True
    """Off where it must be heard to its end (a disclosure); what the caller says meanwhile is the next turn."""
    language: Annotated[str, Field(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")] = "en"
    tools: tuple[Text, ...] = ("*",)
    """Which tools it has: patterns as in a shell, on the names that the LLM sees."""
    voice: AgentVoice = AgentVoice()


def agent_problems(raw: Mapping[str, Any]) -> Iterator[tuple[KeyPath, str]]:
    """What is wrong with the agents of a file whose values have the right types."""
    several: Mapping[str, Any] = raw.get("agents", {})
    if ONE in raw and several:
        yield (ONE,), f"there is also [agents.{next(iter(several))}]: make it [agents.NAME], or keep [agent] alone"
    if ONE not in raw and not several:
        yield (ONE,), "is missing: write [agent] with its instructions, or [agents.NAME] for each of several"
    answers = raw.get("answered_by")
    if answers is not None and not several:
        yield ("answered_by",), "chooses among [agents.NAME] tables, and there are none: delete it"
    elif answers is not None and answers not in several:
        yield ("answered_by",), unknown_name("agent", answers, list(several))
    for name, table in _tables(raw).items():
        voice = table.get("voice", {})
        if voice.get("turn") == MANUAL:
            yield (*table_of(name, raw), "voice", "turn"), "turns are manual for a whole call: write it in [voice]"
        for key, message in provider_problems(voice):
            yield (*table_of(name, raw), "voice", key), message


def agents_of(raw: Mapping[str, Any]) -> dict[str, AgentSection]:
    """The agents by name in the order of the file, each with the whole of its voice. `raw` has no problems."""
    voice = raw.get("voice", {})
    return {name: _agent(name, table, voice) for name, table in _tables(raw).items()}


def table_of(name: str, raw: Mapping[str, Any]) -> KeyPath:
    """Where the agent with this name stands in the file."""
    return ("agents", name) if name in raw.get("agents", {}) else (ONE,)


def _tables(raw: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    one = {ONE: raw[ONE]} if ONE in raw else {}
    called = {name: {"name": name} | table for name, table in raw.get("agents", {}).items()}
    return one | called


def _agent(name: str, table: Mapping[str, Any], voice: Mapping[str, Any]) -> AgentSection:
    return AgentSection.of({**table, "voice": inherited(table.get("voice", {}), voice)})
