"""What a microphone may bring besides clean speech: float32 in [-1, 1] or int16 at 16 kHz."""

import numpy as np

from voice.audio import SPEECH_RATE, AudioFrame, resample, to_float, to_int16


def noise(seconds: float, level: float = 0.05) -> np.ndarray:
    """White noise, int16; the same each time."""
    sound = np.random.default_rng(0).standard_normal(round(seconds * SPEECH_RATE)) * level
    return to_int16(sound.astype(np.float32))


def tone(seconds: float, hertz: float = 440.0, level: float = 0.3) -> np.ndarray:
    """A sine, int16."""
    t = np.arange(round(seconds * SPEECH_RATE)) / SPEECH_RATE
    return to_int16((level * np.sin(2 * np.pi * hertz * t)).astype(np.float32))


def noisy(samples: np.ndarray, decibels: float) -> np.ndarray:
    """int16 `samples` in white noise, `decibels` above it."""
    clean = to_float(samples)
    hiss = to_float(noise(len(samples) / SPEECH_RATE, 1.0 / 8))[: len(clean)]
    level = np.sqrt((clean**2).mean() / (hiss**2).mean() / 10 ** (decibels / 10))
    return to_int16(clean + hiss * np.float32(level))


def telephone(samples: np.ndarray) -> np.ndarray:
    """int16 `samples` as they come through a telephone line: 8 kHz, mu-law in 8 bits (ITU-T G.711)."""
    narrow = to_float(resample(AudioFrame(samples, SPEECH_RATE), 8000).samples)
    mu = 255.0
    steps = np.rint(np.sign(narrow) * np.log1p(mu * np.abs(narrow)) / np.log1p(mu) * 127) / 127
    wide = np.sign(steps) * np.expm1(np.abs(steps) * np.log1p(mu)) / mu
    return resample(AudioFrame(to_int16(wide.astype(np.float32)), 8000), SPEECH_RATE).samples
