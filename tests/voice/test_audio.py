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


@pytest.mark.parametrize(("rate", "frame"), [(48_000, 0.01), (48_000, 0.02), (8_000, 0.02), (24_000, 0.02)])
def test_a_resampled_stream_is_never_more_than_two_milliseconds_behind(rate: int, frame: float) -> None:
    sound, resampler, out = tone(1.0, rate), Resampler(16_000), 0
    step = round(rate * frame)
    for end in range(step, rate + 1, step):
        out += len(resampler.push(AudioFrame(sound.samples[end - step : end], rate)).samples)
        assert 0 <= end / rate - out / 16_000 <= 0.0021


@pytest.mark.parametrize("rate", [8000, 22_050, 44_100, 48_000])
def test_a_sound_keeps_its_place_in_a_resampled_stream(rate: int) -> None:
    samples = np.zeros(rate, dtype=np.int16)
    samples[rate // 2 : rate // 2 + rate // 100] = 10_000
    resampler = Resampler(16_000)
    out = np.concatenate([resampler.push(AudioFrame(samples, rate)).samples, resampler.flush().samples])
    loud = np.flatnonzero(out > 5000)
    assert [loud[0], loud[-1]] == pytest.approx([8000, 8159], abs=1)


def test_what_would_alias_is_taken_out() -> None:
    high = Resampler(16_000).push(tone(1.0, 48_000, hertz=10_000)).samples[100:]
    assert np.abs(high).max() < 20


def test_a_change_of_rate_in_mid_stream_loses_nothing() -> None:
    resampler, out = Resampler(16_000), []
    for rate in (48_000, 8000, 16_000, 48_000):
        out.append(resampler.push(tone(0.5, rate)).samples)
    out.append(resampler.flush().samples)
    assert sum(map(len, out)) == pytest.approx(32_000, abs=4)


def test_windows_longer_than_a_frame_and_frames_longer_than_windows_are_cut_alike() -> None:
    samples = np.arange(20_000, dtype=np.int16)
    for step in (160, 320, 512, 882, 5000, 20_000):
        windows = Rechunker(512)
        got = [window for start in range(0, 20_000, step) for window in windows.push(samples[start : start + step])]
        assert np.array_equal(np.concatenate(got), samples[: 20_000 // 512 * 512])
