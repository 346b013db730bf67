"""`frontdesk check`: is the configuration right, what does it resolve to, and can it run on this machine?"""

import argparse
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from fnmatch import fnmatchcase
from typing import Any

from server.config.file import Config, load
from server.config.problems import dotted
from server.config.voice import AGENT_MODELS, MANUAL, Choice, stage_of
from server.errors import NotReady
from server.loop import run as run_loop
from server.providers import Providers, checked_options, option_defaults
from server.wiring import RULE, servers_of
from toolhub.connection.lifecycle import ServerState
from toolhub.servers import ServerStatus
from voice.errors import ModelMissing
from voice.models import CATALOGUE, ModelStore

__all__ = ["run"]

_SECTIONS = ("endpointing", "interruption", "idle", "gate", "reply", "history")


def run(args: argparse.Namespace) -> int:
    """0: ready. 1: something is missing here. Raises ConfigError where the file is wrong."""
    config = load(args.config)
    missing: list[str] = []
    models = _Models(config, missing)
    agents = {name: list(_agent(config, name, models)) for name in config.agents}
    shared = list(models.lines(config.answered_by, ("vad",)))
    # Printed only now, because what is wrong with the providers is all there is to say then.
    for name, lines in agents.items():
        _show(_title(config, name), lines)
    _show("voice", shared)
    _show("turn-taking", _turn_taking(config))
    _show("MCP servers", run_loop(_servers(config, missing)) or ["none: the agent has no tools"])
    for line in dict.fromkeys(missing):
        print(f"missing: {line}")
    print(f"{config.path}: {'right, but not ready here' if missing else 'ready'}")
    return 1 if missing else 0


def _show(title: str, lines: Iterable[str]) -> None:
    print(title)
    for line in lines:
        print(f"  {line}")


def _title(config: Config, name: str) -> str:
    if len(config.agents) == 1:
        return "agent"
    return f"agent {name}, takes calls" if name == config.answered_by else f"agent {name}"


def _agent(config: Config, name: str, models: "_Models") -> Iterator[str]:
    agent = config.agents[name]
    greeting = f"greets with {agent.greeting!r}" if agent.greeting else "waits for the caller to speak"
    yield f"{agent.name} ({agent.language}), {greeting}"
    yield from models.lines(name, AGENT_MODELS)
    for phrase, text in asdict(agent.voice.phrases).items():
        if text != getattr(config.voice.phrases, phrase):
            yield f"phrase    {phrase} {text!r}"


class _Models:
    """A line for each model of an agent, and what keeps it from being used in `missing`."""

    def __init__(self, config: Config, missing: list[str]) -> None:
        self._config, self._missing = config, missing
        self._providers = Providers(config)

    def lines(self, agent: str, keys: Sequence[str]) -> Iterator[str]:
        """For the models under `keys`; raises ConfigError."""
        for key in keys:
            yield f"{key:9} {self._said(agent, self._config.choice(agent, key))}"

    def _said(self, agent: str, choice: Choice) -> str:
        if stage_of(choice.key) == "turn" and self._config.voice.turn == MANUAL:
            return "nobody: turns are manual"
        match choice.provider:
            case "off":
                return "off"
            case "auto":
                return f"auto: {self._auto_text_turn(self._config.choice(agent, 'llm'))}"
        try:
            options = self._options(choice)
            state = self._state(choice, options)
        except NotReady as error:
            self._missing.append(str(error))
            options, state = {}, "missing"
        written = "".join(f"  {name}={value!r}" for name, value in options.items())
        return f"{choice.provider}  ({state}){written}"

    def _options(self, choice: Choice) -> Mapping[str, Any]:
        """The options that are in force, those left at None apart."""
        make, given = checked_options(self._config, choice)
        return {name: value for name, value in (option_defaults(make) | given).items() if value not in (None, ())}

    def _state(self, choice: Choice, options: Mapping[str, Any]) -> str:
        """Whether it can be used now. A language model is looked for, not loaded: that would take seconds."""
        name, _, model = choice.provider.partition("/")
        if choice.key == "llm" and name == "local" and model in CATALOGUE:
            try:
                ModelStore().files(model, options.get("path"))
            except ModelMissing as error:
                place = dotted(self._config.place(choice, choice.key))
                raise NotReady(f"{place}: {error}") from error
            return "model here"
        self._providers.get(choice)
        return "ready"

    def _auto_text_turn(self, llm: Choice) -> str:
        try:
            make, _ = checked_options(self._config, llm)
        except NotReady:
            return f"the LLM's next token where it can tell, else {RULE}"
        return "the LLM's next token" if hasattr(make, "end_of_turn") else RULE


def _turn_taking(config: Config) -> Iterator[str]:
    voice = config.voice
    yield f"preemptive    {str(voice.preemptive).lower()}, tries {voice.preemptive_tries}"
    for section in _SECTIONS:
        numbers = asdict(getattr(voice, section))
        if "backchannels" in numbers:
            numbers["backchannels"] = len(numbers["backchannels"])
        yield f"{section:13} {', '.join(f'{name} {_plain(value)}' for name, value in numbers.items())}"


def _plain(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else repr(value)


async def _servers(config: Config, missing: list[str]) -> list[str]:
    if not config.servers:
        return []
    lines = [f"{name}  disabled" for name, entry in config.servers.items() if not entry.frontdesk.enabled]
    logging.disable(logging.WARNING)  # what the hub would log is what is shown here
    try:
        async with servers_of(config) as hub:
            described = {tool.name: tool.description or "" for tool in hub.tools}
            for server in hub.servers:
                if server.state is not ServerState.READY:
                    missing.append(f"MCP server {server.name}: {server.error or server.state}")
                lines += _server(server, described)
    finally:
        logging.disable(logging.NOTSET)
    return lines + [line for name in config.agents for line in _tools(config, name, list(described))]


def _tools(config: Config, agent: str, names: Sequence[str]) -> Iterator[str]:
    """Which tools an agent has that has not all of them, and which of its patterns choose none."""
    patterns = config.agents[agent].tools
    if "*" in patterns:
        return
    chosen = [name for name in names if any(fnmatchcase(name, pattern) for pattern in patterns)]
    yield f"agent {agent} has {len(chosen)} of {len(names)} tools: {', '.join(chosen) or 'none'}"
    for pattern in patterns:
        if not any(fnmatchcase(name, pattern) for name in names):
            yield f"  warning: no tool is called {pattern!r}"


def _server(server: ServerStatus, described: Mapping[str, str]) -> Iterator[str]:
    spoken = f", MCP {server.protocol}" if server.protocol else ""
    yield f"{server.name}  {server.transport}{spoken}, {server.state}, {len(server.tools)} tools"
    width = max((len(name) for name in server.tools), default=0)
    for name in server.tools:
        summary = described.get(name, "").strip().partition("\n")[0]
        yield f"  {name:{width}}  {summary}".rstrip()
    for warning in server.warnings:
        yield f"  warning: {warning}"
