"""What every turn detector does. `making` builds each one; those with weights belong to the `models` layer."""

import asyncio
from contextlib import asynccontextmanager

import numpy as np
import pytest

from tests.fakes.listening import BOUND
from voice.chat import Chat
from voice.providers.rule import RuleTurnDetector
from voice.providers.scripted import ScriptedTurnDetector
from voice.providers.smart_turn.detector import SmartTurn
from voice.turn_detector import UserTurn

CHAT = Chat("You are a waiter.")
HUM = (np.sin(np.arange(16_000) / 10) * 0.1).astype(np.float32)
TURNS = [
    pytest.param(UserTurn("I would like a table for two.", HUM, CHAT), id="text and sound"),
    pytest.param(UserTurn("", HUM, CHAT), id="no text yet"),
    pytest.param(UserTurn("Yes.", np.zeros(0, dtype=np.float32), CHAT), id="no sound"),
    pytest.param(UserTurn("And then", np.tile(HUM, 8), CHAT), id="eight seconds"),
]


@asynccontextmanager
async def making(kind):
    match kind:
        case "scripted":
            yield ScriptedTurnDetector(delay=0.0)
        case "rule":
            yield RuleTurnDetector("english")
        case "smart-turn":
            detector = SmartTurn()
            yield detector
            await detector.aclose()


@pytest.fixture(params=["scripted", "rule", pytest.param("smart-turn", marks=pytest.mark.models)])
async def detector(request):
    async with making(request.param) as detector:
        yield detector


@pytest.mark.parametrize("turn", TURNS)
async def test_the_answer_is_a_probability(detector, turn):
    async with asyncio.timeout(BOUND):
        answer = await detector.end_of_turn(turn)
    assert isinstance(answer, float)
    assert 0.0 <= answer <= 1.0


async def test_the_same_question_has_the_same_answer(detector):
    turn = TURNS[0].values[0]
    assert await detector.end_of_turn(turn) == await detector.end_of_turn(turn)


async def test_questions_at_the_same_time_are_all_answered(detector):
    async with asyncio.timeout(BOUND):
        answers = await asyncio.gather(*(detector.end_of_turn(turn.values[0]) for turn in TURNS))
    assert len(answers) == len(TURNS)


async def test_a_cancelled_question_leaves_it_usable(detector):
    turn = TURNS[0].values[0]
    async with asyncio.TaskGroup() as tasks:
        asking = tasks.create_task(detector.end_of_turn(turn))
        await asyncio.sleep(0)
        asking.cancel()
    async with asyncio.timeout(BOUND):
        assert 0.0 <= await detector.end_of_turn(turn) <= 1.0
