"""How a server is reached: `stdio`, `http`, in our own process; `target` chooses."""

__all__: list[str] = []
