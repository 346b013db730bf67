"""The person on the line, as one tool call sees them."""

import asyncio
from typing import Protocol

from mcp_types import CallToolResult, ElicitRequestParams, ElicitResult

__all__ = ["Caller", "NoCaller"]


class Caller(Protocol):
    """Who asked for a call: the user behind it, and the reply that waits for its result."""

    async def elicit(self, request: ElicitRequestParams, server: str) -> ElicitResult:
        """The user's answer to a question of `server`. Bounded in time by whoever asks; cancelled with the call."""
        ...

    async def confirm(self, read_back: str) -> bool:
        """Whether the user says yes to what `read_back` says. Bounded and cancelled like `elicit`."""
        ...

    def progress(self, message: str, share: float | None) -> None:
        """The tool tells how far it is; `share` is 0 to 1. Never after the result, never when the reply is gone."""
        ...

    def returned(self, result: CallToolResult, told: bool) -> None:
        """A call that its reply no longer waits for came back. Once for each such call.

        `told`: another call joined it, and the reply of that one has the result or gets this message too.
        """
        ...

    async def gone(self) -> None:
        """Returns when the reply that asked was interrupted by the user; else it is cancelled."""
        ...


class NoCaller:
    """Nobody is there: every question is cancelled, nothing is confirmed, and nobody interrupts."""

    async def elicit(self, request: ElicitRequestParams, server: str) -> ElicitResult:
        """Cancelled."""
        return ElicitResult(action="cancel")

    async def confirm(self, read_back: str) -> bool:
        """No."""
        return False

    def progress(self, message: str, share: float | None) -> None:
        """Nobody hears it."""

    def returned(self, result: CallToolResult, told: bool) -> None:
        """Never happens: nobody interrupts."""

    async def gone(self) -> None:
        """Never returns."""
        await asyncio.get_running_loop().create_future()
