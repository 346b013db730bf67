"""The log-mel front end against its definition, done slowly, and against values of another implementation."""

import numpy as np
import pytest

from voice.providers.smart_turn.mel import BANDS, HOP, log_mel, mel_filters

RATE = 16_000


def chirp(seconds: float) -> np.ndarray:
    t = np.arange(round(seconds * RATE)) / RATE
    return (0.5 * np.sin(2 * np.pi * (200 + 300 * t) * t) + 0.1 * np.sin(2 * np.pi * 5000 * t)).astype(np.float32)


def slowly(samples: np.ndarray) -> np.ndarray:
    """By the definition: a discrete Fourier transform written out, in double precision, and one matrix product."""
    padded = np.pad(samples.astype(np.float64), 200, mode="reflect")
    n = np.arange(400)
    window = 0.5 * (1 - np.cos(2 * np.pi * n / 400))
    waves = np.exp(-2j * np.pi * np.outer(np.arange(201), n) / 400)
    power = [abs(waves @ (padded[at : at + 400] * window)) ** 2 for at in range(0, len(samples), HOP)]
    logs = np.log10(np.maximum(mel_filters().astype(np.float64) @ np.array(power).T, 1e-10))
    return np.asarray((np.maximum(logs, logs.max() - 8) + 4) / 4)


def test_ten_milliseconds_make_a_column():
    assert log_mel(np.zeros(8 * RATE, dtype=np.float32)).shape == (BANDS, 800)


def test_the_result_is_that_of_the_definition():
    np.testing.assert_allclose(log_mel(chirp(1.0)), slowly(chirp(1.0)), atol=2e-5)


def test_filters_have_equal_areas_over_hertz():
    areas = mel_filters().sum(axis=1) * (RATE / 400)
    # Wide filters: narrow ones are sampled too coarsely for their sum to be their area.
    np.testing.assert_allclose(areas[50:], 1.0, rtol=0.03)


def test_filters_rise_in_frequency_and_leave_no_gap():
    filters = mel_filters()
    assert (np.diff(filters.argmax(axis=1)) >= 0).all()
    assert (filters[:, 1:200].sum(axis=0) > 0).all()


@pytest.mark.parametrize(("hertz", "mel"), [(500, 7.5), (1000, 15.0), (4000, 35.16)])
def test_a_tone_is_loudest_in_its_band(hertz, mel):
    tone = np.sin(2 * np.pi * hertz * np.arange(RATE) / RATE).astype(np.float32)
    top = 45.245  # 8 kHz on Slaney's scale; 80 bands have 81 steps up to it
    assert log_mel(tone)[:, 50].argmax() == pytest.approx(mel / (top / 81) - 1, abs=1)


def test_eighty_decibels_below_the_loudest_is_the_floor():
    features = log_mel(chirp(1.0))
    assert features.max() - features.min() == pytest.approx(2.0)


def test_silence_is_flat():
    assert np.ptp(log_mel(np.zeros(RATE, dtype=np.float32))) == 0.0
