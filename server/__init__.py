"""The application: configuration, wiring, command line. The only package that knows all the others.

    __main__        arguments -> one of `cli`; every expected failure is one message and an exit code
    cli             a module for each command, and what they show
    config          frontdesk.toml -> one frozen tree, or every mistake in it at once
    wiring          the composition root: configuration -> providers, MCP servers, agents, sessions
    calls           one call's life, and what is left of it
    providers       a provider string and its options -> the provider
    prompt          the system prompt                       (pure)
    logs            log lines: of which call they are, and no secrets in them
    loop            the event loop everything runs on
    errors          what stops a command

Nothing in `voice`, `toolhub` or `mcp_servers` may import it.
"""

__all__: list[str] = []
