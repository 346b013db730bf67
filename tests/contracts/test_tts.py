"""What every TTS does. `making` builds each one; those with weights belong to the `models` layer."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from tests.fakes.listening import BOUND, spoken
from voice.providers.hibari import HibariTTS
from voice.providers.scripted import ScriptedTTS

TEXT = "Hello there. How are you today? I am fine."


@asynccontextmanager
async def making(kind):
    match kind:
        case "scripted":
            yield ScriptedTTS(delay=0.0, timings=True)
        case "hibari":
            tts = HibariTTS()
            yield tts
            await tts.aclose()


@pytest.fixture(params=["scripted", pytest.param("hibari", marks=pytest.mark.models)])
async def tts(request):
    async with making(request.param) as tts:
        yield tts


async def test_the_segments_together_are_the_text(tts):
    assert "".join(part.text for part in await spoken(tts, TEXT)) == TEXT


async def test_pieces_need_not_end_at_words(tts):
    assert "".join(part.text for part in await spoken(tts, *TEXT)) == TEXT


async def test_the_first_speech_begins_a_segment(tts):
    assert (await spoken(tts, TEXT))[0].text


async def test_every_segment_sounds(tts):
    assert all(part.audio.duration > 0.1 for part in await spoken(tts, TEXT))
    assert len({part.audio.rate for part in await spoken(tts, TEXT)}) == 1


async def test_word_times_are_in_order_and_inside_their_segment(tts):
    for part in await spoken(tts, TEXT):
        times = [time for word in part.words for time in (word.start, word.end)]
        assert times == sorted(times)
        assert all(0.0 <= time <= part.audio.duration + 0.01 for time in times)
        assert all(word.text in part.text for word in part.words)


async def test_no_text_is_no_speech(tts):
    assert await spoken(tts) == []


async def test_a_sentence_is_spoken_before_the_next_is_known(tts):
    more = asyncio.Event()

    async def text():
        yield "Hello there. "
        await more.wait()
        yield "How are you?"

    speech = tts.speak(text())
    async with asyncio.timeout(BOUND):
        assert "Hello" in (await anext(speech)).text
        more.set()
        assert "How" in (await anext(speech)).text
        await speech.aclose()


async def test_closing_ends_it_and_closes_the_text(tts):
    closed = asyncio.Event()

    async def text():
        try:
            while True:
                yield "Hello there. "
        finally:
            closed.set()

    speech = tts.speak(text())
    async with asyncio.timeout(BOUND):
        await anext(speech)
        await speech.aclose()
        with pytest.raises(StopAsyncIteration):
            await anext(speech)
        assert (await spoken(tts, "Hello."))[0].text == "Hello."
        await closed.wait()
