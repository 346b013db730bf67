"""What every VAD does. `VADS` lists them; those with weights belong to the `models` layer."""

import asyncio

import numpy as np
import pytest

from tests.fakes.vad import Ear, probabilities
from voice.providers.scripted import ScriptedVAD
from voice.providers.silero import SileroVAD
from voice.vad import WINDOW

VADS = [pytest.param(ScriptedVAD, id="scripted"), pytest.param(SileroVAD, id="silero", marks=pytest.mark.models)]
SILENCE = np.zeros(WINDOW, dtype=np.int16)
LOUD = (np.sin(np.arange(WINDOW) / 10) * 16_000).astype(np.int16)


@pytest.fixture(params=VADS)
def vad(request):
    return request.param()


async def test_every_window_gets_a_probability(vad):
    answers = await probabilities(vad, [SILENCE, LOUD, SILENCE])
    assert [type(answer) for answer in answers] == [float] * 3
    assert 0.0 <= min(answers) <= max(answers) <= 1.0


async def test_silence_is_no_speech(vad):
    assert max(await probabilities(vad, [SILENCE] * 10)) < 0.35


async def test_streams_at_the_same_time_are_like_streams_alone(vad):
    sounds = [[SILENCE, LOUD], [LOUD, LOUD]]
    alone = [await probabilities(vad, windows) for windows in sounds]
    together = await asyncio.gather(*(probabilities(vad, windows) for windows in sounds))
    assert np.allclose(alone, together, atol=1e-3)


async def test_windows_that_were_kept_waiting_are_judged_as_if_they_had_not_been(vad):
    windows = [SILENCE, SILENCE, LOUD, LOUD, SILENCE]
    assert np.allclose(await probabilities(vad, windows), await probabilities(vad, windows, patience=15), atol=1e-3)


async def test_nobody_is_kept_waiting_for_ever(vad):
    ear = Ear(vad)
    for _ in range(16):
        ear.stream.push(SILENCE, patience=15)
    assert len(await ear.answers(16)) == 16


async def test_a_window_is_not_changed(vad):
    window = LOUD.copy()
    await probabilities(vad, [window])
    np.testing.assert_array_equal(window, LOUD)


async def test_a_closed_stream_says_nothing_more(vad):
    ear = Ear(vad)
    ear.stream.push(LOUD)
    said = len(ear.heard)
    ear.stream.close()
    await probabilities(vad, [SILENCE])
    assert len(ear.heard) == said


def test_it_serves_one_event_loop_after_another(vad):
    assert [asyncio.run(probabilities(vad, [SILENCE]))[0] < 0.5 for _ in range(2)] == [True, True]
