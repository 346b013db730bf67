"""Windows of many calls in one run; the network is a stand-in that shows what it was given."""

import asyncio
import random
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from tests.fakes.loop import run
from tests.fakes.vad import Ear, probabilities
from voice.errors import ProviderMisbehaved
from voice.providers.silero import CONTEXT, LONGEST_HOLD, LONGEST_REST, PER_WINDOW, REST, Batcher, SileroStream
from voice.vad import WINDOW

SECONDS = WINDOW / 16_000
CROWD = round(LONGEST_HOLD / PER_WINDOW)
"""Calls whose windows take too long for the event loop."""


class Network:
    """P is the window's last sample; the state counts windows."""

    def __init__(self) -> None:
        self.inputs: list[np.ndarray] = []
        self.states: list[np.ndarray] = []
        self.threads: set[int] = set()
        self.failure: Exception | None = None

    def __call__(self, inputs, states):
        self.threads.add(threading.get_ident())
        if self.failure:
            raise self.failure
        self.inputs.append(inputs.copy())
        self.states.append(states.copy())
        return inputs[:, -1:], states + 1

    @property
    def batches(self) -> list[int]:
        return [len(inputs) for inputs in self.inputs]


class Shared:
    """A VAD on one batcher."""

    def __init__(self, network: Network, thread: ThreadPoolExecutor | None = None) -> None:
        self._batcher = Batcher(network, thread)

    def stream(self, heard, failed) -> SileroStream:
        return SileroStream(self._batcher, heard, failed)


@pytest.fixture
def thread() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as pool:
        yield pool


def window(value: float) -> np.ndarray:
    return np.full(WINDOW, round(value * 32768), dtype=np.int16)


async def test_a_probability_is_that_of_its_own_window():
    vad = Shared(Network())
    answers = await asyncio.gather(*(probabilities(vad, [window(n / 8)]) for n in range(3)))
    assert answers == [[0.0], [0.125], [0.25]]


async def test_windows_of_one_moment_go_together():
    network = Network()
    ears = [Ear(vad) for vad in [Shared(network)] for _ in range(7)]
    for ear in ears:
        ear.stream.push(window(0))
    await ears[-1].answers(1)
    assert network.batches == [7]


async def test_the_end_of_a_window_goes_in_front_of_the_next():
    network = Network()
    await probabilities(Shared(network), [window(0.25), window(0.5)])
    assert network.inputs[0][0, :CONTEXT].tolist() == [0.0] * CONTEXT
    assert network.inputs[1][0, :CONTEXT].tolist() == [0.25] * CONTEXT
    assert network.inputs[1].shape == (1, CONTEXT + WINDOW)


async def test_every_stream_keeps_its_own_state():
    network = Network()
    vad = Shared(network)
    old, new = Ear(vad), Ear(vad)
    for count in (1, 2):
        old.stream.push(window(0))
        await old.answers(count)
    new.stream.push(window(0))
    old.stream.push(window(0))
    await asyncio.gather(old.answers(3), new.answers(1))
    assert network.states[-1].shape == (2, 2, 128)
    assert sorted(network.states[-1][0, :, 0].tolist()) == [0, 2]


async def test_windows_that_may_wait_go_before_the_one_that_may_not():
    network = Network()
    ear = Ear(Shared(network))
    for value in (0.0, 0.125, 0.25):
        ear.stream.push(window(value), patience=15)
        await asyncio.sleep(0)
    assert (ear.heard, network.batches) == ([], [])
    ear.stream.push(window(0.5))
    assert await ear.answers(4) == [0.0, 0.125, 0.25, 0.5]


async def test_a_run_takes_along_what_waits_in_other_streams():
    network = Network()
    vad = Shared(network)
    quiet, loud = Ear(vad), Ear(vad)
    quiet.stream.push(window(0.125), patience=15)
    quiet.stream.push(window(0.25), patience=15)
    loud.stream.push(window(0.5))
    assert await quiet.answers(2) == [0.125, 0.25]
    assert loud.heard == [0.5]
    assert network.batches == [2, 1]


async def test_what_a_closed_stream_left_is_not_looked_at():
    network = Network()
    vad = Shared(network)
    left, stays = Ear(vad), Ear(vad)
    left.stream.push(window(0.5))
    stays.stream.push(window(0.25))
    left.stream.close()
    assert await stays.answers(1) == [0.25]
    assert network.batches == [1]


async def test_a_failing_network_is_a_provider_error_for_everyone_and_not_for_ever():
    network = Network()
    vad = Shared(network)
    network.failure = RuntimeError("out of memory")
    ears = [Ear(vad), Ear(vad)]
    for ear in ears:
        ear.stream.push(window(0))
    failures = [await ear.failed() for ear in ears]
    assert [type(failure) for failure in failures] == [ProviderMisbehaved] * 2
    assert "vad silero-v6: inference failed: out of memory" in str(failures[0])
    network.failure = None
    ears[0].stream.push(window(0.5))
    assert await ears[0].answers(1) == [0.5]


