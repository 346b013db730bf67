"""`frontdesk.toml`: one file, one frozen tree. Secrets come from the environment, never from here.

    mcp = "mcp.json"                      # a file pasted from another MCP host; or [mcpServers.<name>] tables in here
    [agent]                               # `voice.session.Agent`
    [voice]                               # provider strings: stt, llm, tts, vad, turn, turn_text
    [voice.llm_options]                   # keyword arguments of that provider's constructor
    [voice.endpointing]                   # `voice.policy`: the sections are those classes, the defaults are theirs
    [mcpServers.<name>]                   # `toolhub.config.ServerEntry`

Everything but `agent.instructions` has a default, and the defaults need no network.
"""

import copy
import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt, ValidationError

from server.config.problems import policy_problems, problem_of, unknown_name
from server.config.secrets import KeyPath, secrets_in
from server.config.toml_lines import line_of
from server.errors import ConfigError, Problem
from toolhub.config.jsonc import loads
from toolhub.config.servers import ServerEntry, parse_servers, read_servers
from toolhub.errors import ConfigError as ServerConfigError
from voice.policy import EndpointingPolicy, GatePolicy, IdlePolicy, InterruptionPolicy, Phrases, ReplyPolicy, TurnPolicy
from voice.registry import providers

__all__ = ["DEFAULT_FILE", "AgentSection", "Config", "VoiceSection", "load"]

DEFAULT_FILE = Path("frontdesk.toml")

_DEFAULTS = TurnPolicy()

_Text = Annotated[str, Field(min_length=1)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class AgentSection(_Section):
    """Who answers: see `voice.session.Agent`."""

    instructions: _Text
    name: _Text = "frontdesk"
    greeting: str = ""
    language: Annotated[str, Field(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")] = "en"


class VoiceSection(_Section):
    """The models as "provider/model", their options, and the numbers that shape the conversation."""

    stt: _Text = "local/moonshine-base"
    llm: _Text = "local/qwen2.5-coder-0.5b"
    tts: _Text = "local/hibari"
    vad: _Text = "local/silero-v6"
    turn: _Text = "local/smart-turn-v3.2"
    """Hears whether the user has finished; "off" for none."""
    turn_text: _Text = "auto"
    """Reads whether the user has finished: "auto" (the local LLM's own next token, else the rule), "rule/english",
    "off" or another provider."""
    stt_options: dict[str, Any] = {}
    llm_options: dict[str, Any] = {}
    tts_options: dict[str, Any] = {}
    vad_options: dict[str, Any] = {}
    turn_options: dict[str, Any] = {}
    turn_text_options: dict[str, Any] = {}
    endpointing: EndpointingPolicy = EndpointingPolicy()
    interruption: InterruptionPolicy = InterruptionPolicy()
    idle: IdlePolicy = IdlePolicy()
    gate: GatePolicy = GatePolicy()
    reply: ReplyPolicy = ReplyPolicy()
    phrases: Phrases = Phrases()
    preemptive: bool = _DEFAULTS.preemptive
    preemptive_tries: NonNegativeInt = _DEFAULTS.preemptive_tries

    @property
    def turn_policy(self) -> TurnPolicy:
        """What the turn machine goes by."""
        return TurnPolicy(
            endpointing=self.endpointing,
            interruption=self.interruption,
            idle=self.idle,
            preemptive=self.preemptive,
            preemptive_tries=self.preemptive_tries,
        )


class _File(_Section):
    """The file as it is written."""

    agent: AgentSection
    voice: VoiceSection = VoiceSection()
    mcp: _Text | None = None
    mcpServers: dict[str, Any] = {}


class Config(_Section):
    """What `load` makes of the file at `path`; `servers` by name, in the order of the file; `text` as it is."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    path: Path
    agent: AgentSection
    voice: VoiceSection = VoiceSection()
    servers: dict[str, ServerEntry] = {}
    text: Annotated[str, Field(repr=False)] = ""

    def line(self, *key: str) -> int | None:
        """Where `key` stands in the file; None where a default applies."""
        return line_of(self.text, key) if self.text else None


def load(path: Path) -> Config:
    """Read and check the file.

    Raises:
        ConfigError: with everything that is wrong with it that could be found at once.
    """
    text = _read(path)
    raw = _parse(text, path)

    def problem(key: KeyPath, message: str) -> Problem:
        return Problem(path, _dotted(key), message, line_of(text, key))

    if leaked := [problem(key, remedy) for key, remedy in secrets_in(raw)]:
        raise ConfigError(leaked)  # and nothing else: other messages quote values
    file, wrong = _validated(raw)
    problems = [problem(*found) for found in wrong]
    if file is None:
        raise ConfigError(problems)
    problems += [problem(*found) for found in policy_problems(file.voice) if not wrong]
    problems += [problem(("voice", stage), message) for stage, message in _provider_problems(file.voice)]
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
    return Config(path=path, agent=file.agent, voice=file.voice, servers=servers, text=text)


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


def _validated(raw: dict[str, Any]) -> tuple[_File | None, list[tuple[KeyPath, str]]]:
    """The file without the values that are wrong, None if it cannot do without one, and what is wrong."""
    try:
        # As JSON, because strict mode takes a list for a tuple only there.
        return _File.model_validate_json(json.dumps(raw, default=str)), []
    except ValidationError as error:
        wrong = [problem_of(detail, _File) for detail in error.errors()]
    rest = copy.deepcopy(raw)
    for key, _ in wrong:
        _remove(rest, key)
    return (_validated(rest)[0] if rest != raw else None), wrong


def _remove(table: Any, key: KeyPath) -> None:
    *above, last = key
    for part in above:
        table = table.get(part) if isinstance(table, dict) else None
    if isinstance(table, dict):
        table.pop(last, None)


def _provider_problems(voice: VoiceSection) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for key in ("stt", "llm", "tts", "vad", "turn", "turn_text"):
        value: str = getattr(voice, key)
        words: tuple[str, ...] = {"turn": ("off",), "turn_text": ("auto", "off")}.get(key, ())
        stage = "turn" if key == "turn_text" else key
        name = value.partition("/")[0]
        known = providers(stage)
        if value in words or name in known:
            continue
        found.append((key, unknown_name(f"{stage} provider", name, [*words, *known])))
    return found


def _servers_of_file(path: Path, taken: Mapping[str, ServerEntry]) -> tuple[dict[str, ServerEntry], list[Problem]]:
    try:
        leaked = list(secrets_in(loads(path.read_text(encoding="utf-8-sig"))))
    except (OSError, ValueError):
        leaked = []  # `read_servers` says what is wrong with the file
    if leaked:
        return {}, [Problem(path, _dotted(key), remedy) for key, remedy in leaked]
    try:
        servers = read_servers(path)
    except ServerConfigError as error:
        return {}, [Problem(path, error.key, error.message)]
    twice = [
        Problem(path, f"mcpServers.{name}", "is in the TOML file too: keep one") for name in servers if name in taken
    ]
    return servers, twice


def _dotted(key: KeyPath) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in key).removeprefix(".")
