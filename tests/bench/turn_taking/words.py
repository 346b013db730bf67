"""Word error rate of the STT on the orders, as they are and through a telephone, with and without noise.

Noise is pink, or three other speakers mixed, 10 dB below the speech. What was said (`said`) was written down from what
the STT heard, corrected by what such orders are made of, and not checked by ear: compare the columns, not the level.
"""

import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.bench.turn_taking.recordings import SPEECH, read
from tests.fakes.word_errors import word_error_rate
from voice.audio import SPEECH_RATE, AudioFrame, resample, to_int16
from voice.stt import STT, Pause

__all__ = ["report_words"]

_NUMBERS = {"8": "eight", "12": "twelve", "16": "sixteen", "20": "twenty"}
_SNR = 10 ** (10 / 20)
_FRAME = 512
_LEAD, _TAIL = 0.2, 0.1
"""Seconds of room, as in a call."""

Sound = NDArray[np.float64]


async def report_words(stt: STT) -> None:
    """Print a line for each condition and part."""
    rows = [row for row in json.loads((SPEECH / "turns.json").read_text()) if "said" in row]
    sounds = [_cut(row).astype(np.float64) for row in rows]
    for name, change in _conditions(sounds).items():
        heard = [await _heard(stt, change(sound, number)) for number, sound in enumerate(sounds)]
        for part in ("tune", "report"):
            pairs = [(row["said"], text) for row, text in zip(rows, heard, strict=True) if row["part"] == part]
            print(f"words, part {part!r:<9} {name:<24} {100 * word_error_rate(pairs):5.1f} % wrong", flush=True)


def _cut(row: dict[str, Any]) -> NDArray[np.int16]:
    """From just before the first word until just after the last."""
    begin, end = row["speech"][0][0] - _LEAD, row["speech"][-1][1] + _TAIL
    return read(row)[max(0, round(begin * SPEECH_RATE)) : round(end * SPEECH_RATE)]


def _conditions(sounds: list[Sound]) -> dict[str, Callable[[Sound, int], Sound]]:
    def babble(sound: Sound, number: int) -> Sound:
        others = [np.resize(sounds[(number + step) % len(sounds)], len(sound)) for step in (5, 17, 29)]
        return _with(sound, np.sum(others, axis=0))

    def pink(sound: Sound, number: int) -> Sound:
        return _with(sound, _pink(len(sound), number))

    return {
        "16 kHz": lambda sound, number: sound,
        "16 kHz, pink noise": pink,
        "16 kHz, voices": babble,
        "8 kHz": lambda sound, number: _telephone(sound),
        "8 kHz, pink noise": lambda sound, number: _telephone(pink(sound, number)),
        "8 kHz, voices": lambda sound, number: _telephone(babble(sound, number)),
    }


async def _heard(stt: STT, sound: Sound) -> str:
    samples = to_int16(sound / 32768)

    async def audio() -> AsyncIterator[AudioFrame | Pause]:
        for at in range(0, len(samples), _FRAME):
            yield AudioFrame(samples[at : at + _FRAME], SPEECH_RATE)
        yield Pause()

    text = ""
    async for transcript in stt.transcribe(audio()):
        text = transcript.text
    return " ".join(_NUMBERS.get(word, word) for word in text.replace("-", " ").split())


def _with(sound: Sound, noise: Sound) -> Sound:
    return sound + noise * (_loudness(sound) / _loudness(noise) / _SNR)


def _loudness(sound: Sound) -> float:
    return float(np.sqrt((sound**2).mean()))


def _pink(length: int, seed: int) -> Sound:
    spectrum = np.fft.rfft(np.random.default_rng(seed).normal(size=length))
    return np.fft.irfft(spectrum / np.sqrt(np.maximum(1, np.arange(len(spectrum)))), length)


def _telephone(sound: Sound) -> Sound:
    """Through 8 kHz and mu-law (ITU-T G.711)."""
    narrow = resample(AudioFrame(to_int16(sound / 32768), SPEECH_RATE), 8_000).samples / 32768
    coded = np.round(np.sign(narrow) * np.log1p(255 * np.abs(narrow)) / np.log(256) * 127) / 127
    decoded = np.sign(coded) * (256 ** np.abs(coded) - 1) / 255
    return resample(AudioFrame(to_int16(decoded), 8_000), SPEECH_RATE).samples.astype(np.float64)
