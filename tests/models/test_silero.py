"""Voice activity with the real weights."""

import asyncio

import numpy as np
import pytest

from tests.fakes.sounds import noise, noisy, telephone, tone
from tests.fakes.vad import probabilities
from voice.vad import WINDOW

pytestmark = pytest.mark.models

PAD = np.zeros(16_000, dtype=np.int16)


async def heard(vad, samples: np.ndarray, patience: int = 0) -> np.ndarray:
    windows = list(samples[: len(samples) // WINDOW * WINDOW].reshape(-1, WINDOW))
    return np.asarray(await probabilities(vad, windows, patience))


@pytest.mark.parametrize(
    "sound",
    [
        pytest.param(np.zeros(32_000, dtype=np.int16), id="silence"),
        pytest.param(noise(2.0), id="noise"),
        pytest.param(tone(2.0), id="tone"),
    ],
)
async def test_what_is_no_speech_is_not_taken_for_it(silero, sound):
    assert (await heard(silero, sound)).max() < 0.35


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(lambda samples: samples, id="clean"),
        pytest.param(lambda samples: noisy(samples, 10), id="noise 10 dB below"),
        pytest.param(telephone, id="telephone"),
    ],
)
async def test_speech_is_found_between_silences(silero, caller, line):
    for frame in caller.values():
        found = await heard(silero, line(np.concatenate((PAD, frame.samples, PAD))))
        before, during, after = np.split(found, [28, len(found) - 28])
        assert (during > 0.5).mean() > 0.6
        assert before.max() < 0.5
        assert after.max() < 0.5


async def test_a_batch_gives_every_stream_what_it_would_get_alone(silero, caller):
    sounds = [frame.samples[:32_000] for frame in caller.values()]
    alone = [await heard(silero, sound) for sound in sounds]
    together = await asyncio.gather(*(heard(silero, sound, patience=15) for sound in sounds))
    for one, other in zip(alone, together, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-3)
