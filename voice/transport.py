"""Where the caller is: a microphone to read and a loudspeaker to write."""

from collections.abc import AsyncIterator
from typing import Protocol

from voice.audio import AudioFrame

__all__ = ["Transport"]


class Transport(Protocol):
    """One caller's audio, both ways."""

    @property
    def rate(self) -> int:
        """Hz that `play` wants."""
        ...

    def microphone(self) -> AsyncIterator[AudioFrame]:
        """The caller's audio in real time, frames of any length and rate. Ends when the caller hangs up."""
        ...

    def play(self, frame: AudioFrame) -> None:
        """Hand over one frame (at most 20 ms) that is due now; pacing is the playout's business. Never blocks."""
        ...

    def clear(self) -> None:
        """Forget what was handed over and is not heard yet, as far as it can be taken back. Never blocks."""
        ...

    @property
    def delay(self) -> float:
        """Seconds of audio that were handed over and are not heard yet: in a queue, in a device, on a line."""
        ...
