"""The tools of all servers under names that fit every LLM. Pure: lists in, catalogue out.

A name is the tool's own where that is free, `<server>_<tool>` where servers collide, `<prefix>_<tool>` where the
configuration says so; characters outside `[A-Za-z0-9_-]` become `_`. Once a tool has been given a name it keeps it for
as long as the hub lives, also while its server is away: a conversation may refer to it.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from mcp_types import Tool

from toolhub.arguments import ArgumentCheck, UnusableSchema, validator
from toolhub.config.servers import ServerSettings, ToolFilter
from toolhub.errors import ConfigError

__all__ = ["Catalogue", "Entry", "ToolSet", "passes", "safe_name"]

_LONGEST = 64
"""Tool names at OpenAI and Anthropic are `[A-Za-z0-9_-]{1,64}`."""

Key = tuple[str, str]
"""Server, and the tool's own name."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A tool as the LLM sees it (`tool.name` is the exposed name) and where it comes from."""

    server: str
    name: str
    """The server's own name of the tool."""
    tool: Tool
    arguments: ArgumentCheck


@dataclass(frozen=True, slots=True)
class ToolSet:
    """What can be called, in a stable order, at one moment."""

    tools: tuple[Tool, ...]
    revision: int
    """Another one exactly when `tools` is another list."""


def passes(name: str, rule: ToolFilter) -> bool:
    """Whether `rule` lets the tool with this name of the server's own through; `deny` wins."""
    return any(fnmatchcase(name, p) for p in rule.allow) and not any(fnmatchcase(name, p) for p in rule.deny)


def safe_name(*parts: str) -> str:
    """`parts` joined by underscores, in the characters and the length that every LLM provider allows."""
    name = re.sub(r"[^A-Za-z0-9_-]", "_", "_".join(parts)) or "_"
    if len(name) <= _LONGEST:
        return name
    # A digest instead of a bare cut: long names often differ only at the end.
    return f"{name[: _LONGEST - 9]}_{hashlib.sha256(name.encode()).hexdigest()[:8]}"


class Catalogue:
    """Names and validators of the tools of some servers. `settings` is by server, in the order of the configuration.

    `beside` another catalogue, which goes first: no name of that one is given again.
    """

    def __init__(self, settings: Mapping[str, ServerSettings], beside: "Catalogue | None" = None) -> None:
        self._settings = dict(settings)
        self._beside = beside
        self._named_once = beside is not None
        self._names: dict[Key, str] = {}
        self._validators: dict[Key, tuple[Tool, ArgumentCheck]] = {}
        self._entries: dict[str, Entry] = {}
        self.tools = ToolSet((), 0)
        """What can be called now: in the order of the configuration, then of each server."""
        self.warnings: dict[str, tuple[str, ...]] = {}
        """By server: why some of its tools are not offered."""

    def include(self, server: str, settings: ServerSettings) -> None:
        """From the next update on `server` may have tools too, the last in the order."""
        self._settings[server] = settings

    def exclude(self, server: str) -> None:
        """From the next update on it has none. The names of its tools stay its own, should it come back."""
        del self._settings[server]

    def update(self, lists: Mapping[str, Sequence[Tool]]) -> None:
        """Take over what the servers that are there now offer, by server.

        Raises:
            ConfigError: two tools would still have the same name, the first time. Later, and beside another
                catalogue, such a tool is left out with a warning instead: a server that changes its list must not end
                a conversation.
        """
        here = [server for server in self._settings if server in lists]
        warnings: dict[str, list[str]] = {server: [] for server in here}
        usable = {(s, tool.name): tool for s in here for tool in self._usable(s, lists[s], warnings[s])}
        for error in self._name([key for key in usable if key not in self._names]):
            if not self._named_once:
                raise error
            warnings[str(error.server)].append(error.message)
        self._named_once = True
        entries = [self._entry(key, tool) for key, tool in usable.items() if key in self._names]
        self._entries = {entry.tool.name: entry for entry in entries}
        tools = tuple(entry.tool for entry in entries)
        if tools != self.tools.tools:
            self.tools = ToolSet(tools, self.tools.revision + 1)
        self.warnings = {server: tuple(texts) for server, texts in warnings.items()}

    @property
    def given(self) -> Mapping[Key, str]:
        """All names ever given, by server and own name of the tool."""
        return self._names

    @property
    def entries(self) -> tuple[Entry, ...]:
        """What `tools` stands for."""
        return tuple(self._entries.values())

    def find(self, name: str) -> Entry | None:
        """What `name` stands for now."""
        return self._entries.get(name)

    def names_of(self, server: str) -> tuple[str, ...]:
        """Names under which the tools of `server` can be called now."""
        return tuple(name for name, entry in self._entries.items() if entry.server == server)

    def server_of(self, name: str) -> str | None:
        """Whose tool `name` is, or was while its server was there."""
        return next((server for (server, _), given in self._names.items() if given == name), None)

    def _usable(self, server: str, tools: Sequence[Tool], warnings: list[str]) -> list[Tool]:
        rule, chosen, seen = self._settings[server].tools, [], set()
        for tool in tools:
            seen.add(tool.name)
            if not passes(tool.name, rule):
                continue
            try:
                self._check((server, tool.name), tool)
            except UnusableSchema as error:
                warnings.append(f"{tool.name} is left out: {error}")
            else:
                chosen.append(tool)
        for pattern in (*rule.allow, *rule.deny):
            if pattern != "*" and not any(fnmatchcase(name, pattern) for name in seen):
                warnings.append(f"no tool matches {pattern!r} in `tools`")
        return chosen

    def _check(self, key: Key, tool: Tool) -> ArgumentCheck:
        """The validator of its input schema, which takes a while to make."""
        known = self._validators.get(key)
        if known is not None and known[0].input_schema == tool.input_schema:
            return known[1]
        check = validator(tool.input_schema)
        self._validators[key] = (tool, check)
        return check

    def _entry(self, key: Key, tool: Tool) -> Entry:
        return Entry(key[0], key[1], tool.model_copy(update={"name": self._names[key]}), self._check(key, tool))

    def _name(self, keys: Sequence[Key]) -> Iterator[ConfigError]:
        """Give each of `keys` its name; yields an error for each that cannot have one."""
        wanted = {key: self._wanted(key) for key in keys}
        wishes = Counter(wanted.values())
        taken = {name: key for key, name in self._taken()}
        for key, wish in wanted.items():
            server, tool = key
            collides = wishes[wish] > 1 or wish in taken
            name = safe_name(server, tool) if collides and self._settings[server].prefix is None else wish
            if name in taken:
                other = "{1!r} of the {0} server".format(*taken[name])
                yield ConfigError(
                    f"its tool {tool!r} would be called {name!r}, like {other}; "
                    "give it another `frontdesk.prefix`, or deny one of them in `frontdesk.tools`",
                    key=f"mcpServers.{server}",
                    server=server,
                )
            else:
                taken[name] = key
                self._names[key] = name

    def _taken(self) -> Iterator[tuple[Key, str]]:
        yield from self._names.items()
        if self._beside is not None:
            yield from self._beside.given.items()

    def _wanted(self, key: Key) -> str:
        server, tool = key
        prefix = self._settings[server].prefix
        return safe_name(tool) if prefix is None else safe_name(prefix, tool)
