"""A loudspeaker as sound cards and rooms have them: it takes sound by the period, and what waits for it is a queue."""

from collections.abc import Callable

from voice.audio import AudioFrame

__all__ = ["Loudspeaker"]


class Loudspeaker:
    """Has the loudspeaker's half of Transport. `clock`: seconds; `period`: seconds taken at a time; `phase`: when."""

    def __init__(self, clock: Callable[[], float], period: float = 0.01, phase: float = 0.0) -> None:
        self._clock = clock
        self._period = period
        self._next = phase
        self._queued = 0.0
        self._sounded: list[tuple[float, float]] = []

    def play(self, frame: AudioFrame) -> None:
        self._run()
        self._queued += frame.duration

    def clear(self) -> None:
        """Forget what has not been taken; the period that sounds goes on to its end."""
        self._run()
        self._queued = 0.0

    @property
    def delay(self) -> float:
        self._run()
        sounds_until = self._sounded[-1][1] if self._sounded else 0.0
        return self._queued + max(0.0, sounds_until - self._clock())

    @property
    def sounded(self) -> list[tuple[float, float]]:
        """When there was sound, or will be in the period that has begun: (from, to)."""
        self._run()
        return list(self._sounded)

    def audible(self, begin: float, end: float) -> float:
        """Seconds of sound between two times."""
        return sum(max(0.0, min(end, b) - max(begin, a)) for a, b in self.sounded)

    def _run(self) -> None:
        """Every period up to now."""
        now = self._clock()
        while self._next <= now:
            taken = min(self._period, self._queued)
            if taken > 1e-9:
                self._sound(self._next, self._next + taken)
                self._queued -= taken
                self._next += self._period
            else:
                self._next += self._period * max(1, (now - self._next) // self._period)

    def _sound(self, begin: float, end: float) -> None:
        if self._sounded and begin - self._sounded[-1][1] < 1e-6:
            begin = self._sounded.pop()[0]
        self._sounded.append((begin, end))
