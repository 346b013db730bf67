"""What the framework adds to a turn: scripted providers with fixed delays, one session, real time.

    python -m tests.bench.turn_overhead

Ideal first audio = end of speech + endpointing 0.2 s + LLM first token 0.1 s + TTS 0.1 s; what comes on top is ours,
the event loop's timers included (a bare loop with the same three timers is measured beside it). With a transcript
that is stable before the pause the ideal is the end of speech + 0.2 s alone.
"""

import argparse
import asyncio
import statistics
from collections.abc import Sequence
from typing import Any

from server.loop import run, settle
from tests.fakes.call import QUIET, Caller, Outcome, hold
from voice.events import AgentSpeechPaused, AgentSpeechStarted, UserSpeechStarted
from voice.policy import IdlePolicy, TurnPolicy
from voice.providers.scripted import ScriptedLLM, ScriptedSTT, ScriptedTTS

ENDPOINTING, LLM, TTS = 0.2, 0.1, 0.1
PERIOD, SPOKEN = 1.6, 0.512
LATER = TurnPolicy(idle=IdlePolicy(after=0), preemptive=False)


class Clocked(Caller):
    """Notes when the last loud frame of each turn was delivered, which is when speech ended for the pipeline."""

    def __init__(self, turns: int) -> None:
        self.ends: list[float] = []
        super().__init__(
            [(PERIOD * n + 0.512, PERIOD * n + 0.512 + SPOKEN) for n in range(turns)], turns * PERIOD + 0.5
        )

    async def microphone(self) -> Any:
        loop = asyncio.get_running_loop()
        loud = False
        last = began = loop.time()
        async for frame in super().microphone():
            if loud and not frame.samples[0]:
                self.ends.append(last - began)
            loud, last = bool(frame.samples[0]), loop.time()
            yield frame


def report(name: str, seconds: Sequence[float]) -> None:
    values = sorted(value * 1000 for value in seconds)
    p95 = values[min(len(values) - 1, round(len(values) * 0.95))]
    print(f"{name:<44} median {statistics.median(values):6.2f} ms   p95 {p95:6.2f} ms   n={len(values)}")


def added(outcome: Outcome, caller: Clocked, ideal: float) -> list[float]:
    started = [record.at for record in outcome.records if isinstance(record.event, AgentSpeechStarted)]
    pairs = zip(caller.ends, started, strict=True)
    return [audio - end - ideal for end, audio in pairs]


async def turns(
    count: int, tts: ScriptedTTS, turn: TurnPolicy, stable_after: float | None, ideal: float
) -> list[float]:
    caller = Clocked(count)
    stt = ScriptedSTT(texts=["hello there"] * count, delay=0.02, stable_after=stable_after)
    outcome = await hold(caller, stt, ScriptedLLM(replies=["Hi."] * count, first_token=LLM), tts, turn=turn)
    return added(outcome, caller, ideal)


async def barge_ins(count: int) -> list[float]:
    """User speech confirmed by the VAD -> the playout has stopped."""
    speech = [edge for n in range(count) for edge in ((4.0 * n + 0.5, 4.0 * n + 1.0), (4.0 * n + 2.5, 4.0 * n + 3.0))]
    texts = [text for n in range(count) for text in (f"tell me {n}", "never mind that")]
    replies = [text for _ in range(count) for text in ("word " * 60, "Okay.")]
    outcome = await hold(
        Caller(speech, until=4.0 * count),
        ScriptedSTT(texts=texts, delay=0.02),
        ScriptedLLM(replies=replies, first_token=0.0),
        turn=QUIET,
    )
    heard = [record.at for record in outcome.records if isinstance(record.event, UserSpeechStarted)]
    paused = [record.at for record in outcome.records if isinstance(record.event, AgentSpeechPaused)]
    return [at - max(h for h in heard if h <= at) for at in paused]


async def bare_loop(count: int) -> list[float]:
    loop = asyncio.get_running_loop()
    late = []
    for _ in range(count):
        start = loop.time()
        for delay in (ENDPOINTING, LLM, TTS):
            await asyncio.sleep(delay)
        late.append(loop.time() - start - ENDPOINTING - LLM - TTS)
    return late


async def main(count: int) -> None:
    settle()
    report("bare asyncio loop, same three timers", await bare_loop(count))
    ideal = ENDPOINTING + LLM + TTS
    report(
        "added per turn, token-wise TTS", await turns(count, ScriptedTTS(delay=TTS, tokens=True), LATER, None, ideal)
    )
    report("added per turn, sentence-wise TTS", await turns(count, ScriptedTTS(delay=TTS), LATER, None, ideal))
    stable = await turns(count, ScriptedTTS(delay=TTS), QUIET, 0.2, ENDPOINTING)
    report("added, transcript stable before the pause", stable)
    report("barge-in decided -> playout stopped", await barge_ins(max(3, count // 4)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=40)
    parser.add_argument("--plain-loop", action="store_true", help="asyncio's own loop instead of server.loop")
    arguments = parser.parse_args()
    (asyncio.run if arguments.plain_loop else run)(main(arguments.turns))
