"""What every VAD does. `VADS` lists them; those with weights belong to the `models` layer."""

import asyncio

import numpy as np
import pytest

from voice.providers.scripted import ScriptedVAD
from voice.providers.silero import SileroVAD
from voice.vad import WINDOW

VADS = [pytest.param(ScriptedVAD, id="scripted"), pytest.param(SileroVAD, id="silero", marks=pytest.mark.models)]
SILENCE = np.zeros(WINDOW, dtype=np.float32)
LOUD = (np.sin(np.arange(WINDOW) / 10) * 0.5).astype(np.float32)


@pytest.fixture(params=VADS)
def vad(request):
    return request.param()


async def test_the_answer_is_a_probability(vad):
    stream = vad.stream()
    for window in (SILENCE, LOUD):
        answer = await stream.probability(window)
        assert isinstance(answer, float)
        assert 0.0 <= answer <= 1.0


async def test_silence_is_no_speech(vad):
    stream = vad.stream()
    assert max([await stream.probability(SILENCE) for _ in range(10)]) < 0.35


async def test_streams_at_the_same_time_are_like_streams_alone(vad):
    async def hear(*windows):
        stream = vad.stream()
        return [await stream.probability(window) for window in windows]

    alone = [await hear(SILENCE, LOUD), await hear(LOUD, LOUD)]
    together = await asyncio.gather(hear(SILENCE, LOUD), hear(LOUD, LOUD))
    assert np.allclose(alone, together, atol=1e-3)


async def test_a_window_is_not_changed(vad):
    window = LOUD.copy()
    await vad.stream().probability(window)
    np.testing.assert_array_equal(window, LOUD)


async def test_a_cancelled_question_leaves_the_stream_usable(vad):
    stream = vad.stream()
    async with asyncio.TaskGroup() as tasks:
        asking = tasks.create_task(stream.probability(LOUD))
        await asyncio.sleep(0)
        asking.cancel()
    assert 0.0 <= await stream.probability(SILENCE) <= 1.0


def test_it_serves_one_event_loop_after_another(vad):
    stream = vad.stream()
    assert [asyncio.run(stream.probability(SILENCE)) < 0.5 for _ in range(2)] == [True, True]
