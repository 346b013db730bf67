"""What happens in the hub that others may want to know. Values only; `ToolHub.listen` delivers them."""

from dataclasses import dataclass

from toolhub.connection.lifecycle import ServerState

__all__ = ["HubEvent", "ServerChanged", "ToolsChanged"]


@dataclass(frozen=True, slots=True)
class ServerChanged:
    """The state of a server, or the reason for it, is a different one now."""

    server: str
    state: ServerState
    reason: str | None
    """Why it is not ready; no secrets."""
    call_id: str | None = None
    """The conversation that alone has this server; None for the servers of all."""


@dataclass(frozen=True, slots=True)
class ToolsChanged:
    """The list of tools is a different one now."""

    revision: int
    """Of the list of all, or of the conversation's own servers when `call_id` is given."""
    call_id: str | None = None


HubEvent = ServerChanged | ToolsChanged
