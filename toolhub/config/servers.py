"""Which MCP servers there are: the `mcpServers` shape that other MCP hosts read, plus our own `frontdesk` object.

    "cafe": {
      "command": "python", "args": ["-m", "mcp_servers.cafe"], "env": {"TOKEN": "${TOKEN}"},
      "frontdesk": {"timeout": 5, "tools": {"deny": ["list_bookings"]}}
    }

Keys of other hosts are kept and ignored, so one file serves them all; inside `frontdesk` an unknown key is an error.
"""

import difflib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails

from toolhub.config.jsonc import loads
from toolhub.config.variables import UnknownPlaceholder, UnsetVariable, expand
from toolhub.errors import ConfigError

__all__ = ["ServerEntry", "ServerSettings", "ToolFilter", "parse_servers", "read_servers"]

_HTTP_NAMES = ("http", "streamable-http", "streamable_http", "streamableHttp")
_EXPANDED = ("command", "args", "env", "cwd", "url", "headers")


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", coerce_numbers_to_str=True)


class ToolFilter(_Section):
    """Which tools of a server the model sees. Patterns as in a shell (`list_*`), on the server's own names."""

    allow: tuple[str, ...] = ("*",)
    deny: tuple[str, ...] = ()


class ServerSettings(_Section):
    """The `frontdesk` object of a server entry. Times in seconds; tool names are the server's own, without prefix."""

    enabled: bool = True
    prefix: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,32}$")] | None = None
    """Put before each tool name, with an underscore. Without it only names that collide get one: the server's name."""
    module: Any = None
    """`"package.module:attribute"` of an `MCPServer`, or of a function that makes one: runs inside our process.
    In code also such an object itself. Takes precedence over `command` and `url`, which other hosts go on using."""
    options: dict[str, Any] = {}
    """Keyword arguments of that function; `${VAR}` works in them too."""
    tools: ToolFilter = ToolFilter()
    timeout: PositiveFloat = 20.0
    """Longest wait for a tool's result."""
    timeouts: dict[str, PositiveFloat] = {}
    """The same for single tools."""
    connect_timeout: PositiveFloat = 15.0
    """Longest wait for the server to start and to list its tools."""
    protocol: Literal["auto", "legacy", "2026-07-28"] = "auto"
    """`auto` asks the server; `legacy` starts with the initialize handshake; a version goes without asking."""

    @field_validator("module")
    @classmethod
    def _module_names_an_attribute(cls, module: Any) -> Any:
        if isinstance(module, str):
            name, colon, attribute = module.partition(":")
            if not (colon and all(part.isidentifier() for part in [*name.split("."), *attribute.split(".")])):
                raise ValueError('should look like "package.module:attribute"')
        return module


class ServerEntry(BaseModel):
    """One MCP server: a command that speaks stdio, a URL that speaks streamable HTTP, or a module in our process."""

    model_config = ConfigDict(frozen=True, extra="allow", coerce_numbers_to_str=True)

    command: str | None = None
    args: tuple[str, ...] = ()
    env: dict[str, str] = {}
    """Added to a minimal environment (HOME, LOGNAME, PATH, SHELL, TERM, USER); nothing else of ours is passed on."""
    cwd: Path | None = None
    """Relative to the configuration file; our own working directory when left out."""
    url: str | None = None
    headers: dict[str, str] = {}
    frontdesk: ServerSettings = ServerSettings()

    @property
    def transport(self) -> Literal["in-process", "stdio", "http"]:
        """How this server is reached."""
        if self.frontdesk.module is not None:
            return "in-process"
        return "stdio" if self.command is not None else "http"

    @property
    def secrets(self) -> frozenset[str]:
        """Values that must not turn up in a log or a message."""
        return frozenset(value for value in (*self.env.values(), *self.headers.values()) if len(value) >= 8)

    @model_validator(mode="before")
    @classmethod
    def _foreign_spellings(cls, data: Any) -> Any:
        if isinstance(data, Mapping) and "serverUrl" in data and "url" not in data:
            return {**data, "url": data["serverUrl"]}
        return data

    @model_validator(mode="after")
    def _one_transport(self) -> "ServerEntry":
        extra = self.model_extra or {}
        hint = extra.get("type", extra.get("transport"))
        if self.frontdesk.module is not None:
            return self
        if self.command is not None and self.url is not None:
            raise ValueError("has both `command` and `url`: keep one of them")
        if self.command is None and self.url is None:
            raise ValueError(
                "needs a `command` (stdio), a `url` (streamable HTTP) or a `frontdesk.module` (in-process)"
            )
        if hint == "sse":
            raise ValueError("the HTTP+SSE transport is not supported: give the server's streamable HTTP `url`")
        if (hint == "stdio" and self.command is None) or (hint in _HTTP_NAMES and self.url is None):
            raise ValueError(f"says it is {hint!r} but has no `{'command' if hint == 'stdio' else 'url'}`")
        return self

    @field_validator("url")
    @classmethod
    def _url_is_http(cls, url: str | None) -> str | None:
        if url is not None and not url.startswith(("http://", "https://")):
            raise ValueError("should start with http:// or https://")
        return url

    def __repr__(self) -> str:
        """Without arguments, environment, URL and headers: they may hold secrets."""
        return f"ServerEntry({self.transport})"

    __str__ = __repr__