async def test_a_window_of_another_length_is_refused():
    with pytest.raises(ValueError, match=r"512 samples, not shape \(160,\)"):
        Ear(Shared(Network())).stream.push(np.zeros(160, dtype=np.int16))


def test_a_loop_that_was_closed_in_the_middle_does_not_hold_up_the_next():
    vad = Shared(Network())

    async def leave() -> None:
        Ear(vad).stream.push(window(0.5))

    async def ask() -> list[float]:
        return await probabilities(vad, [window(0.25)])

    run(leave())
    assert run(ask()) == [0.25]


async def test_many_windows_are_judged_in_a_thread_and_answered_on_the_loop(thread):
    network = Network()
    vad = Shared(network, thread)
    threads: set[int] = set()

    class Here(Ear):
        def _hear(self, probability: float) -> None:
            threads.add(threading.get_ident())
            super()._hear(probability)

    ears = [Here(vad) for _ in range(CROWD)]
    for turn in (1, 2):  # the second windows come while the first are at work
        for ear in ears:
            ear.stream.push(window(turn / 4))
    for ear in ears:
        assert await ear.answers(2) == [0.25, 0.5]
    assert threads == {threading.get_ident()}
    assert threads.isdisjoint(network.threads)


async def test_few_windows_are_judged_where_they_are(thread):
    network = Network()
    vad = Shared(network, thread)
    ears = [Ear(vad) for _ in range(CROWD // 2)]
    for ear in ears:
        ear.stream.push(window(0.25))
    await ears[-1].answers(1)
    assert network.threads == {threading.get_ident()}


async def test_windows_that_come_while_the_thread_is_at_work_are_not_forgotten(thread):
    network, release = Network(), threading.Event()

    def slow(inputs, states):
        release.wait(10)
        return network(inputs, states)

    vad = Shared(slow, thread)  # type: ignore[arg-type]
    ears = [Ear(vad) for _ in range(CROWD)]
    for ear in ears:
        ear.stream.push(window(0.25))
    await asyncio.sleep(0.05)
    ears[0].stream.push(window(0.5))
    release.set()
    assert await ears[0].answers(2) == [0.25, 0.5]


async def _calls(vad: Shared, count: int, windows: int) -> list[float]:
    """Calls out of step with one another, in virtual time; the longest wait of each."""
    loop = asyncio.get_running_loop()
    chance = random.Random(1)
    ears = [Ear(vad) for _ in range(count)]

    async def one(ear: Ear, phase: float) -> float:
        longest = 0.0
        for number in range(windows):
            await asyncio.sleep(phase + number * SECONDS - loop.time())
            asked = loop.time()
            ear.stream.push(window(0))
            await ear.answers(number + 1)
            longest = max(longest, loop.time() - asked)
        return longest

    return await asyncio.gather(*(one(ear, chance.random() * SECONDS) for ear in ears))


def test_one_call_waits_for_nobody():
    assert run(_calls(Shared(Network()), 1, windows=100)) == [0.0]


def test_few_calls_out_of_step_wait_for_one_another_by_their_number():
    assert max(run(_calls(Shared(Network()), 5, windows=100))) <= 4 * REST + 1e-9


def test_many_calls_out_of_step_wait_a_moment_and_share():
    network = Network()
    assert max(run(_calls(Shared(network), 50, windows=100))) <= LONGEST_REST + 1e-9
    settled = network.batches[len(network.batches) // 2 :]
    assert sum(settled) / len(settled) > 20


def test_a_silent_call_is_judged_by_the_half_second():
    network = Network()

    async def silent() -> None:
        ear = Ear(Shared(network))
        for number in range(160):
            ear.stream.push(window(0), patience=15)
            await asyncio.sleep(SECONDS)
            assert len(ear.heard) == (number + 1) // 16 * 16

    run(silent())


def test_a_loop_that_was_closed_while_the_thread_was_at_work_does_not_hold_up_the_next(thread):
    network, release = Network(), threading.Event()

    def slow(inputs, states):
        release.wait(10)
        return network(inputs, states)

    vad = Shared(slow, thread)  # type: ignore[arg-type]

    async def leave() -> None:
        ears = [Ear(vad) for _ in range(CROWD)]
        for ear in ears:
            ear.stream.push(window(0.5))
        await asyncio.sleep(0.01)
        for ear in ears:
            ear.stream.close()

    asyncio.run(leave())
    release.set()
    assert asyncio.run(probabilities(vad, [window(0.25)])) == [0.25]
