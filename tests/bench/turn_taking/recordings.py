"""The recorded people of `tests/speech`: audio with a quiet room around it, and where somebody speaks."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray

from voice.audio import SPEECH_RATE, AudioFrame, resample, to_int16

__all__ = ["HEAD", "HOLD", "Recording", "listeners", "read", "turns"]

SPEECH = Path(__file__).parents[2] / "speech"
HEAD, TAIL = 0.6, 3.2
"""Seconds of room before and after a recording."""
HOLD = 0.2
"""Seconds of silence inside a turn that count as a pause."""
_BLOCK = SPEECH_RATE // 10


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """One user turn, or a listener's sound. `samples`: int16, 16 kHz, with `HEAD` and `TAIL` seconds of room around.

    `speech`: begin and end of each stretch of speech, seconds from the first sample. `part`: "tune" or "report".
    """

    name: str
    set: str
    part: str
    samples: NDArray[np.int16]
    speech: tuple[tuple[float, float], ...]

    @property
    def holds(self) -> list[tuple[float, float]]:
        """Begin and end of every pause inside the turn."""
        pauses = [(end, begin) for (_, end), (begin, _) in zip(self.speech, self.speech[1:], strict=False)]
        return [(begin, end) for begin, end in pauses if end - begin >= HOLD]

    @property
    def end(self) -> float:
        """When the turn is over."""
        return self.speech[-1][1]


def turns() -> list[Recording]:
    """All user turns."""
    return _load("turns.json")


def listeners() -> list[Recording]:
    """Sounds of listeners, to be played while the agent speaks."""
    return _load("over_the_agent.json")


def _load(index: str) -> list[Recording]:
    rows = json.loads((SPEECH / index).read_text())
    return [_recording(row) for row in rows]


def _recording(row: dict[str, Any]) -> Recording:
    speech = tuple((HEAD + begin, HEAD + end) for begin, end in row["speech"])
    return Recording(row["id"], row["set"], row["part"], in_a_room(read(row)), speech)


def read(row: dict[str, Any]) -> NDArray[np.int16]:
    """The audio of a row of the index: int16, 16 kHz."""
    sound, rate = soundfile.read(SPEECH / "audio" / row["file"], dtype="float32", always_2d=True)
    begin, end = round(row.get("start", 0.0) * rate), row.get("end")
    mono = sound.mean(axis=1)[begin : None if end is None else round(end * rate)]
    return resample(AudioFrame(to_int16(mono), rate), SPEECH_RATE).samples


def in_a_room(samples: NDArray[np.int16]) -> NDArray[np.int16]:
    """`samples` with the sound of their own quietest tenth of a second before and after them."""
    tone = _room(samples)
    return np.concatenate((_lasting(tone, HEAD), samples, _lasting(tone, TAIL)))


def _room(samples: NDArray[np.int16]) -> NDArray[np.int16]:
    """A tenth of a second forth and back; faint noise where somebody speaks all the time."""
    blocks = [samples[at : at + _BLOCK] for at in range(0, len(samples) - _BLOCK, _BLOCK // 2)]
    quietest = min(blocks, key=_energy)
    if _energy(quietest) > 0.015 * _energy(samples):
        quietest = np.random.default_rng(0).normal(0, 12, _BLOCK).astype(np.int16)
    return np.concatenate((quietest, quietest[::-1]))


def _energy(samples: NDArray[np.int16]) -> float:
    return float((samples.astype(np.float64) ** 2).mean())


def _lasting(tone: NDArray[np.int16], seconds: float) -> NDArray[np.int16]:
    return np.resize(tone, round(seconds * SPEECH_RATE))
