"""Smart Turn: has the user finished, by the sound? `detector`, and `mel`, its input."""

__all__: list[str] = []
