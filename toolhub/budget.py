"""The time limit of one call: machine time only, it stands still while a human is asked. Pure."""

__all__ = ["Budget"]


class Budget:
    """`seconds` to spend. Times are seconds of one clock, `now` in all methods."""

    def __init__(self, seconds: float) -> None:
        self._left = seconds
        self._since: float | None = None

    def start(self, now: float) -> None:
        """Time counts from `now`; also after a pause."""
        if self._since is None:
            self._since = now

    def pause(self, now: float) -> None:
        """Time stands still from `now` until the next `start`."""
        self._left = self.remaining(now)
        self._since = None

    def remaining(self, now: float) -> float:
        """Seconds left, never below 0."""
        used = 0.0 if self._since is None else now - self._since
        return max(0.0, self._left - used)

    @property
    def deadline(self) -> float | None:
        """When nothing is left, if nobody pauses; None while time stands still."""
        return None if self._since is None else self._since + self._left
