"""All connections to MCP servers: one catalogue of tools, calls that always come back.

Usable without voice. Knows nothing of conversations; `server` hands a `ToolHub` to the session, which sees it as a
`voice.tools.Toolbox`.
"""

__all__: list[str] = []
