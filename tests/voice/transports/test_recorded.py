"""The recording: who spoke when, whatever the event loop did, and a file that can always be played."""

import asyncio
import tracemalloc
import wave
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from tests.fakes.loop import run
from voice.audio import AudioFrame
from voice.transports.recorded import Recorded

RATE = 16_000
FRAME = 320
LOUD = 9000


class Line:
    """A transport whose microphone frames arrive at the given times (seconds) with the given loudness."""

    rate = RATE

    def __init__(self, frames: Sequence[tuple[float, int]] = ()) -> None:
        self.frames = frames
        self.played: list[AudioFrame] = []
        self.cleared = 0
        self.delay = 0.0

    async def microphone(self) -> AsyncIterator[AudioFrame]:
        loop = asyncio.get_running_loop()
        for at, loudness in self.frames:
            await asyncio.sleep(max(0.0, at - loop.time()))
            yield AudioFrame(np.full(FRAME, loudness, dtype=np.int16), RATE)

    def play(self, frame: AudioFrame) -> None:
        self.played.append(frame)

    def clear(self) -> None:
        self.cleared += 1
        self.delay = 0.0


def ticks(count: int, loud: range = range(0)) -> list[tuple[float, int]]:
    """Frames of 20 ms that arrive when they end; those in `loud` are loud."""
    return [(0.02 * (number + 1), LOUD if number in loud else 0) for number in range(count)]


async def record(path: Path, line: Line, played: Sequence[float] = ()) -> None:
    loop = asyncio.get_running_loop()
    with Recorded(line, path, loop.time) as recorded:

        async def speak() -> None:
            for at in played:
                await asyncio.sleep(max(0.0, at - loop.time()))
                recorded.play(AudioFrame(np.full(FRAME, LOUD, dtype=np.int16), RATE))

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(speak())
            async for _ in recorded.microphone():
                pass


def sides(path: Path) -> np.ndarray:
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (2, 2, RATE)
        return np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").reshape(-1, 2)


