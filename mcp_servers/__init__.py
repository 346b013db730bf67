"""MCP servers that ship with frontdesk; run with `python -m mcp_servers.<name>`. They import nothing of ours.

`cafe` books tables on SQLite; `clock` tells the date and the opening hours. Both also run inside another process:
`mcp_servers.cafe:create` and `mcp_servers.clock:create`.
"""

__all__: list[str] = []
