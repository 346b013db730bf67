"""Which MCP servers there are: `servers`, the `variables` in it, and `jsonc`, what it is written in."""

__all__: list[str] = []
