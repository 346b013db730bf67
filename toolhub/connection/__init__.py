"""One MCP server: `lifecycle` decides, `owner` obeys and keeps the connection, `listing` reads what it offers."""

__all__: list[str] = []
