"""A call and what is left of it: `transcript`."""

__all__: list[str] = []
