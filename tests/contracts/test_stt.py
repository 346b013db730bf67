"""What every STT does. `making` builds each one; those with weights belong to the `models` layer."""

import asyncio
from contextlib import asynccontextmanager

import numpy as np
import pytest

from tests.fakes.listening import BOUND, transcripts
from voice.audio import AudioFrame
from voice.providers.moonshine.stt import Moonshine
from voice.providers.scripted import ScriptedSTT
from voice.stt import Pause

HUM = (np.sin(np.arange(16_000) / 10) * 3000).astype(np.int16)
"""A second of something. Not every STT finds words in it."""


@asynccontextmanager
async def making(kind):
    match kind:
        case "scripted":
            yield ScriptedSTT(texts=["hello", "there"], delay=0.0, stable_after=0.3)
        case "moonshine":
            stt = Moonshine()
            yield stt
            await stt.aclose()


@pytest.fixture(params=["scripted", pytest.param("moonshine", marks=pytest.mark.models)])
async def stt(request):
    async with making(request.param) as stt:
        yield stt


async def test_every_pause_has_exactly_one_final(stt):
    heard = await transcripts(stt, HUM, Pause(), HUM, Pause())
    assert sum(item.final for item in heard) == 2
    assert heard[-1].final


async def test_a_final_is_stable(stt):
    assert all(item.stable for item in await transcripts(stt, HUM, Pause()) if item.final)


async def test_without_a_pause_there_is_no_final_and_the_stream_ends_with_the_audio(stt):
    assert not any(item.final for item in await transcripts(stt, HUM))


async def test_a_pause_before_any_audio_has_a_final_too(stt):
    assert len([item for item in await transcripts(stt, Pause()) if item.final]) == 1


async def test_two_calls_at_once_both_get_their_finals(stt):
    for heard in await asyncio.gather(transcripts(stt, HUM, Pause()), transcripts(stt, HUM, Pause())):
        assert sum(item.final for item in heard) == 1


async def test_it_says_nothing_before_there_is_audio(stt):
    hold = asyncio.Event()

    async def audio():
        await hold.wait()
        yield Pause()

    stream = stt.transcribe(audio())
    async with asyncio.TaskGroup() as tasks:
        first = tasks.create_task(anext(stream))
        for _ in range(5):
            await asyncio.sleep(0)
        assert not first.done()
        hold.set()
        async with asyncio.timeout(BOUND):
            assert (await first).final
    await stream.aclose()


async def test_closing_ends_it_and_the_next_turn_works(stt):
    async def endless():
        while True:
            yield AudioFrame(HUM, 16_000)
            yield Pause()

    stream = stt.transcribe(endless())
    async with asyncio.timeout(BOUND):
        await anext(stream)
        await stream.aclose()
        with pytest.raises(StopAsyncIteration):
            await anext(stream)
        assert (await transcripts(stt, HUM, Pause()))[-1].final
