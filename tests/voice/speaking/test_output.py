"""The one mouth, in virtual time: pacing, attaching, pausing, and what counts as heard."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import numpy as np
import pytest

from tests.fakes.call import Caller
from tests.fakes.loop import run
from voice.audio import AudioFrame
from voice.speaking.output import AHEAD, FRAME, Output, Track
from voice.tts import Speech


def speech(seconds: float, text: str = "words", rate: int = 24_000) -> Speech:
    return Speech(text, AudioFrame(np.zeros(round(seconds * rate), dtype=np.int16), rate))


class Stage:
    """An output at work, and what it told."""

    def __init__(self, transport: Any) -> None:
        self.told: list[tuple[Any, ...]] = []
        self.out = Output(
            transport,
            lambda number, first: self.told.append(("audible", number, first)),
            lambda number, text: self.told.append(("said", number, text)),
            lambda number: self.told.append(("drained", number, self.now)),
        )

    @property
    def now(self) -> float:
        return round(asyncio.get_running_loop().time(), 3)

    async def track(self, number: int, *speeches: Speech, finish: bool = True) -> Track:
        track = self.out.track(number, audible=True)
        track.stretch()
        for one in speeches:
            await track.put(one)
        if finish:
            track.finish()
        return track


def perform(transport: Any, scene: Callable[[Stage], Coroutine[Any, Any, None]]) -> Stage:
    """Play `scene`; the output works beside it."""
    stage = Stage(transport)

    async def main() -> None:
        async with asyncio.TaskGroup() as tasks:
            working = tasks.create_task(stage.out.run())
            await scene(stage)
            working.cancel()

    run(main())
    return stage


def test_audio_is_handed_over_in_real_time_from_the_first_frame_on() -> None:
    caller = Caller()

    async def scene(stage: Stage) -> None:
        track = await stage.track(1, speech(1.0))
        stage.out.attach(track)
        await track.over.wait()
        assert stage.now == 1.0

    stage = perform(caller, scene)
    assert caller.played[0][0] == 0.0
    for number, (at, seconds) in enumerate(caller.played):
        assert at == pytest.approx(number * FRAME)
        assert seconds == FRAME
    assert stage.told == [("audible", 1, True), ("said", 1, "words")]
    assert stage.out.seconds == pytest.approx(1.0)


def test_other_rates_are_resampled_without_loss_of_time() -> None:
    caller = Caller()

    async def scene(stage: Stage) -> None:
        track = await stage.track(1, speech(1.0, rate=22_050), speech(0.5, rate=22_050))
        stage.out.attach(track)
        await track.over.wait()

    perform(caller, scene)
    assert sum(seconds for _, seconds in caller.played) == pytest.approx(1.5, abs=0.005)


def test_nothing_is_played_of_a_track_that_is_not_attached() -> None:
    caller = Caller()

    async def scene(stage: Stage) -> None:
        track = await stage.track(1, speech(0.1))
        await asyncio.sleep(3)
        assert caller.played == []
        stage.out.attach(track)
        await track.over.wait()

    perform(caller, scene)
    assert caller.played[0][0] == 3.0


def test_a_pause_stops_at_once_and_resume_loses_nothing() -> None:
    caller = Caller()

    async def scene(stage: Stage) -> None:
        track = await stage.track(1, speech(1.0))
        stage.out.attach(track)
        await asyncio.sleep(0.505)
        stage.out.pause()
        await asyncio.sleep(2)
        assert caller.audible(0.505, 3.0) == 0
        stage.out.resume()
        await track.over.wait()

    perform(caller, scene)
    assert caller.played[-1][0] == pytest.approx(3.0, abs=0.05)
    assert sum(seconds for _, seconds in caller.played) == pytest.approx(1.0, abs=0.001)


class Queued(Caller):
    """A transport with a queue: what is handed over is heard `behind` seconds later, as far as it is not cleared."""

    def __init__(self, behind: float) -> None:
        super().__init__()
        self.behind = behind
        self.cleared = 0

    @property
    def delay(self) -> float:
        return self.behind

    def clear(self) -> None:
        self.cleared += 1


def test_what_was_handed_over_and_not_heard_does_not_count_and_is_played_again() -> None:
    line = Queued(behind=0.2)

    async def scene(stage: Stage) -> None:
        track = stage.out.track(1, audible=True)
        cursor = track.stretch()
        for word in ("one", " two", " three", " four"):
            await track.put(speech(0.25, word))
        stage.out.attach(track)
        await asyncio.sleep(0.605)
        stage.out.pause()
        assert track.spoken == pytest.approx(0.42, abs=0.001)  # 0.62 s handed over, 0.2 s of it not heard
        assert cursor.heard == "one two"
        stage.out.resume()
        track.finish()
        await track.over.wait()
        assert track.spoken == pytest.approx(1.0)
        assert stage.now == pytest.approx(1.4, abs=0.02)  # 0.2 s again, and 0.2 s until the last sound is heard

    perform(line, scene)
    assert line.cleared == 1


def test_a_track_that_rests_says_so_when_it_was_heard_and_is_audible_again_when_it_goes_on() -> None:
    async def scene(stage: Stage) -> None:
        track = await stage.track(1, speech(0.5), finish=False)
        track.rest()
        stage.out.attach(track)
        await asyncio.sleep(2)
        await track.put(speech(0.5, "more"))
        track.finish()
        await track.over.wait()

    stage = perform(Caller(), scene)
    assert stage.told == [
        ("audible", 1, True),
        ("said", 1, "words"),
        ("drained", 1, 0.5),
        ("audible", 1, False),
        ("said", 1, "more"),
    ]


def test_a_track_that_lent_the_mouth_goes_on_where_it_was() -> None:
    caller = Caller()

    async def scene(stage: Stage) -> None:
        reply = await stage.track(1, speech(1.0))
        question = await stage.track(2, speech(0.5, "which?"))
        stage.out.attach(reply)
        await asyncio.sleep(0.3)
        stage.out.attach(question)
        await question.over.wait()
        stage.out.attach(reply)
        await reply.over.wait()
        assert stage.now == pytest.approx(1.5, abs=0.02)

    stage = perform(caller, scene)
    assert [told for told in stage.told if told[0] == "audible"] == [
        ("audible", 1, True),
        ("audible", 2, True),
        ("audible", 1, False),
    ]


def test_stopping_is_for_good_and_at_once() -> None:
    caller = Caller()

    async def scene(stage: Stage) -> None:
        track = await stage.track(1, speech(5), finish=False)
        stage.out.attach(track)
        await asyncio.sleep(1)
        stage.out.stop(track)
        assert track.over.is_set()
        await track.put(speech(5))
        await asyncio.sleep(5)

    perform(caller, scene)
    assert sum(seconds for _, seconds in caller.played) == pytest.approx(1.0, abs=0.05)


def test_a_tts_far_ahead_is_made_to_wait() -> None:
    async def scene(stage: Stage) -> None:
        track = await stage.track(1, speech(AHEAD + 5), finish=False)
        stage.out.attach(track)
        await track.put(speech(1))
        assert stage.now == pytest.approx(5.0, abs=0.1)

    perform(Caller(), scene)


def test_without_a_loudspeaker_text_is_said_when_it_is_attached() -> None:
    async def scene(stage: Stage) -> None:
        track = stage.out.track(1, audible=False)
        track.stretch()
        await track.put(Speech("Hi ", AudioFrame(np.zeros(0, dtype=np.int16), 16_000)))
        track.finish()
        stage.out.attach(track)
        await track.over.wait()
        assert stage.now == 0.0

    assert perform(None, scene).told == [("audible", 1, True), ("said", 1, "Hi ")]


def test_who_comes_next_does_not_wait_until_the_last_sounds_of_another_were_heard() -> None:
    line = Queued(behind=2.0)

    async def scene(stage: Stage) -> None:
        first = await stage.track(1, speech(0.5))
        stage.out.attach(first)
        await asyncio.sleep(1.0)
        stage.out.stop(first)
        stage.out.attach(await stage.track(2, speech(0.5)))
        await asyncio.sleep(0.1)
        assert ("audible", 2, True) in stage.told

    perform(line, scene)
