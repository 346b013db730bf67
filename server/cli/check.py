"""`frontdesk check`: is the configuration right, what does it resolve to, and can it run on this machine?"""

import argparse
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from server.config.file import Config, load
from server.errors import NotReady
from server.loop import run as run_loop
from server.providers import build, checked_options, option_defaults
from server.wiring import RULE, servers_of
from toolhub.connection.lifecycle import ServerState
from toolhub.servers import ServerStatus
from voice.errors import ModelMissing
from voice.models import CATALOGUE, ModelStore

__all__ = ["run"]

_SECTIONS = ("endpointing", "interruption", "idle", "gate", "reply")


def run(args: argparse.Namespace) -> int:
    """0: ready. 1: something is missing here. Raises ConfigError where the file is wrong."""
    config = load(args.config)
    missing: list[str] = []
    providers = list(_providers(config, missing))  # first, because what is wrong with them is all there is to say then
    agent = config.agent
    greeting = f"greets with {agent.greeting!r}" if agent.greeting else "waits for the caller to speak"
    _show("agent", [f"{agent.name} ({agent.language}), {greeting}"])
    _show("voice", providers)
    _show("turn-taking", _turn_taking(config))
    _show("MCP servers", run_loop(_servers(config, missing)) or ["none: the agent has no tools"])
    for line in missing:
        print(f"missing: {line}")
    print(f"{config.path}: {'right, but not ready here' if missing else 'ready'}")
    return 1 if missing else 0


def _show(title: str, lines: Sequence[str] | Iterator[str]) -> None:
    print(title)
    for line in lines:
        print(f"  {line}")


def _providers(config: Config, missing: list[str]) -> Iterator[str]:
    for key in ("vad", "stt", "llm", "tts", "turn", "turn_text"):
        provider: str = getattr(config.voice, key)
        if provider == "off":
            yield f"{key:9} off"
            continue
        if provider == "auto":
            yield f"{key:9} auto: {_auto_text_turn(config)}"
            continue
        try:
            options = _options(config, key, provider)
            state = _state(config, key, provider, options)
        except NotReady as error:
            missing.append(str(error))
            options, state = {}, "missing"
        written = "".join(f"  {name}={value!r}" for name, value in options.items())
        yield f"{key:9} {provider}  ({state}){written}"


def _options(config: Config, key: str, provider: str) -> Mapping[str, Any]:
    """The options that are in force, those left at None apart."""
    make, given = checked_options(config, key, provider)
    return {name: value for name, value in (option_defaults(make) | given).items() if value not in (None, ())}


def _state(config: Config, key: str, provider: str, options: Mapping[str, Any]) -> str:
    """Whether it can be used now. A language model is looked for, not loaded: that would take seconds."""
    name, _, model = provider.partition("/")
    if key == "llm" and name == "local" and model in CATALOGUE:
        try:
            ModelStore().files(model, options.get("path"))
        except ModelMissing as error:
            raise NotReady(f"voice.{key}: {error}") from error
        return "model here"
    build(config, key)
    return "ready"


def _auto_text_turn(config: Config) -> str:
    try:
        make, _ = checked_options(config, "llm", config.voice.llm)
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
    return lines


def _server(server: ServerStatus, described: Mapping[str, str]) -> Iterator[str]:
    spoken = f", MCP {server.protocol}" if server.protocol else ""
    yield f"{server.name}  {server.transport}{spoken}, {server.state}, {len(server.tools)} tools"
    width = max((len(name) for name in server.tools), default=0)
    for name in server.tools:
        summary = described.get(name, "").strip().partition("\n")[0]
        yield f"  {name:{width}}  {summary}".rstrip()
    for warning in server.warnings:
        yield f"  warning: {warning}"
