"""Streaming over a recogniser that hears numbers."""

import asyncio
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from voice.audio import AudioFrame
from voice.errors import ProviderMisbehaved
from voice.providers.moonshine.draft_stt import CUT, LONGEST, PARTIAL, DraftSTT, quietest
from voice.providers.workers import Stop
from voice.streams import closing
from voice.stt import Pause, Transcript

RATE = 16_000
HALF = RATE // 2
BOUND = 10.0


class Recogniser:
    """Samples of value n say "n", however many there are; 0 is silence."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, tuple[int, ...]]] = []
        self.failure: Exception | None = None

    def tokens(self, samples, draft, stopped):
        if stopped():
            raise Stop
        if self.failure:
            raise self.failure
        self.asked.append((len(samples), draft))
        values = (samples * 32768).astype(int)
        changes = np.flatnonzero(np.diff(values, prepend=0))
        return tuple(int(value) for value in values[changes] if value)

    def text(self, tokens):
        return " ".join(str(token) for token in tokens)


class AtOnce:
    """Workers that are done before they are asked twice."""

    def submit(self, job, urgency=0):
        future = asyncio.get_running_loop().create_future()
        try:
            future.set_result(job())
        except RuntimeError as error:
            future.set_exception(error)
        return future


class Held:
    """Workers that do nothing until the test lets them."""

    def __init__(self) -> None:
        self.jobs: list[tuple[int, Callable[[], Any], asyncio.Future[Any]]] = []
        self.urgent = asyncio.Event()

    def submit(self, job, urgency=0):
        future = asyncio.get_running_loop().create_future()
        self.jobs.append((urgency, job, future))
        if urgency:
            self.urgent.set()
        return future

    def finish(self, number: int) -> None:
        _, job, future = self.jobs[number]
        future.set_result(job())


def say(*values: int) -> list[AudioFrame]:
    """Half a second each."""
    return [AudioFrame(np.full(HALF, value, dtype=np.int16), RATE) for value in values]


NOTHING = AudioFrame(np.zeros(0, dtype=np.int16), RATE)
"""A frame that only gives a partial that is ready the occasion to be handed out."""


async def transcripts(stt: DraftSTT, *items: AudioFrame | Pause) -> list[Transcript]:
    async def audio():
        for item in items:
            yield item

    async with asyncio.timeout(BOUND), closing(stt.transcribe(audio())) as stream:
        return [transcript async for transcript in stream]


def final(text: str) -> Transcript:
    return Transcript(text, final=True, stable=True)


async def test_every_half_second_there_is_a_partial_and_after_a_pause_the_final():
    stt = DraftSTT(Recogniser(), AtOnce(), "test")
    assert [Transcript("1"), Transcript("1 2"), final("1 2 3")] == await transcripts(stt, *say(1, 2, 3), Pause())


async def test_at_the_beginning_of_an_utterance_partials_come_sooner():
    recogniser = Recogniser()
    tenths = [AudioFrame(np.full(RATE // 10, 1, dtype=np.int16), RATE) for _ in range(40)]
    await transcripts(DraftSTT(recogniser, AtOnce(), "test"), *tenths)
    lengths = [length / RATE for length, _ in recogniser.asked]
    assert lengths[:3] == [0.5, 0.7, 0.9]
    assert lengths[-1] - lengths[-2] == pytest.approx(PARTIAL)


async def test_the_answer_before_is_the_draft_of_the_next():
    recogniser = Recogniser()
    await transcripts(DraftSTT(recogniser, AtOnce(), "test"), *say(1, 2, 3), Pause())
    assert recogniser.asked == [(HALF, ()), (2 * HALF, (1,)), (3 * HALF, (1, 2)), (3 * HALF, (1, 2, 3))]


async def test_a_text_that_two_partials_agree_on_is_stable_and_said_once():
    stt = DraftSTT(Recogniser(), AtOnce(), "test")
    heard = await transcripts(stt, *say(1, 0, 0, 0), NOTHING)
    assert heard == [Transcript("1"), Transcript("1", stable=True)]


async def test_silence_has_an_empty_final_and_no_partials():
    stt = DraftSTT(Recogniser(), AtOnce(), "test")
    assert await transcripts(stt, *say(0, 0, 0), Pause()) == [final("")]


async def test_a_pause_without_audio_has_an_empty_final():
    assert await transcripts(DraftSTT(Recogniser(), AtOnce(), "test"), Pause()) == [final("")]


async def test_every_pause_has_one_final_that_covers_the_turn_so_far():
    stt = DraftSTT(Recogniser(), AtOnce(), "test")
    heard = await transcripts(stt, *say(1, 2), Pause(), *say(3), Pause(), Pause())
    assert [item.text for item in heard if item.final] == ["1 2", "1 2 3", "1 2 3"]


async def test_a_pause_does_not_wait_for_a_partial_and_stops_it():
    recogniser, workers = Recogniser(), Held()
    stt = DraftSTT(recogniser, workers, "test")
    async with asyncio.TaskGroup() as tasks:
        heard = tasks.create_task(transcripts(stt, *say(1, 2), Pause()))
        async with asyncio.timeout(BOUND):
            await workers.urgent.wait()
        (idle, stale, dropped), (urgent, _, _) = workers.jobs
        assert idle < urgent
        assert dropped.cancelled()
        with pytest.raises(Stop):
            stale()
        workers.finish(1)
    assert heard.result() == [final("1 2")]


async def test_while_a_partial_is_being_made_no_other_is_begun():
    workers = Held()
    stt = DraftSTT(Recogniser(), workers, "test")
    await transcripts(stt, *say(1, 2, 3, 4))
    assert len(workers.jobs) == 1


async def test_a_long_turn_is_cut_at_a_pause_and_its_text_kept():
    recogniser = Recogniser()
    stt = DraftSTT(recogniser, AtOnce(), "test")
    first = list(range(1, round(CUT / 0.5) + 1))
    heard = await transcripts(stt, *say(*first), Pause(), *say(77), Pause())
    finals = [item.text for item in heard if item.final]
    assert finals == [" ".join(map(str, first)), " ".join(map(str, [*first, 77]))]
    assert recogniser.asked[-1] == (HALF, (77,))


async def test_a_short_turn_is_not_cut_at_a_pause():
    recogniser = Recogniser()
    await transcripts(DraftSTT(recogniser, AtOnce(), "test"), *say(1), Pause(), *say(2), Pause())
    assert recogniser.asked[-1][0] == 2 * HALF


async def test_a_turn_without_pauses_is_cut_where_it_is_quiet_and_no_word_is_lost_or_doubled():
    recogniser = Recogniser()
    stt = DraftSTT(recogniser, AtOnce(), "test")
    words = list(range(1, 61))
    words[33] = 0  # at 16.5 s
    heard = await transcripts(stt, *say(*words), Pause())
    said = " ".join(str(word) for word in words if word)
    assert heard[-1] == final(said)
    assert max(length for length, _ in recogniser.asked) <= (LONGEST + 0.5) * RATE
    texts = [item.text for item in heard]
    assert texts == sorted(texts, key=len)


async def test_a_failing_recogniser_is_a_provider_error():
    recogniser = Recogniser()
    recogniser.failure = RuntimeError("out of memory")
    with pytest.raises(ProviderMisbehaved, match="stt test: inference failed: out of memory"):
        await transcripts(DraftSTT(recogniser, AtOnce(), "test"), *say(1), Pause())


async def test_closing_stops_the_work_and_closes_the_audio():
    workers = Held()
    closed = asyncio.Event()

    async def audio():
        try:
            for item in (*say(1), Pause()):
                yield item
        finally:
            closed.set()

    async def read() -> None:
        async with closing(DraftSTT(Recogniser(), workers, "test").transcribe(audio())) as stream:
            await anext(stream)

    async with asyncio.TaskGroup() as tasks:
        reading = tasks.create_task(read())
        async with asyncio.timeout(BOUND):
            await workers.urgent.wait()
        reading.cancel()
    assert closed.is_set()
    _, job, future = workers.jobs[-1]
    assert future.cancelled()
    with pytest.raises(Stop):
        job()


async def test_audio_of_another_rate_is_refused():
    with pytest.raises(ValueError, match="16000 Hz, not at 8000"):
        await transcripts(DraftSTT(Recogniser(), AtOnce(), "test"), AudioFrame(np.zeros(80, dtype=np.int16), 8000))


def test_the_quietest_place_is_the_middle_of_the_quietest_tenth_of_a_second():
    samples = np.full(RATE, 1000, dtype=np.int16)
    samples[8000:9600] = 3
    samples[:1600] = 0  # quieter, but too early
    assert quietest(samples, 4800) == 8800
