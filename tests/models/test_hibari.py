"""Text to speech with the real weights, judged by an ear that is just as real."""

import asyncio

import numpy as np
import pytest

from tests.fakes.listening import heard, spoken, transcribed
from tests.fakes.word_errors import word_error_rate
from voice.providers.hibari import HibariTTS

pytestmark = pytest.mark.models

TEXT = "Your table is booked for Saturday. There is a lovely terrace behind the house. See you soon!"
SEGMENTS = ["Your table is booked for Saturday.", " There is a lovely terrace behind the house.", " See you soon!"]


async def test_every_sentence_is_a_segment_and_together_they_are_the_text(hibari):
    speech = await spoken(hibari, TEXT)
    assert [part.text for part in speech] == SEGMENTS
    assert {part.audio.rate for part in speech} == {24_000}


async def test_how_the_text_comes_does_not_change_what_is_said(hibari):
    whole, pieces = await spoken(hibari, TEXT), await spoken(hibari, *TEXT.split(" ", 3)[:1], TEXT[4:])
    assert [part.text for part in whole] == [part.text for part in pieces]
    np.testing.assert_array_equal(whole[0].audio.samples, pieces[0].audio.samples)


async def test_what_is_said_can_be_heard(hibari, moonshine):
    assert word_error_rate([(TEXT, await transcribed(moonshine, heard(await spoken(hibari, TEXT))))]) <= 0.05


async def test_the_same_text_sounds_the_same_again_and_among_others(hibari):
    alone = heard(await spoken(hibari, TEXT))
    async with asyncio.TaskGroup() as tasks:
        others = [tasks.create_task(spoken(hibari, TEXT)) for _ in range(3)]
    for other in others:
        np.testing.assert_array_equal(alone, heard(other.result()))


async def test_words_are_timed_in_order_within_the_audio(hibari):
    for part in await spoken(hibari, TEXT):
        assert [word.text for word in part.words] == part.text.split()
        times = [time for word in part.words for time in (word.start, word.end)]
        assert times == sorted(times)
        assert times[0] >= 0.0
        assert times[-1] <= part.audio.duration


async def test_words_sound_where_their_times_say_and_commas_are_quiet(hibari):
    def level(begin: float, end: float) -> float:
        samples = part.audio.samples[round(begin * part.audio.rate) : round(end * part.audio.rate)]
        return float(np.sqrt((samples.astype(np.float64) ** 2).mean()))

    (part,) = await spoken(hibari, "Apples, pears, lemons, plums.")
    for word in part.words:
        middle = (word.start + word.end) / 2
        assert level(word.start, middle) > level(0, part.audio.duration) / 2
        assert level(word.start, middle) > 2 * level(word.end - 0.05, word.end)


async def test_a_time_is_spoken_without_word_times(hibari):
    (part,) = await spoken(hibari, "It is 18:30.")
    assert part.words == ()
    assert part.audio.duration > 0.5


async def test_a_sentence_begins_and_ends_without_a_long_silence(hibari):
    for part in await spoken(hibari, TEXT):
        (loud,) = np.nonzero(np.abs(part.audio.samples) > 0.01 * 32768)
        assert loud[0] / part.audio.rate < 0.2
        assert part.audio.duration - loud[-1] / part.audio.rate < 0.4


async def test_a_faster_voice_takes_less_time(hibari):
    fast = HibariTTS(speed=1.5)
    (quick,), (normal,) = await spoken(fast, SEGMENTS[0]), await spoken(hibari, SEGMENTS[0])
    await fast.aclose()
    assert quick.audio.duration < 0.8 * normal.audio.duration


async def test_a_listener_who_leaves_is_not_spoken_to(hibari):
    async def text():
        yield TEXT

    speech = hibari.speak(text())
    assert (await anext(speech)).text == SEGMENTS[0]
    await speech.aclose()
    assert (await spoken(hibari, "Hello."))[0].text == "Hello."