def spans(samples: np.ndarray) -> list[tuple[float, float]]:
    """Where it is loud, in seconds."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], (np.abs(samples) > 100).astype(int), [0]))))
    return [
        (round(float(a) / RATE, 3), round(float(b) / RATE, 3)) for a, b in zip(edges[::2], edges[1::2], strict=True)
    ]


def test_the_caller_is_left_and_the_agent_right_each_at_its_time(tmp_path):
    path = tmp_path / "recording.wav"
    run(record(path, Line(ticks(400, loud=range(50, 100))), [3.0 + 0.02 * n for n in range(50)]))
    both = sides(path)
    assert spans(both[:, 0]) == [(1.0, 2.0)]
    assert spans(both[:, 1]) == [(3.0, 4.0)]
    assert len(both) == 8 * RATE


def test_what_passes_reaches_the_other_end_unchanged(tmp_path):
    line = Line(ticks(3))
    run(record(tmp_path / "recording.wav", line, [0.01]))
    assert [len(frame.samples) for frame in line.played] == [FRAME]
    assert Recorded(line, tmp_path / "other.wav", lambda: 0.0).rate == RATE


def test_jitter_leaves_no_holes(tmp_path):
    path = tmp_path / "recording.wav"
    late = [(at + 0.03 * (number % 2), loudness) for number, (at, loudness) in enumerate(ticks(200, range(50, 100)))]
    run(record(path, Line(late), [3.0 + 0.02 * n + 0.03 * (n % 3 == 0) for n in range(25)]))
    both = sides(path)
    assert spans(both[:, 0]) == [(1.0, 2.0)]
    assert [round(end - begin, 3) for begin, end in spans(both[:, 1])] == [0.5]


def test_a_stalled_microphone_that_catches_up_stays_in_its_place(tmp_path):
    path = tmp_path / "recording.wav"
    stalled = [(max(at, 1.4) if 1.0 < at < 1.4 else at, loud) for at, loud in ticks(300, range(200, 250))]
    run(record(path, Line(stalled)))
    assert spans(sides(path)[:, 0]) == [(4.0, 5.0)]


def test_lost_microphone_audio_is_made_up_for_by_silence_within_a_second(tmp_path):
    path = tmp_path / "recording.wav"
    lost = [(at, loud) for at, loud in ticks(400, range(300, 350)) if not 1.0 < at < 1.5]
    run(record(path, Line(lost)))
    assert spans(sides(path)[:, 0]) == [(6.0, 7.0)]


def test_a_pause_in_the_agents_speech_is_as_long_as_it_was(tmp_path):
    path = tmp_path / "recording.wav"
    run(record(path, Line(ticks(200)), [1.0 + 0.02 * n for n in range(10)] + [1.7 + 0.02 * n for n in range(10)]))
    assert spans(sides(path)[:, 1]) == [(1.0, 1.2), (1.7, 1.9)]


def test_the_agent_alone_is_recorded_too(tmp_path):
    path = tmp_path / "recording.wav"
    run(record(path, Line(), [5.0 + 0.02 * n for n in range(50)]))
    assert spans(sides(path)[:, 1]) == [(5.0, 6.0)]


def test_what_is_still_to_be_heard_is_recorded_when_it_will_be(tmp_path):
    path, line = tmp_path / "recording.wav", Line(ticks(200))
    line.delay = 0.5
    run(record(path, line, [1.0 + 0.02 * n for n in range(10)]))
    assert spans(sides(path)[:, 1]) == [(1.5, 1.7)]


def test_what_was_cleared_before_it_was_heard_is_not_recorded(tmp_path):
    path, line = tmp_path / "recording.wav", Line()
    now = 1.0
    recorded = Recorded(line, path, lambda: now)
    for number in range(25):
        line.delay = 0.02 * number
        recorded.play(AudioFrame(np.full(FRAME, LOUD, dtype=np.int16), RATE))
    now = 1.2
    assert recorded.delay == line.delay
    recorded.clear()
    assert line.cleared == 1
    now = 2.0
    recorded.play(AudioFrame(np.full(FRAME, LOUD, dtype=np.int16), RATE))
    recorded.close()
    assert spans(sides(path)[:, 1]) == [(0.0, 0.2), (1.0, 1.02)]


def test_the_file_can_be_played_while_it_is_written(tmp_path):
    path = tmp_path / "recording.wav"
    now = 0.0
    recorded = Recorded(Line(), path, lambda: now)
    for number in range(500):
        now = 0.02 * number
        recorded.play(AudioFrame(np.full(FRAME, LOUD, dtype=np.int16), RATE))
    seconds = len(sides(path)) / RATE  # as a reader would find it if the process ended here
    recorded.close()
    assert 7.0 <= seconds <= 10.0
    assert len(sides(path)) == 10 * RATE


def test_a_cancelled_call_leaves_a_whole_file(tmp_path):
    path = tmp_path / "recording.wav"

    async def cut_off() -> None:
        async with asyncio.timeout(2.0):
            await record(path, Line(ticks(1000, range(1000))))

    with pytest.raises(TimeoutError):
        run(cut_off())
    assert len(sides(path)) / RATE == pytest.approx(2.0, abs=0.03)


def test_a_call_that_never_began_leaves_an_empty_recording(tmp_path):
    path = tmp_path / "recording.wav"
    Recorded(Line(), path, lambda: 0.0).close()
    assert len(sides(path)) == 0


def test_a_long_call_is_recorded_in_bounded_memory(tmp_path):
    now = 0.0
    recorded = Recorded(Line(), tmp_path / "recording.wav", lambda: now)
    frame = AudioFrame(np.zeros(FRAME, dtype=np.int16), RATE)
    tracemalloc.start()
    for number in range(30_000):  # ten minutes; it holds two seconds or all of it
        now = 0.02 * number
        recorded.play(frame)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    recorded.close()
    assert held < 2_000_000


def test_a_full_disk_ends_the_recording_and_not_the_call(tmp_path, caplog):
    now = 0.0
    recorded = Recorded(Line(), Path("/dev/full"), lambda: now)
    for number in range(300):
        now = 0.02 * number
        recorded.play(AudioFrame(np.zeros(FRAME, dtype=np.int16), RATE))
    recorded.close()
    assert recorded.failure is not None
    assert [record.getMessage() for record in caplog.records] == ["the recording stops here: No space left on device"]
