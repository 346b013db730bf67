"""Pacing, holding, pausing: in virtual time."""

import asyncio

import numpy as np
import pytest

from tests.fakes.call import Caller
from tests.fakes.loop import run
from voice.audio import AudioFrame
from voice.speaking.playout import AHEAD, FRAME, Playout
from voice.tts import Speech


def speech(seconds: float, text: str = "words", rate: int = 24_000) -> Speech:
    return Speech(text, AudioFrame(np.zeros(round(seconds * rate), dtype=np.int16), rate))


def playout(caller: Caller) -> Playout:
    return Playout(caller, on_audible=lambda: None, on_said=lambda text: None)


async def play(caller: Caller, *speeches: Speech) -> Playout:
    out = playout(caller)
    out.release()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(out.run())
        for one in speeches:
            await out.put(one)
        out.finish()
    return out


def test_audio_is_handed_over_in_real_time_from_the_first_frame_on() -> None:
    caller = Caller()
    run(play(caller, speech(1.0)))
    assert caller.played[0][0] == 0.0
    for number, (at, seconds) in enumerate(caller.played):
        assert at == pytest.approx(number * FRAME)
        assert seconds == FRAME


def test_other_rates_are_resampled_without_loss_of_time() -> None:
    caller = Caller()
    run(play(caller, speech(1.0, rate=22_050), speech(0.5, rate=22_050)))
    assert sum(seconds for _, seconds in caller.played) == pytest.approx(1.5, abs=0.005)


def test_nothing_is_played_before_release() -> None:
    caller = Caller()

    async def main() -> None:
        out = playout(caller)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(out.run())
            await out.put(speech(0.1))
            out.finish()
            await asyncio.sleep(3)
            assert caller.played == []
            out.release()

    run(main())
    assert caller.played[0][0] == 3.0


def test_a_pause_stops_at_once_and_resume_loses_nothing() -> None:
    caller = Caller()

    async def main() -> None:
        out = playout(caller)
        out.release()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(out.run())
            await out.put(speech(1.0))
            out.finish()
            await asyncio.sleep(0.5)
            out.pause()
            played = len(caller.played)
            await asyncio.sleep(2)
            assert played == len(caller.played)
            out.resume()

    run(main())
    assert sum(seconds for _, seconds in caller.played) == pytest.approx(1.0)
    assert caller.played[-1][0] == pytest.approx(3.0, abs=0.05)


def test_a_tts_far_ahead_is_made_to_wait() -> None:
    async def main() -> float:
        out = playout(Caller())
        out.release()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(out.run())
            await out.put(speech(AHEAD + 5))
            await out.put(speech(1))
            waited = asyncio.get_running_loop().time()
            out.finish()
        return waited

    assert run(main()) == pytest.approx(5.0, abs=0.1)


def test_cancelling_stops_for_good() -> None:
    caller = Caller()

    async def main() -> None:
        out = playout(caller)
        out.release()
        async with asyncio.TaskGroup() as tasks:
            task = tasks.create_task(out.run())
            await out.put(speech(5))
            await asyncio.sleep(1)
            task.cancel()
            await asyncio.sleep(5)

    run(main())
    assert sum(seconds for _, seconds in caller.played) == pytest.approx(1.0, abs=0.05)
