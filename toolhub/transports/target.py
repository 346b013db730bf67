"""From a server entry to what the SDK's client connects to: a pair of streams, or a server object in our process."""

import importlib
import logging
from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any

from mcp import StdioServerParameters
from mcp.server import MCPServer, Server

from toolhub.config.servers import ServerEntry
from toolhub.errors import CannotStart
from toolhub.transports.http import HTTPPool
from toolhub.transports.stdio import Stderr, redacted, streams

__all__ = ["Target", "load"]


class Target:
    """What one server entry connects to. `ended` is called when a child process ends by itself."""

    def __init__(self, name: str, entry: ServerEntry, pool: HTTPPool, ended: Callable[[], None]) -> None:
        self._entry = entry
        self._pool = pool
        self._ended = ended
        self._stderr = Stderr(logging.getLogger(f"toolhub.{name}.stderr"), entry.secrets)

    def open(self) -> Any:
        """A new target for `mcp.Client`.

        Raises:
            CannotStart: no such module, or its function failed; a missing command only when the target is entered.
        """
        entry = self._entry
        if entry.frontdesk.module is not None:
            return load(entry.frontdesk.module, entry.frontdesk.options)
        if entry.command is not None:
            params = StdioServerParameters(
                command=entry.command, args=list(entry.args), env=dict(entry.env), cwd=entry.cwd
            )
            return streams(params, self._stderr, self._ended)
        return self._pool.streams(entry.url or "", entry.headers)

    def last_error(self, reason: str) -> str:
        """`reason`, and the last words of the child process if it had any."""
        return f"{reason}: {self._stderr.last}" if self._stderr.last else reason


def load(module: Any, options: Mapping[str, Any]) -> MCPServer | Server[Any]:
    """The server object that `module` is, names (`"package.module:attribute"`), or makes when called with `options`.

    Raises:
        CannotStart: there is no such thing, or it could not be made.
    """
    made = _attribute(module) if isinstance(module, str) else module
    if callable(made) and not isinstance(made, MCPServer | Server):
        try:
            made = made(**options)
        except Exception as error:
            secrets = [value for value in options.values() if isinstance(value, str) and len(value) >= 8]
            raise CannotStart(redacted(f"{module} failed: {type(error).__name__}: {error}", secrets)) from error
    if not isinstance(made, MCPServer | Server):
        raise CannotStart(f"{module} is no MCP server and makes none (it is a {type(made).__name__})")
    return made


def _attribute(path: str) -> Any:
    name, _, attribute = path.partition(":")
    try:
        return reduce(getattr, attribute.split("."), importlib.import_module(name))
    except ImportError as error:
        raise CannotStart(f"{name} cannot be imported: {error}") from error
    except AttributeError as error:
        raise CannotStart(f"{name} has no {attribute!r}") from error
