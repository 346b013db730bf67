"""Many conversations in one process: real Silero VAD on real speech, everything else scripted, real time.

    python -m tests.bench.capacity [--calls 25] [--calls 50] [--seconds 60]

Prints, for each number of calls: latency added per turn (first audio - end of speech by VAD - the fixed delays), CPU
seconds per conversation-minute, memory for each further conversation, and how far the microphones fell behind.
"""

import argparse
import asyncio
import os
import resource
import statistics
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from server.loop import run, settle
from voice.agent import Agent, Models
from voice.audio import AudioFrame, resample
from voice.events import AgentSpeechStarted, Record, UserSpeechStopped, UserTurnEnded
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
LATER = TurnPolicy(idle=IdlePolicy(after=0), preemptive=False)


class Loop:
    """A caller who says the same sentence every PERIOD seconds, out of step with the others."""

    rate = 24_000

    def __init__(self, period: NDArray[np.int16], offset: float, seconds: float) -> None:
        self._period = period  # shared by all: what a caller says is not memory of the conversation
        self._offset = round(offset / FRAME)
        self._seconds = seconds
        self.behind = 0.0

    async def microphone(self) -> AsyncIterator[AudioFrame]:
        loop = asyncio.get_running_loop()
        began, size = loop.time(), round(FRAME * 16_000)
        for number in range(round(self._seconds / FRAME)):
            due = began + (number + 1) * FRAME
            if due > loop.time():
                await asyncio.sleep(due - loop.time())
            self.behind = max(self.behind, loop.time() - due)
            start = (number - self._offset) * size % len(self._period)
            yield AudioFrame(self._period[start : start + size], 16_000)

    def play(self, frame: AudioFrame) -> None:
        pass


async def one(vad: SileroVAD, spoken: SpokenPhrases, caller: Loop) -> list[float]:
    models = Models(
        llm=ScriptedLLM(
            replies=["That is a fine question and here is an answer of some length."] * 99, first_token=LLM
        ),
        stt=ScriptedSTT(texts=["what are your opening hours"] * 99, delay=0.02),
        tts=ScriptedTTS(delay=TTS),
        vad=vad,
        spoken=spoken,  # shared, as `server.wiring` does
    )
    session = Session(Agent("bench", "x", models), NoTools(), caller, turn=LATER)
    ended: float | None = None
    added: list[float] = []

    async def watch(records: AsyncIterator[Record]) -> None:
        nonlocal ended
        stopped = 0.0
        async for record in records:
            match record.event:
                case UserSpeechStopped(ago):
                    stopped = record.at - ago
                case UserTurnEnded():
                    ended = stopped
                case AgentSpeechStarted() if ended is not None:
                    added.append(record.at - ended - ENDPOINTING - LLM - TTS)
                    ended = None

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(watch(session.subscribe()))
        await session.run()
    return added


def cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def rss() -> float:
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


async def measure(calls: int, seconds: float) -> None:
    samples, rate = soundfile.read(AUDIO, dtype="int16")
    speech = resample(AudioFrame(samples, rate), 16_000).samples
    period = np.zeros(round(PERIOD * 16_000), dtype=np.int16)
    period[16_000 : 16_000 + len(speech)] = speech
    vad, spoken = SileroVAD(), SpokenPhrases(ScriptedTTS(delay=TTS))
    await one(vad, spoken, Loop(period, 0.0, 5.0))  # what the first call of a process pays once
    settle()
    before_memory, before = rss(), cpu()
    callers = [Loop(period, PERIOD * number / calls, seconds) for number in range(calls)]
    peak = 0.0

    async def sample_memory() -> None:
        nonlocal peak
        while True:
            peak = max(peak, rss())
            await asyncio.sleep(1)

    async with asyncio.TaskGroup() as tasks:
        sampling = tasks.create_task(sample_memory())
        running = [tasks.create_task(one(vad, spoken, caller)) for caller in callers]
        added = [value for task in running for value in await task]
        sampling.cancel()
    minutes = calls * seconds / 60
    print(
        f"{calls:3} calls: added median {statistics.median(added) * 1000:6.2f} ms, "
        f"p95 {sorted(added)[round(len(added) * 0.95) - 1] * 1000:6.2f} ms (n={len(added)});  "
        f"{(cpu() - before) / minutes:.2f} CPU-s per conversation-minute;  "
        f"{max(0.0, peak - before_memory) / calls:.2f} MB per conversation;  "
        f"microphone at most {max(caller.behind for caller in callers) * 1000:.0f} ms behind"
    )


async def main(calls: list[int], seconds: float) -> None:
    for number in calls:
        await measure(number, seconds)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, action="append")
    parser.add_argument("--seconds", type=float, default=60.0)
    arguments = parser.parse_args()
    run(main(arguments.calls or [1, 25, 50], arguments.seconds))
