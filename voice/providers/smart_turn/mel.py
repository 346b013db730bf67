"""Log-mel spectrogram as Whisper's feature extractor defines it (Radford et al. 2022, arXiv:2212.04356, section 2.2),
in numpy.

Every filter is applied by itself to the few bins it covers: one large matrix product would wake the BLAS threads, which
doubles the CPU time for nothing.
"""

import numpy as np
from numpy.typing import NDArray

from voice.audio import SPEECH_RATE

__all__ = ["BANDS", "HOP", "log_mel", "mel_filters"]

BANDS = 80
HOP = 160
"""Samples: 10 ms."""
_SIZE = 400
"""Samples of a frame: 25 ms."""
_FLOOR = 1e-10
_RANGE = 8.0
"""Powers of ten below the loudest value that are kept."""

# Slaney's mel scale (Auditory Toolbox, 1998): linear up to 1 kHz, logarithmic above.
_HZ_PER_MEL = 200.0 / 3.0
_BREAK = 1000.0
_LOG_STEP = np.log(6.4) / 27.0

_WINDOW = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(_SIZE) / _SIZE)).astype(np.float32)
"""Periodic Hann."""


def _to_mel(hz: float) -> float:
    if hz < _BREAK:
        return hz / _HZ_PER_MEL
    return float(_BREAK / _HZ_PER_MEL + np.log(hz / _BREAK) / _LOG_STEP)


def _to_hz(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    above = _BREAK * np.exp(_LOG_STEP * (mel - _BREAK / _HZ_PER_MEL))
    return np.where(mel < _BREAK / _HZ_PER_MEL, mel * _HZ_PER_MEL, above)


def mel_filters() -> NDArray[np.float32]:
    """Triangles of equal area (Slaney's normalisation) from 0 Hz to half the rate: shape (80, 201)."""
    corners = _to_hz(np.linspace(0.0, _to_mel(SPEECH_RATE / 2), BANDS + 2))
    bins = np.linspace(0.0, SPEECH_RATE / 2, _SIZE // 2 + 1)
    low, middle, high = corners[:-2, np.newaxis], corners[1:-1, np.newaxis], corners[2:, np.newaxis]
    rising, falling = (bins - low) / (middle - low), (high - bins) / (high - middle)
    triangles: NDArray[np.float64] = np.maximum(0.0, np.minimum(rising, falling)) * (2.0 / (high - low))
    return triangles.astype(np.float32)


def _covered() -> list[tuple[slice, NDArray[np.float32]]]:
    covered = []
    for weights in mel_filters():
        (bins,) = np.nonzero(weights)
        span = slice(int(bins[0]), int(bins[-1]) + 1)
        covered.append((span, weights[span]))
    return covered


_FILTERS = _covered()


def log_mel(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """float32 `samples` at 16 kHz, shape (n,), to features of shape (80, n // 160), scaled as Whisper wants them."""
    padded = np.pad(samples.astype(np.float32), _SIZE // 2, mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(padded, _SIZE)[::HOP][: len(samples) // HOP]
    spectrum = np.fft.rfft(frames * _WINDOW, axis=1)
    power = np.ascontiguousarray((spectrum.real**2 + spectrum.imag**2).T.astype(np.float32))
    bands = np.stack([weights @ power[span] for span, weights in _FILTERS])
    logs = np.log10(np.maximum(bands, _FLOOR))
    scaled: NDArray[np.float32] = (np.maximum(logs, logs.max() - _RANGE) + 4.0) / 4.0
    return scaled.astype(np.float32)
