"""Microphone and loudspeaker, on a sound card that ticks when told to."""

import asyncio
import importlib
import sys

import numpy as np
import pytest

from tests.fakes.sound_card import SoundCard
from voice.audio import AudioFrame
from voice.errors import TransportClosed


@pytest.fixture
def card(monkeypatch):
    card = SoundCard()
    monkeypatch.setitem(sys.modules, "sounddevice", card)
    monkeypatch.delitem(sys.modules, "voice.transports.sound_device", raising=False)
    return card


def device(*names):
    return importlib.import_module("voice.transports.sound_device").SoundDevice(*names)


def loud(value, rate=48_000):
    return AudioFrame(np.full(rate // 50, value, dtype=np.int16), rate)


async def heard(line, count):
    frames = []
    async with asyncio.timeout(5):
        async for frame in line.microphone():
            frames.append((int(frame.samples[0]), frame.rate))
            if len(frames) == count:
                return frames
    raise AssertionError("the microphone ended")


async def test_what_the_microphone_brings_is_heard(card):
    with device() as line:
        line.activate(True)
        for value in (1, 2, 3):
            card.hear(value)
        assert await heard(line, 3) == [(1, 16_000), (2, 16_000), (3, 16_000)]


async def test_a_microphone_of_another_rate_is_heard_as_long_as_it_spoke(card):
    card.rate = 44_100.0
    with device() as line:
        line.activate(True)
        for _ in range(50):
            card.hear(1000)
        await asyncio.sleep(0)
        samples = 0
        async with asyncio.timeout(5):
            async for frame in line.microphone():
                assert frame.rate == 16_000
                samples += len(frame.samples)
                if samples > 15_500:
                    break
    assert samples <= 16_000


async def test_what_is_played_sounds_at_the_cards_rate(card):
    with device() as line:
        assert line.rate == 48_000
        line.activate(True)
        line.play(loud(5))
        line.play(loud(6))
        assert [card.sound() for _ in range(3)] == [5, 6, 0]


async def test_while_inactive_the_devices_are_free_and_only_silence_is_heard(card):
    with device() as line:
        assert await heard(line, 2) == [(0, 16_000), (0, 16_000)]
        line.activate(True)
        assert set(card.open) == {"input", "output"}
        line.activate(False)
        assert card.open == {}
        line.play(loud(5))
        line.activate(True)
        assert [card.sound() for _ in range(3)] == [0, 0, 0]


async def test_a_reader_that_does_not_come_costs_the_oldest_frames(card):
    with device() as line:
        line.activate(True)
        for value in range(300):
            card.hear(value)
        await asyncio.sleep(0)
        assert (await heard(line, 1))[0][0] == 200


@pytest.mark.parametrize("broken", ["input", "output"])
async def test_a_device_that_cannot_be_opened_is_a_closed_transport_and_leaves_nothing_open(card, broken):
    card.fails.add(broken)
    with device() as line:
        with pytest.raises(TransportClosed, match="cannot be opened: Device unavailable"):
            line.activate(True)
        assert not line.active
        assert card.open == {}


async def test_an_unknown_device_is_refused_by_name(card):
    with pytest.raises(TransportClosed, match=r"no such audio device: .*'nothing'"):
        device("nothing")


async def test_leaving_frees_the_devices(card):
    with device() as line:
        line.activate(True)
    assert card.open == {}


async def test_the_delay_is_what_waits_here_and_in_the_device(card):
    with device() as line:
        assert line.delay == 0.0
        line.activate(True)
        line.play(loud(5))
        line.play(loud(6))
        latency = card.latency
        assert line.delay == pytest.approx(0.04 + latency)
        card.sound()
        assert line.delay == pytest.approx(0.02 + latency)


async def test_what_is_cleared_does_not_sound(card):
    with device() as line:
        line.activate(True)
        line.play(loud(5))
        line.play(loud(6))
        line.clear()
        assert [card.sound() for _ in range(3)] == [0, 0, 0]
        assert line.delay == pytest.approx(card.latency)
