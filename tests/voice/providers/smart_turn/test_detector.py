"""The model's input. What it makes of it is tested with its weights."""

import numpy as np
import pytest

from voice.providers.smart_turn.detector import SmartTurn, features

RATE = 16_000

# Of `chirp`, from transformers 5.x: WhisperFeatureExtractor(chunk_length=8) with do_normalize=True over the sound with
# silence in front.
GOLDEN = {
    (0, 0): -0.2196815013885498,
    (5, 505): 1.743744134902954,
    (20, 600): 1.732598066329956,
    (40, 700): -0.2196815013885498,
    (79, 799): -0.09752798080444336,
    (60, 799): 0.2740471363067627,
    (10, 520): 0.8833465576171875,
    (70, 650): -0.2196815013885498,
}


def chirp() -> np.ndarray:
    t = np.arange(3 * RATE) / RATE
    return (0.5 * np.sin(2 * np.pi * (200 + 300 * t) * t) + 0.1 * np.sin(2 * np.pi * 5000 * t)).astype(np.float32)


@pytest.mark.parametrize("place", GOLDEN)
def test_the_features_are_those_of_the_published_extractor(place):
    assert features(chirp())[place] == pytest.approx(GOLDEN[place], abs=5e-5)


def test_only_the_last_eight_seconds_count():
    before = np.random.default_rng(0).standard_normal(RATE).astype(np.float32)
    recent = np.tile(chirp(), 3)[: 8 * RATE]
    np.testing.assert_array_equal(features(np.concatenate((before, recent))), features(recent))


def test_a_short_turn_stands_at_the_end_behind_silence():
    loud = features(chirp()).max(axis=0)
    assert loud[:490].max() < loud[510:].min()


def test_loudness_does_not_matter():
    np.testing.assert_allclose(features(chirp() * np.float32(0.1)), features(chirp()), atol=1e-3)


def test_no_audio_at_all_is_silence():
    assert np.ptp(features(np.zeros(0, dtype=np.float32))) == 0.0


def test_another_model_is_refused():
    with pytest.raises(ValueError, match=r"no local turn detector 'v4'; there is 'smart-turn-v3\.2'"):
        SmartTurn("v4")
