"""Turn detection from sound with the real weights. Synthetic speech tests the plumbing, not the model's quality: it
reads fragments as if they were sentences. So the unfinished turns here stop in the middle of a word."""

import asyncio

import numpy as np
import pytest

from voice.audio import to_float
from voice.chat import Chat
from voice.providers.smart_turn.detector import SmartTurn
from voice.turn_detector import UserTurn

pytestmark = pytest.mark.models

SILENCE = np.zeros(3200, dtype=np.float32)


async def asked(detector: SmartTurn, samples: np.ndarray) -> float:
    return await detector.end_of_turn(UserTurn("", np.concatenate((to_float(samples), SILENCE)), Chat("")))


async def test_finished_sentences_score_higher_than_unfinished_ones(smart_turn, caller):
    finished = [await asked(smart_turn, frame.samples) for frame in caller.values()]
    unfinished = [await asked(smart_turn, frame.samples[: len(frame.samples) * 6 // 10]) for frame in caller.values()]
    assert np.mean(finished) > 0.5
    assert np.mean(finished) > np.mean(unfinished)


async def test_the_answer_is_a_probability(smart_turn, caller):
    answers = [await asked(smart_turn, frame.samples) for frame in caller.values()]
    assert all(0.0 <= answer <= 1.0 for answer in answers)


async def test_the_same_turn_gets_the_same_answer_among_others(smart_turn, caller):
    frames = list(caller.values())[:3]
    alone = [await asked(smart_turn, frame.samples) for frame in frames]
    assert alone == await asyncio.gather(*(asked(smart_turn, frame.samples) for frame in frames))


async def test_no_audio_is_answered_too(smart_turn):
    assert 0.0 <= await asked(smart_turn, np.zeros(0, dtype=np.int16)) <= 1.0
