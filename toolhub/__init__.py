"""All connections to MCP servers: one catalogue of tools, calls that always come back, and all policy of tool calls.

    servers = parse_servers(table, file=path)                     toolhub.config
    async with ToolHub(servers) as hub:                            toolhub.hub
        async with hub.conversation(info) as conversation:         toolhub.conversation
            conversation.tools()                                   a snapshot, with a revision
            await conversation.call(request, caller, committed)    always a result; failures have `is_error`
        await hub.call("book_table", {...})                        the same for nobody: at once, no questions
        await hub.add(name, entry); await hub.remove(name)         also of one conversation's view only
        hub.listen(callback)                                       toolhub.events

Usable without voice. Knows nobody's turns or replies: whoever asks gives a `Caller` (toolhub.caller) to put questions
to, and an awaitable that is done when the call may have effects.

    hub ── conversation ── calls (joins, late results) ── call (one call, top to bottom)
     └─ servers ── catalogue (names, filters, validators)
         └── connection: one owner task per server obeys lifecycle (a table)
              └── transports: module in our process | stdio (child process) | http (one pool for all servers)

    pure: policy, budget, arguments, catalogue, results, events, errors, connection.lifecycle

Room is left for what is not here yet: elicitation as a declared capability, changed lists, tasks, resources.
"""

__all__: list[str] = []
