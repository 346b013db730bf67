"""Everything that can go wrong between us and the MCP servers, as one tree.

ToolHubError
├── ConfigError(file, key, server, variable)   wrong configuration; raised before anything is started
├── CannotStart                                a server that can never work as configured; becomes its state
└── CallFailed(tool)                           never leaves the hub: becomes a result with `is_error`
    ├── ToolNotFound                           no such name
    ├── InvalidArguments                       they do not fit the tool's input schema
    ├── ToolDenied                             the policy forbids it
    ├── NotConfirmed                           the user was asked first and did not say yes
    ├── ToolTimedOut(seconds)
    ├── ServerUnavailable(server)              not connected, died or unreachable
    ├── QuestionAsked(server)                  the tool needs an answer from the user first
    └── ToolRefused                            the server answered with a protocol error, or with rubbish

The message of a `CallFailed` is written for the LLM: plain words that it can act on or pass on. `code` is stable. No
message holds a secret: values of `env` and `headers` never appear, only the names of keys and variables.
"""

from collections.abc import Sequence
from typing import ClassVar

__all__ = [
    "CallFailed",
    "CannotStart",
    "ConfigError",
    "InvalidArguments",
    "NotConfirmed",
    "QuestionAsked",
    "ServerUnavailable",
    "ToolDenied",
    "ToolHubError",
    "ToolNotFound",
    "ToolRefused",
    "ToolTimedOut",
]


class ToolHubError(Exception):
    """Base of the tree."""

    code: ClassVar[str] = "toolhub_error"


class ConfigError(ToolHubError):
    """A server entry is wrong. `str()` is one complete message; the parts are there for other renderings."""

    code = "tool_config"

    def __init__(
        self,
        message: str,
        *,
        key: str = "",
        file: str = "",
        server: str | None = None,
        variable: str | None = None,
    ) -> None:
        """`key` is the dotted path in `file`; `variable` is set when an environment variable is missing."""
        super().__init__(message)
        self.message = message
        self.key = key
        self.file = file
        self.server = server
        self.variable = variable

    def __str__(self) -> str:
        return ": ".join(part for part in (self.file, self.key, self.message) if part)


class CannotStart(ToolHubError):
    """A server that cannot work as configured (no such command or module); trying again will not help."""

    code = "tool_server_config"


class CallFailed(ToolHubError):
    """A call that brought no result of the tool's own."""

    code = "tool_failed"

    def __init__(self, tool: str, message: str) -> None:
        super().__init__(message)
        self.tool = tool


class ToolNotFound(CallFailed):
    """No such tool; the message names those there are."""

    code = "tool_not_found"

    def __init__(self, tool: str, available: Sequence[str]) -> None:
        names = f"The tools are: {', '.join(available)}." if available else "No tools are available at the moment."
        super().__init__(tool, f"There is no tool called {tool!r}. {names}")


class InvalidArguments(CallFailed):
    """The arguments do not fit; the tool was not called."""

    code = "tool_arguments"

    def __init__(self, tool: str, problems: Sequence[str]) -> None:
        super().__init__(tool, f"{tool} was not called, its arguments are wrong: {'; '.join(problems)}.")


class ToolDenied(CallFailed):
    """The tool must not be called; it was not."""

    code = "tool_denied"

    def __init__(self, tool: str) -> None:
        super().__init__(tool, f"{tool} was not called, it is not allowed.")


class NotConfirmed(CallFailed):
    """The user was asked and did not say yes; the tool was not called."""

    code = "tool_not_confirmed"

    def __init__(self, tool: str) -> None:
        super().__init__(tool, f"{tool} was not called, the user did not confirm it.")


class ToolTimedOut(CallFailed):
    """No answer in time; the call has been cancelled at its server."""

    code = "tool_timed_out"

    def __init__(self, tool: str, seconds: float) -> None:
        super().__init__(tool, f"{tool} did not answer within {seconds:g} seconds and was cancelled.")


class ServerUnavailable(CallFailed):
    """The server of this tool is not there now. Whether it carried out the call may be unknown."""

    code = "tool_unavailable"

    def __init__(self, tool: str, server: str, reason: str | None) -> None:
        because = f": {reason}" if reason else ""
        super().__init__(tool, f"{tool} cannot be used now, the {server} server is unavailable{because}.")
        self.server = server


class QuestionAsked(CallFailed):
    """The tool asks the user something before it goes on."""

    code = "tool_question"

    def __init__(self, tool: str, server: str, questions: Sequence[str]) -> None:
        asked = f" It asks: {' / '.join(questions)}" if questions else ""
        super().__init__(tool, f"{tool} has a question of its own, which cannot be answered here yet.{asked}")
        self.server = server


class ToolRefused(CallFailed):
    """The server did not run the tool, or answered outside its own protocol."""

    code = "tool_refused"
