"""How much audio a conversation holds on to while it goes on: with many calls in a process, what only the garbage
collector would free adds up to megabytes."""

import asyncio
import gc
from collections.abc import Iterator

import pytest

from tests.fakes.call import Caller, call
from voice.audio import AudioFrame
from voice.events import ReplyEnded
from voice.providers.scripted import ScriptedLLM, ScriptedSTT
from voice.session import Session

LONG = "It is a long story that I am going to tell you, " * 10


@pytest.fixture(autouse=True)
def no_garbage_collection() -> Iterator[None]:
    """So that only what nobody holds is freed."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def audio_held() -> float:
    """Seconds of it, in anything that is alive or waits for the garbage collector."""
    return sum(found.duration for found in gc.get_objects() if isinstance(found, AudioFrame))


@pytest.mark.parametrize(
    ("answer", "interrupted"), [("Yes, of course.", False), (LONG, True)], ids=["answered", "interrupted"]
)
def test_what_was_said_and_heard_in_earlier_turns_is_let_go(answer: str, interrupted: bool) -> None:
    turns = 20
    speech = [(4.0 * turn + 1, 4.0 * turn + 2.5) for turn in range(turns)]
    held: list[float] = []

    async def listen_at_the_pauses(_: Session) -> None:
        for begin, _end in speech:
            await asyncio.sleep(begin - 0.1 - asyncio.get_running_loop().time())
            held.append(audio_held())

    outcome = call(
        Caller(speech, until=speech[-1][1] + 0.3),
        ScriptedSTT(texts=[f"question number {turn}" for turn in range(turns)]),
        ScriptedLLM(replies=[answer] * turns),
        during=listen_at_the_pauses,
    )
    assert [event.interrupted for event in outcome.of(ReplyEnded)][: turns - 1] == [interrupted] * (turns - 1)
    assert held[-1] < held[1] + 1.0
