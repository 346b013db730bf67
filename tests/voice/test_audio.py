"""Frames, rates and windows."""

import numpy as np
import pytest

from voice.audio import AudioFrame, Rechunker, Resampler, resample, silence, to_float, to_int16


def tone(seconds: float, rate: int, hertz: float = 440.0) -> AudioFrame:
    t = np.arange(round(seconds * rate)) / rate
    return AudioFrame(to_int16(0.5 * np.sin(2 * np.pi * hertz * t)), rate)


def test_a_frame_knows_its_length_in_seconds() -> None:
    assert silence(0.25, 8000).duration == 0.25


def test_int16_survives_the_way_to_float_and_back() -> None:
    samples = np.array([-32768, -1, 0, 1, 32767], dtype=np.int16)
    assert np.abs(to_int16(to_float(samples)).astype(int) - samples).max() <= 1


def test_floats_beyond_full_scale_are_clipped() -> None:
    assert to_int16(np.array([2.0, -2.0])).tolist() == [32767, -32768]


@pytest.mark.parametrize("rate", [8000, 22_050, 44_100, 48_000])
def test_a_stream_resampled_in_pieces_keeps_its_length_and_its_tone(rate: int) -> None:
    whole, resampler = tone(1.0, rate), Resampler(16_000)
    step = rate // 50
    pieces = [AudioFrame(whole.samples[n : n + step], rate) for n in range(0, rate, step)]
    out = np.concatenate([*(resampler.push(piece).samples for piece in pieces), resampler.flush().samples])
    assert len(out) == pytest.approx(16_000, abs=10)
    spectrum = np.abs(np.fft.rfft(to_float(out)))
    assert np.argmax(spectrum) * 16_000 / len(out) == pytest.approx(440, abs=2)


def test_the_same_rate_passes_through() -> None:
    frame = tone(0.1, 16_000)
    assert resample(frame, 16_000) is frame
    assert Resampler(16_000).push(frame) is frame


def test_windows_are_whole_and_lose_nothing() -> None:
    windows = Rechunker(512)
    samples = np.arange(3000, dtype=np.int16)
    got = [window for start in range(0, 3000, 320) for window in windows.push(samples[start : start + 320])]
    assert {len(window) for window in got} == {512}
    assert np.array_equal(np.concatenate(got), samples[: len(got) * 512])
