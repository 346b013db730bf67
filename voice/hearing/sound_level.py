"""How loud speech is and how loud the room is, and so when the last sound of speech was, to 2 ms.

A VAD says it by the window (32 ms), and one or two windows late. Inside them the sound itself says it: what is 36 dB
below the speech, or no louder than the room, is no speech. Where the room is too loud to tell, the VAD alone counts.
"""

from collections import deque
from enum import Enum, auto

import numpy as np
from numpy.typing import NDArray

from voice.audio import SPEECH_RATE

__all__ = ["Loudness", "SoundLevel"]

_BLOCK = 32
"""Samples (2 ms)."""
_BELOW_SPEECH = 2.5e-4
"""Of the energy of speech (-36 dB): the end of a soft consonant."""
_ABOVE_ROOM = 6.3
"""Times the room's energy (8 dB): what a block of noise seldom is above the quietest window."""
_AUDIBLE = 3e-3
"""Of the energy of speech (-25 dB): soft sounds are not told from a room that is louder."""
_QUIET = 1.5
"""Times the room's energy (1.8 dB): a window below it holds nothing but the room."""
_ROOM_KNOWN = 1.0
"""Seconds in which nobody spoke after which the room is known: audio may begin in the middle of speech."""
_LOUD = 0.1
"""Of the energy of speech (-10 dB): a window above it is no pause."""
_LEAST = 1.0
"""Energy of the last bit: no room is quieter."""
_ROOM_RISES = 2.0
"""Times a second (3 dB), as long as nobody speaks; it falls at once."""
_SPEECH_FALLS = 4.0
"""Times a second (6 dB) while somebody speaks; it rises at once."""


class Loudness(Enum):
    """Of a window."""

    ROOM = auto()
    BETWEEN = auto()
    SPEECH = auto()


class SoundLevel:
    """Takes every window twice: when it arrives and, in the same order, when it is known whether it was speech."""

    def __init__(self) -> None:
        self._room = float("inf")
        self._speech = 0.0
        self._silence = 0.0
        self._nobody = 0.0
        """Seconds in which nobody spoke."""
        self._arrived: deque[tuple[NDArray[np.float32], float]] = deque()
        """Windows and their energy (mean square)."""

    def arrive(self, window: NDArray[np.int16]) -> Loudness:
        """Measure `window`: int16, 16 kHz, whole blocks. A window as quiet as the room is never as loud as speech."""
        sound = window.astype(np.float32)
        energy = max(_LEAST, float(sound.dot(sound)) / len(sound))
        self._arrived.append((sound, energy))
        if energy < self._room:
            self._room = energy
        if energy <= self._room * _QUIET:
            return Loudness.ROOM if self._nobody >= _ROOM_KNOWN else Loudness.BETWEEN
        return Loudness.SPEECH if energy >= self._speech * _LOUD else Loudness.BETWEEN

    def judged(self, speech: bool, anybody: bool) -> float:
        """The next window was `speech` or not; seconds of silence at its end, 0.0 when it can't be told.

        `anybody`: somebody has been speaking.
        """
        sound, energy = self._arrived.popleft()
        seconds = len(sound) / SPEECH_RATE
        if speech:
            self._speech = max(energy, self._speech * _SPEECH_FALLS**-seconds)
        if not (anybody or speech):
            self._nobody += seconds
        if not anybody:
            self._room *= _ROOM_RISES**seconds
            self._silence = 0.0
            return 0.0
        bound = max(self._speech * _BELOW_SPEECH, self._room * _ABOVE_ROOM)
        if bound > self._speech * _AUDIBLE:
            self._silence = 0.0
            return 0.0
        blocks = sound.reshape(-1, _BLOCK)
        loud = np.flatnonzero(np.einsum("ij,ij->i", blocks, blocks) > bound * _BLOCK)
        if len(loud):
            self._silence = (len(blocks) - 1 - int(loud[-1])) * _BLOCK / SPEECH_RATE
        else:
            self._silence += seconds
        return self._silence
