"""Many conversations in one process, against a loop written by hand (`baseline.bare_loop`): real Silero VAD on real
speech, everything else scripted, real time, 20 ms frames that fall in with nothing.

    python -m tests.bench.capacity [--calls 1] [--calls 25] [--seconds 24] [--noise -65]

Prints, for each number of calls and for both: latency added per turn (first frame handed over - the last sample of
speech that is at least 1 % of the loudest - the fixed delays), CPU seconds per conversation-minute, memory for each
further conversation, and how far the microphones fell behind. Both are run by turns in the same process.
"""

import argparse
import asyncio
import os
import random
import resource
import statistics
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import soundfile
from numpy.typing import NDArray

from server.loop import freeze, run
from tests.bench.baseline import bare_loop
from tests.bench.baseline.line import Line, speech_ends
from voice.agent import Agent, Models
from voice.audio import AudioFrame, resample
from voice.policy import IdlePolicy, TurnPolicy
from voice.providers.scripted import ScriptedLLM, ScriptedSTT, ScriptedTTS
from voice.providers.silero import SileroVAD
from voice.session import Session
from voice.speaking.phrases import SpokenPhrases
from voice.tools import NoTools

AUDIO = Path(__file__).parents[2] / "examples/cafe/audio/01-hours.wav"
FRAME = 0.02
PERIOD = 8.0
LLM, TTS, ENDPOINTING = 0.3, 0.1, 0.2
IDEAL = ENDPOINTING + LLM + TTS
LATER = TurnPolicy(idle=IdlePolicy(after=0), preemptive=False)
ANSWER = "That is a fine question and here is an answer of some length."

Talk = Callable[[Line], Coroutine[Any, Any, None]]


class Figures(NamedTuple):
    """What one run showed: milliseconds, CPU seconds per conversation-minute, MB."""

    added: float
    p95: float
    cpu: float


def fakes() -> tuple[ScriptedSTT, ScriptedLLM, ScriptedTTS]:
    return (
        ScriptedSTT(texts=["what are your opening hours"] * 99, delay=0.02),
        ScriptedLLM(replies=[ANSWER] * 99, first_token=LLM),
        ScriptedTTS(delay=TTS),
    )


def ours() -> Talk:
    vad, spoken = SileroVAD(), SpokenPhrases(ScriptedTTS(delay=TTS), "en")

    async def talk(line: Line) -> None:
        stt, llm, tts = fakes()
        models = Models(llm=llm, stt=stt, tts=tts, vad=vad, spoken=spoken)  # shared, as `server.wiring` does
        await Session(Agent("bench", "x", models), NoTools(), line, turn=LATER).run()

    return talk


def bare() -> Talk:
    session = bare_loop.load()

    async def talk(line: Line) -> None:
        await bare_loop.Call(session, line, *fakes()).run()

    return talk


def track(noise: float) -> tuple[NDArray[np.int16], int]:
    """PERIOD seconds with one sentence, in a room `noise` dB below full scale, and where the speech ends."""
    samples, rate = soundfile.read(AUDIO, dtype="int16")
    speech = resample(AudioFrame(samples, rate), 16_000).samples
    level = 32768 * 10 ** (noise / 20)
    room = np.random.default_rng(0).standard_normal(round(PERIOD * 16_000)) * level
    room[16_000 : 16_000 + len(speech)] += speech
    return np.rint(room).astype(np.int16), 16_000 + speech_ends(speech)


def cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def rss() -> float:
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


async def measure(name: str, talk: Talk, calls: int, seconds: float, noise: float) -> Figures:
    sound, end = track(noise)
    chance = random.Random(calls)
    freeze()
    before_memory, before = rss(), cpu()
    lines = [
        Line(
            sound,
            [end],
            seconds,
            frame=FRAME,
            begin=round(number / calls * len(sound)) + chance.randrange(16_000 // 100),
            phase=chance.random() * 0.1,
        )
        for number in range(calls)
    ]
    peak = 0.0

    async def sample_memory() -> None:
        nonlocal peak
        while True:
            peak = max(peak, rss())
            await asyncio.sleep(1)

    async with asyncio.TaskGroup() as tasks:
        sampling = tasks.create_task(sample_memory())
        running = [tasks.create_task(talk(line)) for line in lines]
        for task in running:
            await task
        sampling.cancel()
    added = sorted(1000 * (wait - IDEAL) for line in lines for wait in line.answers())
    found = Figures(
        statistics.median(added), added[round(len(added) * 0.95) - 1], (cpu() - before) / (calls * seconds / 60)
    )
    print(
        f"{calls:3} calls, {name:4}: added median {found.added:6.2f} ms, p95 {found.p95:6.2f} ms (n={len(added)});  "
        f"{found.cpu:.2f} CPU-s per conversation-minute;  "
        f"{max(0.0, peak - before_memory) / calls:.2f} MB per conversation;  "
        f"microphone at most {max(line.behind for line in lines) * 1000:.0f} ms behind",
        flush=True,
    )
    return found


async def main(calls: list[int], seconds: float, noise: float, rounds: int) -> None:
    talks = {"ours": ours(), "bare": bare()}
    for talk in talks.values():  # what the first call of a process pays once
        await talk(Line(track(noise)[0], [], 5.0))
    for number in calls:
        found: dict[str, list[Figures]] = {name: [] for name in talks}
        for _ in range(rounds):
            for name, talk in talks.items():
                found[name].append(await measure(name, talk, number, seconds, noise))
        spent = {name: statistics.mean(figures.cpu for figures in several) for name, several in found.items()}
        print(f"{number:3} calls: ours / bare CPU {spent['ours'] / spent['bare']:.2f}", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, action="append")
    parser.add_argument("--seconds", type=float, default=24.0)
    parser.add_argument("--noise", type=float, default=-65.0, help="of the room, dB of full scale")
    parser.add_argument("--rounds", type=int, default=1)
    arguments = parser.parse_args()
    run(main(arguments.calls or [1, 25, 50, 75], arguments.seconds, arguments.noise, arguments.rounds))
