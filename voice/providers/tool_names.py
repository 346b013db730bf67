"""Tool names that vendors accept: MCP allows dots and slashes and 128 characters, vendors `[a-zA-Z0-9_-]{1,64}`."""

import re
from collections.abc import Iterable

__all__ = ["ToolNames"]

_LONGEST = 64
_LEAKED = re.compile(r"[<\[(\s].*", re.DOTALL)
"""What follows a name when a server has not taken the template's tokens out of it."""
_PREFIX = re.compile(r"(?:functions?|tools?|default_api|api|multi_tool_use)[.:/]")
_SUFFIX = re.compile(r"(?::\d+|\.call|\(\))\Z")


class ToolNames:
    """A one-to-one map between MCP's names and the vendor's, the same for the same names in the same order."""

    def __init__(self, names: Iterable[str]) -> None:
        self._vendor: dict[str, str] = {}
        self._mcp: dict[str, str] = {}
        for name in names:
            self.to_vendor(name)

    def to_vendor(self, name: str) -> str:
        """The name to send; a name not seen before (of a tool that has gone) gets one too."""
        if name not in self._vendor:
            sent = base = re.sub(r"[^a-zA-Z0-9_-]", "_", name)[:_LONGEST] or "_"
            number = 2
            while sent in self._mcp:
                suffix = f"_{number}"
                sent, number = base[: _LONGEST - len(suffix)] + suffix, number + 1
            self._vendor[name], self._mcp[sent] = sent, name
        return self._vendor[name]

    def from_vendor(self, name: str) -> str:
        """The name the model meant; a name that it invented stays as it is."""
        known = self.known(name)
        return name if known is None else known

    def known(self, name: str) -> str | None:
        """The name the model meant, also where it wrote it with a namespace, a number or a token of its template, or as
        it is in MCP; None if there is no such tool."""
        plain = _LEAKED.sub("", name.strip())
        bare = _SUFFIX.sub("", _PREFIX.sub("", plain))
        for written in (name, plain, bare):
            if written in self._mcp:
                return self._mcp[written]
            if written in self._vendor:
                return written
        alike = [mcp for sent, mcp in self._mcp.items() if bare.casefold() in (sent.casefold(), mcp.casefold())]
        return alike[0] if len(alike) == 1 else None

    @property
    def written(self) -> tuple[str, ...]:
        """All names that a model may write: the vendor's and MCP's."""
        return tuple({*self._mcp, *self._vendor})
