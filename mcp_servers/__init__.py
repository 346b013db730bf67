"""MCP servers that ship with frontdesk; run with `python -m mcp_servers.<name>`. They import nothing of ours."""

__all__: list[str] = []
