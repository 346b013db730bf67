"""Where callers come from, one module each."""

__all__: list[str] = []
