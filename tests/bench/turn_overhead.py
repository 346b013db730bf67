"""What the framework adds to a turn: scripted providers with fixed delays, one session, real time.

    python -m tests.bench.turn_overhead

Judged from outside: speech begins and ends at random samples, so that neither frames nor the detector's windows fall
in with it; the clock starts when the last loud sample is spoken and stops when the first frame of the answer is handed
over. Ideal = end of speech + endpointing 0.2 s + LLM first token 0.1 s + TTS 0.1 s; what comes on top is ours, the
event loop's timers included (a bare loop with the same three timers is measured beside it). With a transcript that is
stable before the pause the ideal is the end of speech + 0.2 s alone.

Barge-in: from the arrival of the frame that completes the tenth loud window of 32 ms
(`InterruptionPolicy.min_speech`), when the detector can first confirm it, until the loudspeaker is silent; what was in
flight is heard.
"""

import argparse
import asyncio
import math
import random
import statistics
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from server.loop import freeze, run
from tests.bench.baseline.line import Line
from tests.fakes.call import LOUD, QUIET, hold
from voice.policy import IdlePolicy, TurnPolicy
from voice.providers.scripted import ScriptedLLM, ScriptedSTT, ScriptedTTS

ENDPOINTING, LLM, TTS = 0.2, 0.1, 0.1
IDEAL = ENDPOINTING + LLM + TTS
LATER = TurnPolicy(idle=IdlePolicy(after=0), preemptive=False)
WINDOW, CONFIRMED = 512, 10


class Format(NamedTuple):
    """How the microphone's audio comes: Hz, seconds."""

    rate: int
    frame: float


FORMATS = (Format(48_000, 0.01), Format(16_000, 0.02), Format(8_000, 0.02))
"""A room's, a headset's, a telephone's."""


def spoken(spans: Sequence[tuple[int, int]], rate: int, seconds: float) -> NDArray[np.int16]:
    """Loud from sample to sample of `spans`."""
    track = np.zeros(round(seconds * rate), dtype=np.int16)
    for begin, end in spans:
        track[begin:end] = LOUD
    return track


def at_random(chance: random.Random, begin: float, seconds: float, rate: int) -> tuple[int, int]:
    """A span of speech of about `seconds` from about `begin` on, at any sample."""
    first = round((begin + chance.random() * 0.1) * rate) + chance.randrange(rate // 10)
    return first, first + round((seconds + chance.random() * 0.1) * rate) + chance.randrange(rate // 10)


def report(name: str, seconds: Sequence[float]) -> None:
    values = sorted(value * 1000 for value in seconds)
    p95 = values[min(len(values) - 1, round(len(values) * 0.95))]
    print(f"{name:<48} median {statistics.median(values):6.2f} ms   p95 {p95:6.2f} ms   n={len(values)}", flush=True)


async def turns(
    count: int, form: Format, tts: ScriptedTTS, turn: TurnPolicy, stable_after: float | None, ideal: float
) -> list[float]:
    chance, period = random.Random(1), 1.9
    spans = [at_random(chance, period * n + 0.4, 0.4, form.rate) for n in range(count)]
    seconds = period * count + 0.5
    line = Line(spoken(spans, form.rate, seconds), [end for _, end in spans], seconds, rate=form.rate, frame=form.frame)
    stt = ScriptedSTT(texts=["hello there"] * count, delay=0.02, stable_after=stable_after)
    await hold(line, stt, ScriptedLLM(replies=["Hi."] * count, first_token=LLM), tts, turn=turn)
    return [wait - ideal for wait in line.answers()]


async def barge_ins(count: int, form: Format) -> list[float]:
    chance = random.Random(2)
    return [tail for _ in range(count) for tail in await barge_in(chance, form)]


async def barge_in(chance: random.Random, form: Format) -> list[float]:
    """A call of its own, so that the loudspeaker's periods do not keep step with the frames."""
    spans = [at_random(chance, at, 0.4, form.rate) for at in (0.1, 1.6)]
    line = Line(
        spoken(spans, form.rate, 2.6), [], 2.6, rate=form.rate, frame=form.frame, speaker_phase=chance.random() * 0.01
    )
    stt = ScriptedSTT(texts=["tell me", "never mind that"], delay=0.02)
    await hold(line, stt, ScriptedLLM(replies=["word " * 60, "Okay."], first_token=0.0), turn=QUIET)
    window = spans[1][0] * 16_000 // form.rate // WINDOW + CONFIRMED
    confirmed = line.began + math.ceil(window * WINDOW / 16_000 / form.frame) * form.frame
    return [until - confirmed for since, until in line.speaker.sounded if since < confirmed - 0.1 < until]


async def bare_timers(count: int) -> list[float]:
    loop = asyncio.get_running_loop()
    late = []
    for _ in range(count):
        start = loop.time()
        for delay in (ENDPOINTING, LLM, TTS):
            await asyncio.sleep(delay)
        late.append(loop.time() - start - IDEAL)
    return late


async def main(count: int, formats: Sequence[Format]) -> None:
    freeze()
    report("bare asyncio loop, same three timers", await bare_timers(count))
    for form in formats:
        print(f"--- frames of {form.frame * 1000:g} ms at {form.rate // 1000} kHz")
        wise = await turns(count, form, ScriptedTTS(delay=TTS, tokens=True), LATER, None, IDEAL)
        report("added per turn, token-wise TTS", wise)
        report("added, sentence-wise TTS", await turns(count, form, ScriptedTTS(delay=TTS), LATER, None, IDEAL))
        stable = await turns(count, form, ScriptedTTS(delay=TTS), QUIET, 0.2, ENDPOINTING)
        report("added, transcript stable before the pause", stable)
        report("barge-in confirmed -> loudspeaker silent", await barge_ins(max(3, count // 2), form))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=20)
    parser.add_argument("--rate", type=int, action="append", help="only microphones of this rate (Hz)")
    parser.add_argument("--plain-loop", action="store_true", help="asyncio's own loop instead of server.loop")
    arguments = parser.parse_args()
    chosen = [form for form in FORMATS if form.rate in (arguments.rate or [form.rate])]
    (asyncio.run if arguments.plain_loop else run)(main(arguments.turns, chosen))
