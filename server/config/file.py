"""`frontdesk.toml`: one file, one frozen tree. Secrets come from the environment, never from here.

    mcp = "mcp.json"                      # a file pasted from another MCP host; or [mcpServers.NAME] tables in here
    answered_by = "NAME"                  # which of several agents takes calls; the first where it is left out
    [agent]                               # `server.config.agents`; or [agents.NAME] tables, one for each agent
    [voice]                               # `server.config.voice`: provider strings: stt, llm, tts, vad, turn, turn_text
    [voice.llm_options]                   # keyword arguments of that provider's constructor
    [voice.endpointing]                   # `voice.policy`: the sections are those classes, the defaults are theirs
    [mcpServers.NAME]                     # `toolhub.config.servers`

Everything but the instructions of an agent has a default, and the defaults need no network.
"""

import copy
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ConfigDict, Field, ValidationError

from server.config.agents import AgentName, AgentSection, agent_problems, agents_of, table_of
from server.config.problems import dotted, policy_problems, problem_of
from server.config.secrets import KeyPath, secrets_in
from server.config.section import Section, Text
from server.config.toml_lines import line_of
from server.config.voice import AGENT_MODELS, Choice, VoiceSection, provider_problems
from server.errors import ConfigError, Problem
from toolhub.config.jsonc import loads
from toolhub.config.servers import ServerEntry, parse_servers, read_servers
from toolhub.errors import ConfigError as ServerConfigError

__all__ = ["DEFAULT_FILE", "Config", "load"]

DEFAULT_FILE = Path("frontdesk.toml")

_VOICE: KeyPath = ("voice",)


class _File(Section):
    """The file as it is written."""

    answered_by: Text | None = None
    mcp: Text | None = None
    agent: AgentSection | None = None
    agents: dict[AgentName, AgentSection] = Field(default_factory=dict)
    voice: VoiceSection = VoiceSection()
    mcpServers: dict[str, Any] = Field(default_factory=dict)


class Config(Section):
    """What `load` makes of the file at `path`; agents and servers by name, in the order of the file.

    An agent's `voice` is whole: what it does not say is what `[voice]` says. `raw` is the file as TOML reads it, and
    `text` as it is.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    path: Path
    agents: dict[str, AgentSection]
    answered_by: str
    voice: VoiceSection = VoiceSection()
    servers: dict[str, ServerEntry] = Field(default_factory=dict)
    raw: dict[str, Any] = Field(default_factory=dict, repr=False)
    text: str = Field(default="", repr=False)

    @property
    def agent(self) -> AgentSection:
        """The agent that takes calls."""
        return self.agents[self.answered_by]

    def choice(self, agent: str, key: str) -> Choice:
        """The model that the agent with this name has under `key`."""
        shared = key not in AGENT_MODELS
        voice = self.voice if shared else self.agents[agent].voice
        own = () if shared else ((*table_of(agent, self.raw), "voice"),)
        return Choice(key, getattr(voice, key), getattr(voice, f"{key}_options"), (*own, _VOICE))

    def place(self, choice: Choice, *key: str) -> KeyPath:
        """Where in the file the key below one of the choice's tables stands; in [voice] where a default applies."""
        places = [(*table, *key) for table in choice.tables]
        return next((place for place in places if _has(self.raw, place)), places[-1])

    def problem(self, key: KeyPath, message: str) -> Problem:
        """What is wrong with `key`, and in which line."""
        return Problem(self.path, dotted(key), message, line_of(self.text, key))


def load(path: Path) -> Config:
    """Read and check the file.

    Raises:
        ConfigError: with everything that is wrong with it that could be found at once.
    """
    text = _read(path)
    raw = _parse(text, path)

    def problem(key: KeyPath, message: str) -> Problem:
        return Problem(path, dotted(key), message, line_of(text, key))

    if leaked := [problem(key, remedy) for key, remedy in secrets_in(raw)]:
        raise ConfigError(leaked)  # and nothing else: other messages quote values
    file, raw, wrong = _validated(raw)
    problems = [problem(*found) for found in wrong]
    if file is None:
        raise ConfigError(problems)
    problems += [problem(*found) for found in policy_problems(file.voice) if not wrong]
    problems += [problem(("voice", key), message) for key, message in provider_problems(raw.get("voice", {}))]
    if not any(key[:1] in (("agent",), ("agents",)) for key, _ in wrong):
        problems += [problem(*found) for found in agent_problems(raw)]
    servers: dict[str, ServerEntry] = {}
    for name, entry in file.mcpServers.items():
        try:
            servers |= parse_servers({name: entry}, file=path)
        except ServerConfigError as error:
            problems.append(Problem(path, error.key, error.message, line_of(text, tuple(error.key.split(".")))))
    if file.mcp is not None:
        more, found_wrong = _servers_of_file(path.parent / Path(file.mcp).expanduser(), servers)
        servers |= more
        problems += found_wrong
    if problems:
        raise ConfigError(problems)
    agents = agents_of(raw)
    answers = file.answered_by or next(iter(agents))
    return Config(path=path, agents=agents, answered_by=answers, voice=file.voice, servers=servers, raw=raw, text=text)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        hint = "write one (the README shows the smallest), or name another with --config FILE"
        raise ConfigError([Problem(path, "", f"there is no such configuration file; {hint}")]) from None
    except OSError as error:
        raise ConfigError([Problem(path, "", f"cannot be read: {error.strerror}")]) from None
    except UnicodeDecodeError as error:
        raise ConfigError([Problem(path, "", f"is not UTF-8 text (byte {error.start}); save it as UTF-8")]) from None


def _parse(text: str, path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        # Its message ends in "(at line 3, column 7)" and quotes nothing longer than a key.
        raise ConfigError([Problem(path, "", f"is not valid TOML: {error}")]) from None


def _validated(raw: dict[str, Any]) -> tuple[_File | None, dict[str, Any], list[tuple[KeyPath, str]]]:
    """The file without the values that are wrong, None if it cannot do without one; the table that it was made of; and
    what is wrong."""
    try:
        return _File.of(raw), raw, []
    except ValidationError as error:
        wrong = [problem_of(detail, _File) for detail in error.errors()]
    rest = copy.deepcopy(raw)
    for key, _ in wrong:
        _remove(rest, key)
    file, rest, _ = _validated(rest) if rest != raw else (None, rest, [])
    return file, rest, wrong


def _remove(table: Any, key: KeyPath) -> None:
    *above, last = key
    for part in above:
        table = table.get(part) if isinstance(table, dict) else None
    if isinstance(table, dict):
        table.pop(last, None)


def _servers_of_file(path: Path, taken: Mapping[str, ServerEntry]) -> tuple[dict[str, ServerEntry], list[Problem]]:
    try:
        leaked = list(secrets_in(loads(path.read_text(encoding="utf-8-sig"))))
    except (OSError, ValueError):
        leaked = []  # `read_servers` says what is wrong with the file
    if leaked:
        return {}, [Problem(path, dotted(key), remedy) for key, remedy in leaked]
    try:
        servers = read_servers(path)
    except ServerConfigError as error:
        return {}, [Problem(path, error.key, error.message)]
    twice = [
        Problem(path, f"mcpServers.{name}", "is in the TOML file too: keep one") for name in servers if name in taken
    ]
    return servers, twice


def _has(table: Any, key: KeyPath) -> bool:
    for part in key:
        if not isinstance(table, Mapping) or part not in table:
            return False
        table = table[part]
    return True
