"""Tool names that vendors accept: MCP allows dots and slashes and 128 characters, vendors `[a-zA-Z0-9_-]{1,64}`."""

import re
from collections.abc import Iterable

__all__ = ["ToolNames"]

_LONGEST = 64


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
        return self._mcp.get(name, name)
