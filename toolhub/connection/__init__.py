"""One MCP server: `owner` keeps the connection, `listing` reads what it offers."""

__all__: list[str] = []
