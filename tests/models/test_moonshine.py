"""Speech to text with the real weights: how many words are wrong, and how the stream behaves."""

import asyncio
from contextlib import aclosing, suppress
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.fakes.listening import BOUND, heard, spoken, stream, transcribed, transcripts
from tests.fakes.sounds import noise, noisy, telephone, tone
from tests.fakes.word_errors import word_error_rate
from voice.models import ModelStore
from voice.providers.moonshine.draft_stt import DraftSTT
from voice.providers.moonshine.recogniser import Recogniser
from voice.stt import Pause

pytestmark = pytest.mark.models

SILENCE = np.zeros(8000, dtype=np.int16)
PERSON = {
    "ill-disposed": "He was not an ill-disposed young man.",
    "amiable": "He might even have been made amiable himself.",
}


class AtOnce:
    """Workers that are done before they are asked twice, so that every partial there can be is there."""

    def submit(self, job, urgency=0):
        future = asyncio.get_running_loop().create_future()
        future.set_result(job())
        return future


@pytest.fixture(scope="module")
def recogniser():
    return Recogniser(ModelStore().files("moonshine-base"), "moonshine-base")


async def rate(stt, sounds: dict[str, np.ndarray]) -> float:
    return word_error_rate([(said, await transcribed(stt, sound)) for said, sound in sounds.items()])


async def test_the_caller_is_understood(moonshine, caller):
    assert await rate(moonshine, {said: frame.samples for said, frame in caller.items()}) <= 0.03


async def test_the_agents_voice_is_understood(moonshine, hibari, caller):
    assert await rate(moonshine, {said: heard(await spoken(hibari, said)) for said in caller}) <= 0.03


async def test_a_person_is_understood(moonshine):
    folder = Path(__file__).parent / "audio"
    sounds = {said: soundfile.read(folder / f"{name}.wav", dtype="int16")[0] for name, said in PERSON.items()}
    assert await rate(moonshine, sounds) <= 0.1


async def test_a_caller_on_the_telephone_is_understood(moonshine, caller):
    assert await rate(moonshine, {said: telephone(frame.samples) for said, frame in caller.items()}) <= 0.05


async def test_a_caller_in_noise_is_understood(moonshine, caller):
    assert await rate(moonshine, {said: noisy(frame.samples, 20) for said, frame in caller.items()}) <= 0.1


@pytest.mark.parametrize(
    "sound",
    [
        pytest.param(np.zeros(32_000, dtype=np.int16), id="silence"),
        pytest.param(noise(2.0), id="noise"),
        pytest.param(tone(2.0), id="tone"),
        pytest.param(np.zeros(100, dtype=np.int16), id="almost nothing"),
    ],
)
async def test_where_nothing_is_said_there_is_no_text(moonshine, sound):
    assert await transcribed(moonshine, sound) == ""


async def test_partials_come_while_the_user_speaks_and_lead_to_the_final(recogniser, caller):
    stt = DraftSTT(recogniser, AtOnce(), "test")
    pairs = []
    for frame in caller.values():
        *partials, final = await transcripts(stt, frame.samples, SILENCE, Pause())
        assert len(partials) >= frame.duration / 0.5 - 1
        assert not any(partial.final for partial in partials)
        assert final.final
        pairs.append((partials[-1].text, final.text))
    assert word_error_rate(pairs) <= 0.05


async def test_the_text_is_stable_in_the_silence_after_a_sentence(recogniser, caller):
    stt = DraftSTT(recogniser, AtOnce(), "test")
    silence = np.zeros(24_000, dtype=np.int16)
    runs = [await transcripts(stt, frame.samples, silence, Pause()) for frame in caller.values()]
    assert sum(any(item.stable and item.text == run[-1].text for item in run[:-1]) for run in runs) >= 8


async def test_a_draft_changes_how_fast_the_answer_comes_but_not_the_answer(recogniser, caller):
    stt = DraftSTT(recogniser, AtOnce(), "test")
    pairs = []
    for frame in caller.values():
        samples = frame.samples.astype(np.float32) / 32768
        plain = recogniser.text(recogniser.tokens(samples, (), lambda: False))
        pairs.append((plain, (await transcripts(stt, frame.samples, Pause()))[-1].text))
    assert word_error_rate(pairs) <= 0.02


def test_a_draft_of_another_sentence_does_no_harm(recogniser, caller):
    first, second = (frame.samples.astype(np.float32) / 32768 for frame in list(caller.values())[:2])
    wrong = recogniser.tokens(first, (), lambda: False)
    assert recogniser.tokens(second, (), lambda: False) == recogniser.tokens(second, wrong, lambda: False)


async def test_every_pause_has_one_final_with_the_whole_turn(moonshine, caller):
    (one, first), (two, second) = list(caller.items())[2:4]
    pieces = (first.samples, SILENCE, Pause(), second.samples, SILENCE, Pause())
    finals = [item.text for item in await transcripts(moonshine, *pieces) if item.final]
    assert len(finals) == 2
    assert word_error_rate([(one, finals[0]), (f"{one} {two}", finals[1])]) <= 0.1


async def test_a_long_turn_keeps_its_words(moonshine, caller):
    said = " ".join(caller)
    sounds = [part for frame in caller.values() for part in (frame.samples, SILENCE[:3200])]
    assert sum(map(len, sounds)) > 20 * 16_000
    assert word_error_rate([(said, await transcribed(moonshine, *sounds))]) <= 0.08


async def test_calls_at_the_same_time_do_not_hear_one_another(moonshine, caller):
    async with asyncio.TaskGroup() as tasks:
        turns = {
            said: tasks.create_task(transcribed(moonshine, frame.samples)) for said, frame in list(caller.items())[:5]
        }
    assert word_error_rate([(said, turn.result()) for said, turn in turns.items()]) <= 0.05


async def test_a_turn_that_is_dropped_in_the_middle_leaves_the_model_usable(moonshine, caller):
    said, frame = next(iter(caller.items()))

    async def listen() -> None:
        async with aclosing(moonshine.transcribe(stream(frame.samples, Pause()))) as texts:
            async for _ in texts:
                pass

    for turns in (1, 20, 60, 120):
        async with asyncio.TaskGroup() as tasks:
            task = tasks.create_task(listen())
            for _ in range(turns):
                await asyncio.sleep(0)
            task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    async with asyncio.timeout(BOUND):
        assert word_error_rate([(said, await transcribed(moonshine, frame.samples))]) == 0.0