def parse_servers(
    table: Any, *, file: Path, key: str = "mcpServers", environ: Mapping[str, str] = os.environ
) -> dict[str, ServerEntry]:
    """The servers of a `mcpServers` table, in its order.

    `file` and `key` say where the table stands: for messages, and relative `cwd`s count from the file's folder.
    A server with `enabled = false` is checked for its shape but its variables are left alone.

    Raises:
        ConfigError: naming file, key, and what to do.
    """
    if not isinstance(table, Mapping):
        raise ConfigError("should be a table of servers by name", key=key, file=str(file))
    return {name: _parse_entry(name, entry, file, key, environ) for name, entry in table.items()}


def read_servers(path: Path, *, environ: Mapping[str, str] = os.environ) -> dict[str, ServerEntry]:
    """The servers of a JSON file as other MCP hosts use it, with `mcpServers` or `servers` at the top; see `jsonc`.

    Raises:
        ConfigError: no such file, no JSON, or as `parse_servers`.
    """
    try:
        document = loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", file=str(path)) from error
    except ValueError as error:
        where = f" (line {error.lineno}, column {error.colno})" if isinstance(error, json.JSONDecodeError) else ""
        raise ConfigError(f"is not JSON{where}", file=str(path)) from error
    for key in ("mcpServers", "servers"):
        if isinstance(document, Mapping) and key in document:
            return parse_servers(document[key], file=path, key=key, environ=environ)
    raise ConfigError('should be an object with "mcpServers" (or "servers") at the top', file=str(path))


def _parse_entry(name: str, raw: Any, file: Path, key: str, environ: Mapping[str, str]) -> ServerEntry:
    where = f"{key}.{name}"
    if not isinstance(raw, Mapping):
        raise ConfigError("should be a table", key=where, file=str(file), server=name)
    settings = raw.get("frontdesk")
    enabled = not (isinstance(settings, Mapping) and settings.get("enabled") is False)
    try:
        entry = ServerEntry.model_validate(_expanded(raw, environ) if enabled else raw)
    except UnsetVariable as error:
        raise ConfigError(
            f"the environment variable {error.name} is not set; set it, or write ${{{error.name}:-default}}",
            key=_dotted(where, error.path),
            file=str(file),
            server=name,
            variable=error.name,
        ) from error
    except UnknownPlaceholder as error:
        raise ConfigError(
            f"{error.text} is not supported; use ${{VAR}} or ${{VAR:-default}}",
            key=_dotted(where, error.path),
            file=str(file),
            server=name,
        ) from error
    except ValidationError as error:
        # `from None`: pydantic's own message quotes the values, which may be secrets.
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        raise ConfigError(_message(first), key=_dotted(where, first["loc"]), file=str(file), server=name) from None
    if entry.cwd is not None:
        entry = entry.model_copy(update={"cwd": (file.parent / entry.cwd.expanduser()).resolve()})
    return entry


def _expanded(raw: Mapping[str, Any], environ: Mapping[str, str]) -> dict[str, Any]:
    """`raw` with the variables replaced in the keys that are ours to read; foreign keys stay as they are."""
    entry = dict(raw)
    if "serverUrl" in entry:
        entry.setdefault("url", entry.pop("serverUrl"))
    for key in _EXPANDED:
        if key in entry:
            entry[key] = expand(entry[key], environ, (key,))
    settings = entry.get("frontdesk")
    if isinstance(settings, Mapping) and "options" in settings:
        options = expand(settings["options"], environ, ("frontdesk", "options"))
        entry["frontdesk"] = {**settings, "options": options}
    return entry


def _dotted(where: str, path: tuple[str | int, ...]) -> str:
    return where + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)


def _message(error: ErrorDetails) -> str:
    if error["type"] != "extra_forbidden":
        text = error["msg"].removeprefix("Value error, ")
        return text[:1].lower() + text[1:]
    section = ToolFilter if "tools" in error["loc"] else ServerSettings
    known = sorted(section.model_fields)
    close = difflib.get_close_matches(str(error["loc"][-1]), known, n=1)
    return f"unknown key{f', did you mean {close[0]}?' if close else ''} (known: {', '.join(known)})"
