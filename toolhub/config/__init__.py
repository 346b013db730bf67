"""Which MCP servers there are: `servers`, and the `variables` in it."""

__all__: list[str] = []
