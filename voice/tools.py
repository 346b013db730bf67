"""A tool call as a conversation sees it, in MCP's own types. `toolhub.conversation.Conversation` satisfies `Toolbox`
without knowing it.

All tool policy is on the other side: time limits, what waits for the commit, what is asked first, what goes on when the
user interrupts, which calls are one call.
"""

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from typing import Protocol

from mcp_types import CallToolRequestParams, CallToolResult, ElicitRequestParams, ElicitResult, TextContent, Tool

__all__ = ["Caller", "NoTools", "ToolSet", "Toolbox", "Tools"]


class ToolSet(Protocol):
    """What may be called, as it was at one moment. `revision` changes when `tools` does."""

    @property
    def tools(self) -> Sequence[Tool]:
        """In a stable order."""
        ...

    @property
    def revision(self) -> int:
        """Another number after each change."""
        ...


@dataclass(frozen=True, slots=True)
class Tools:
    """A plain ToolSet."""

    tools: tuple[Tool, ...] = ()
    revision: int = 0


class Caller(Protocol):
    """The person on the line, as one tool call sees them."""

    async def elicit(self, request: ElicitRequestParams, server: str) -> ElicitResult:
        """Ask the user what the tool of `server` wants to know. Cancelling it withdraws the question."""
        ...

    async def confirm(self, read_back: str) -> bool:
        """Whether the user says yes to `read_back`; no LLM takes part in it."""
        ...

    def progress(self, message: str, share: float | None) -> None:
        """The call goes on; it may be said if there is a quiet moment before it comes back. `share`: 0 to 1."""
        ...

    def returned(self, result: CallToolResult, told: bool) -> None:
        """A call that nobody waited for any more came back. `told`: another reply has its result, by the same call."""
        ...

    async def gone(self) -> None:
        """Return when the user has interrupted the reply that asked for the call."""
        ...


class Toolbox(Protocol):
    """The tools of one conversation."""

    def tools(self) -> ToolSet:
        """What the model may call now: a snapshot."""
        ...

    async def call(self, request: CallToolRequestParams, caller: Caller, committed: Awaitable[None]) -> CallToolResult:
        """Run a tool once `committed` is done; what only reads may be run before.

        A failure (unknown name, time-out, dead server) is a result with `is_error`, not an exception. When the caller
        is `gone` it comes back at once, with what there is to say then. Cancelling it stops the call for good.
        """
        ...

    async def drain(self) -> None:
        """Wait for the calls that go on without a reply; bounded in time."""
        ...


class NoTools:
    """The empty toolbox."""

    def tools(self) -> Tools:
        """None."""
        return Tools()

    async def call(self, request: CallToolRequestParams, caller: Caller, committed: Awaitable[None]) -> CallToolResult:
        """There is nothing to call."""
        text = f"there is no tool {request.name}"
        return CallToolResult(content=[TextContent(type="text", text=text)], is_error=True)

    async def drain(self) -> None:
        """There is nothing to wait for."""
