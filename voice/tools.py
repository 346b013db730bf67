"""What a reply needs of the outside world, in MCP's own types. `toolhub.ToolHub` satisfies it without knowing it."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from mcp_types import CallToolResult, TextContent, Tool

__all__ = ["NoTools", "Toolbox"]


class Toolbox(Protocol):
    """Tools by name."""

    @property
    def tools(self) -> Sequence[Tool]:
        """What the model may call now, in a stable order."""
        ...

    async def call(self, name: str, arguments: Mapping[str, Any]) -> CallToolResult:
        """Run a tool. A failure (unknown name, time-out, dead server) is a result with `is_error`, not an exception.

        Bounded in time. Cancelling it cancels the call at its server.
        """
        ...


class NoTools:
    """The empty toolbox."""

    @property
    def tools(self) -> Sequence[Tool]:
        """None."""
        return ()

    async def call(self, name: str, arguments: Mapping[str, Any]) -> CallToolResult:
        """There is nothing to call."""
        return CallToolResult(content=[TextContent(type="text", text=f"there is no tool {name}")], is_error=True)
