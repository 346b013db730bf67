"""The application: configuration, wiring, command line. The only package that knows all the others.

    __main__        arguments -> one of `commands`; every expected failure is one message and an exit code
    config          frontdesk.toml -> one frozen tree, or every mistake in it at once
    providers       a provider string and its options -> the provider
    wiring          the composition root: configuration -> providers, MCP servers, sessions
    prompt          the system prompt
    live            the event stream -> lines for a terminal        (pure, as are the three that follow)
    transcript      the event stream -> transcript.json
    console         one session's screen: what is shown, what a line means
    secrets         finds secrets that were written into a file
    loop            the event loop everything runs on

Nothing in `voice`, `toolhub` or `mcp_servers` may import it.
"""

__all__: list[str] = []
