"""When a moment of the audio was: position in the audio -> loop time.

A frame arrives when its last sample was spoken, or later: the loop was busy, the line delivered in bursts. So the
earliest arrivals of the last seconds are taken as true, which also follows two clocks that drift apart. When nothing
arrived for a while (a muted track, a lost line), the audio goes on at another time, and the estimate begins again.
"""

__all__ = ["AudioClock"]

_SPAN = 1.0
"""Seconds: the estimate is the least delay of this span and the one before."""
_HOLE = 0.2
"""Seconds without audio, beyond a frame's own length, after which the audio goes on at another time."""


class AudioClock:
    """Positions are seconds of audio since the first sample; times are seconds of the loop's clock."""

    def __init__(self) -> None:
        self.heard = 0.0
        """Seconds of audio that have arrived."""
        self._arrived_at = float("-inf")
        self._span_ends = 0.0
        self._offset = self._next_offset = 0.0
        """The loop time of position 0, by the arrivals since the span before and since this one began."""
        self._hole = -1.0
        self._offset_before_hole = 0.0

    def arrived(self, seconds: float, now: float) -> None:
        """The next `seconds` of audio are there."""
        before, self.heard = self.heard, self.heard + seconds
        offset = now - self.heard
        if now - self._arrived_at > seconds + _HOLE:
            if before:
                self._hole, self._offset_before_hole = before, self._offset
            self._offset = self._next_offset = offset
            self._span_ends = now + _SPAN
        elif now >= self._span_ends:
            self._offset, self._next_offset = min(self._next_offset, offset), offset
            self._span_ends = now + _SPAN
        else:
            self._offset, self._next_offset = min(self._offset, offset), min(self._next_offset, offset)
        self._arrived_at = now

    def time_of(self, position: float) -> float:
        """The loop time of `position`."""
        return position + (self._offset if position > self._hole else self._offset_before_hole)
