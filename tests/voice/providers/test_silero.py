"""Windows of many calls in one batch; the network is a stand-in that shows what it was given."""

import asyncio
import random

import numpy as np
import pytest

from tests.fakes.loop import run
from voice.errors import ProviderMisbehaved
from voice.providers.silero import CONTEXT, CROWD, GATHER, Batcher, SileroStream
from voice.vad import WINDOW

SECONDS = WINDOW / 16_000


class Network:
    """P is the window's last sample; the state counts windows."""

    def __init__(self) -> None:
        self.inputs: list[np.ndarray] = []
        self.states: list[np.ndarray] = []
        self.failure: Exception | None = None

    def __call__(self, inputs, states):
        if self.failure:
            raise self.failure
        self.inputs.append(inputs.copy())
        self.states.append(states.copy())
        return inputs[:, -1:], states + 1

    @property
    def batches(self) -> list[int]:
        return [len(inputs) for inputs in self.inputs]


def window(value: float) -> np.ndarray:
    return np.full(WINDOW, value, dtype=np.float32)


async def test_a_probability_is_that_of_its_own_window():
    batcher = Batcher(Network())
    streams = [SileroStream(batcher) for _ in range(3)]
    answers = await asyncio.gather(*(stream.probability(window(n / 10)) for n, stream in enumerate(streams)))
    assert answers == pytest.approx([0.0, 0.1, 0.2])


async def test_windows_of_one_moment_go_together():
    network = Network()
    batcher = Batcher(network)
    await asyncio.gather(*(SileroStream(batcher).probability(window(0)) for _ in range(7)))
    assert network.batches == [7]


async def test_the_end_of_a_window_goes_in_front_of_the_next():
    network = Network()
    stream = SileroStream(Batcher(network))
    await stream.probability(window(0.25))
    await stream.probability(window(0.5))
    assert network.inputs[0][0, :CONTEXT].tolist() == [0.0] * CONTEXT
    assert network.inputs[1][0, :CONTEXT].tolist() == [0.25] * CONTEXT
    assert network.inputs[1].shape == (1, CONTEXT + WINDOW)


async def test_every_stream_keeps_its_own_state():
    network = Network()
    batcher = Batcher(network)
    old, new = SileroStream(batcher), SileroStream(batcher)
    await old.probability(window(0))
    await old.probability(window(0))
    await asyncio.gather(new.probability(window(0)), old.probability(window(0)))
    assert network.states[-1].shape == (2, 2, 128)
    assert network.states[-1][0, :, 0].tolist() == [0, 2]


async def test_a_window_nobody_waits_for_is_not_looked_at():
    network = Network()
    batcher = Batcher(network)
    left, stays = SileroStream(batcher), SileroStream(batcher)
    future = batcher.submit(left, window(0.5))
    answer = batcher.submit(stays, window(0.25))
    future.cancel()
    assert await answer == 0.25
    assert network.batches == [1]
    assert left.context.tolist() == [0.0] * CONTEXT


async def test_a_failing_network_is_a_provider_error_for_everyone_and_not_for_ever():
    network = Network()
    batcher = Batcher(network)
    network.failure = RuntimeError("out of memory")
    streams = [SileroStream(batcher), SileroStream(batcher)]
    answers = await asyncio.gather(*(stream.probability(window(0)) for stream in streams), return_exceptions=True)
    assert [type(answer) for answer in answers] == [ProviderMisbehaved] * 2
    assert "vad silero-v6: inference failed: out of memory" in str(answers[0])
    network.failure = None
    assert await streams[0].probability(window(0.5)) == 0.5


async def test_a_window_of_another_length_is_refused():
    with pytest.raises(ValueError, match=r"512 samples, not shape \(160,\)"):
        await SileroStream(Batcher(Network())).probability(np.zeros(160, dtype=np.float32))


def test_a_loop_that_was_closed_in_the_middle_does_not_hold_up_the_next():
    batcher = Batcher(Network())
    stream = SileroStream(batcher)

    async def leave() -> None:
        batcher.submit(stream, window(0.5))

    async def ask() -> float:
        return await stream.probability(window(0.25))

    run(leave())
    assert run(ask()) == 0.25


async def _calls(batcher: Batcher, count: int, windows: int) -> list[float]:
    """Calls out of step with one another, in real time; the longest wait of each."""
    loop = asyncio.get_running_loop()
    chance = random.Random(1)

    async def one(phase: float) -> float:
        stream, longest = SileroStream(batcher), 0.0
        for number in range(windows):
            await asyncio.sleep(phase + number * SECONDS - loop.time())
            asked = loop.time()
            await stream.probability(window(0))
            longest = max(longest, loop.time() - asked)
        return longest

    return await asyncio.gather(*(one(chance.random() * SECONDS) for _ in range(count)))


def test_few_calls_out_of_step_do_not_wait_for_one_another():
    network = Network()
    waits = run(_calls(Batcher(network), round(CROWD) - 1, windows=100))
    assert max(waits) == 0.0


def test_many_calls_out_of_step_wait_a_moment_and_share():
    network = Network()
    waits = run(_calls(Batcher(network), 25, windows=100))
    assert max(waits) == pytest.approx(GATHER)
    settled = network.batches[len(network.batches) // 2 :]
    assert sum(settled) / len(settled) > 2
