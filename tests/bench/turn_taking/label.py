"""Writes into `tests/speech` where somebody speaks, and which part a speaker belongs to:

    python -m tests.bench.turn_taking.label

Speech is where Silero hears it with the thresholds of `GatePolicy` at the time of writing; the labels stay what they
are when the product changes. The parts are split by speaker: the two sides of the call by name, the one who hesitates
on purpose as a whole, the orders (a speaker each, as far as is known) by the hash of their file's name.
"""

import hashlib
import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.bench.turn_taking.recordings import HEAD, SPEECH, in_a_room, read
from voice.audio import SPEECH_RATE, to_float
from voice.models import ModelStore
from voice.policy import GatePolicy
from voice.providers.onnx_session import open_session
from voice.vad import WINDOW

_CONTEXT = 64
_SECONDS = WINDOW / SPEECH_RATE
_PARTS = {"call-agent.flac": "tune", "call-caller.flac": "report", "request-with-pause.wav": "report"}


def main() -> None:
    for index in ("turns.json", "over_the_agent.json"):
        rows = json.loads((SPEECH / index).read_text())
        for row in rows:
            row["part"] = part(row)
            row["speech"] = speech(row)
        lines = ",\n".join(json.dumps(row) for row in rows)
        (SPEECH / index).write_text(f"[\n{lines}\n]\n")


def part(row: dict[str, Any]) -> str:
    """On "tune" numbers are chosen, on "report" they are judged."""
    if row["set"] == "hesitation":
        return "tune"
    odd = hashlib.sha256(row["file"].encode()).digest()[0] % 2
    return _PARTS.get(row["file"], "tune" if odd else "report")


def speech(row: dict[str, Any]) -> list[tuple[float, float]]:
    """Begin and end of each stretch of speech, seconds from the beginning of the turn."""
    gate = GatePolicy()
    spans: list[tuple[float, float]] = []
    begin = last = None
    for number, heard in enumerate(probabilities(in_a_room(read(row)))):
        now = (number + 1) * _SECONDS
        if heard >= (gate.threshold if begin is None else gate.release):
            begin = now - _SECONDS if begin is None else begin
            last = now
        elif begin is not None and last is not None and (now - last >= gate.min_silence or last - begin < _SECONDS):
            if last - begin >= gate.min_speech:
                spans.append((round(begin - HEAD, 3), round(last - HEAD, 3)))
            begin = last = None
    return spans


def probabilities(samples: NDArray[np.int16]) -> list[float]:
    """P(speech) of every window."""
    session = open_session(ModelStore().path("silero-v6", None), "vad", "silero-v6")
    state, rate, heard = np.zeros((2, 1, 128), np.float32), np.array(SPEECH_RATE, np.int64), []
    sound = np.concatenate((np.zeros(_CONTEXT, np.float32), to_float(samples)))
    for at in range(_CONTEXT, len(sound) - WINDOW + 1, WINDOW):
        window = sound[np.newaxis, at - _CONTEXT : at + WINDOW]
        chance, state = session.run(None, {"input": window, "state": state, "sr": rate})
        heard.append(float(chance[0, 0]))
    return heard


if __name__ == "__main__":
    main()
