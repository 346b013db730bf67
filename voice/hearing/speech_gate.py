"""Speech probabilities in, "speech started" and "speech stopped" out. Time is the length of the audio."""

from dataclasses import dataclass

from voice.policy import GatePolicy

__all__ = ["LAG", "MAYBE", "GateClosed", "GateOpened", "SpeechGate"]

MAYBE = 0.2
"""P(speech) at which speech may have begun: words begin so one window before they count. Silero gives as much to no
window from 0.13 to 2.5 s after the turns of `tests/speech`, part "tune"."""

LAG = 0.096
"""Seconds (three windows) by which a VAD may call silence still speech: seen 0 to 80 ms after sounds that fade, up to
140 ms after sounds that are cut off."""


@dataclass(frozen=True, slots=True)
class GateOpened:
    """Speech has lasted long enough to count; it began `ago` seconds before the end of the last window."""

    ago: float


@dataclass(frozen=True, slots=True)
class GateClosed:
    """Silence has lasted long enough to be a pause; speech ended `ago` seconds before the end of the last window."""

    ago: float


class SpeechGate:
    """Hysteresis with minimum lengths, window by window."""

    def __init__(self, policy: GatePolicy) -> None:
        self._policy = policy
        self.min_speech = policy.min_speech
        """How long speech must last to count now."""
        self._speech = 0.0
        """Seconds since the candidate speech began."""
        self._silence = 0.0
        """Seconds since the last window that was speech."""
        self._last = 0.0
        """P(speech) of the last window."""
        self.open = False

    @property
    def idle(self) -> bool:
        """Nobody speaks, nor has perhaps begun to."""
        return not self.open and not self._speech

    @property
    def maybe(self) -> bool:
        """Somebody has perhaps begun to speak: sooner than it counts as speech, which may still come to nothing."""
        return not self.open and (self._speech > 0 or self._last >= MAYBE)

    def process(self, probability: float, seconds: float, quiet: float = 0.0) -> GateOpened | GateClosed | None:
        """Take the next window: its P(speech) and its length.

        `quiet`: seconds before the window's end in which there was no sound, as far as that is known. They count as
        silence, but no more than LAG of them where the VAD heard speech.
        """
        self._last = probability
        if self.open:
            return self._while_open(probability, seconds, quiet)
        return self._while_closed(probability, seconds)

    def _while_open(self, probability: float, seconds: float, quiet: float) -> GateClosed | None:
        if probability >= self._policy.release:
            self._silence = 0.0
            return None
        self._silence += seconds
        silence = max(self._silence, min(quiet, self._silence + LAG))
        if silence < self._policy.min_silence - 1e-9:
            return None
        self.open, self._speech, self._silence = False, 0.0, 0.0
        return GateClosed(silence)

    def _while_closed(self, probability: float, seconds: float) -> GateOpened | None:
        if probability >= self._policy.threshold or (self._speech and probability >= self._policy.release):
            self._speech += seconds
        else:
            self._speech = 0.0
        if self._speech < self.min_speech - 1e-9 or not self._speech:
            return None
        opened = GateOpened(self._speech)
        self.open, self._speech, self._silence = True, 0.0, 0.0
        return opened
