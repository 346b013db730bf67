"""One module per command of the command line; each has `run(args) -> exit code` and is imported only when asked for."""

__all__: list[str] = []
