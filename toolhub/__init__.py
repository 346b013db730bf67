"""All connections to MCP servers: one catalogue of tools, calls that always come back.

    servers = parse_servers(table, file=path)          toolhub.config
    async with ToolHub(servers) as hub:                 toolhub.hub
        hub.tools, hub.instructions, hub.servers
        result = await hub.call("book_table", {...})    always a result; failures have `is_error`

Usable without voice. Knows nothing of conversations; `server` hands a `ToolHub` to the session, which sees it as a
`voice.tools.Toolbox`.

    hub ── catalogue (names, filters, validators; pure)
     └── connection, one owner task per server: open, list, call, notice the end, open again
          └── targets: module in our process | stdio (child process) | http (one pool for all servers)

Room is left for what is not here yet: questions of a tool to the user, progress, changed lists, tasks, policies.
"""

__all__: list[str] = []
