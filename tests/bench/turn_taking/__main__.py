"""Turn-taking on recorded people: real session, real VAD, STT and turn detectors.

    python -m tests.bench.turn_taking [turns] [interruptions] [words] [--text rule|llama|off] [--audio off]
                                      [--part report] [--every N] [--log FILE]

`turns`: every pause inside the turns of `tests/speech` (a hold) and every end (a shift). Printed: holds in which the
turn was taken for finished, delays from the end of speech by the labels, and a timer with the same mean delay beside
it; each detector's AUC, and the CPU time of each model's jobs. `interruptions`: the beginnings of these turns, and
listeners' sounds, over an agent that speaks. `words`: the STT's word error rate. Waiting is skipped, computing counts
(`clock`). Numbers of the product are chosen on the part "tune" only.
"""

import argparse
import dataclasses
import json
import statistics
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tests.bench.turn_taking import clock, recordings
from tests.bench.turn_taking.calls import INSTRUCTIONS, Happened, listen, speak_over
from tests.bench.turn_taking.figures import Overlap, ms, overlaps, quantile, ranking, share, turns
from tests.bench.turn_taking.recordings import HEAD, Recording
from tests.bench.turn_taking.words import report_words
from voice.agent import Models
from voice.audio import SPEECH_RATE
from voice.chat import Chat
from voice.policy import EndpointingPolicy, InterruptionPolicy, TurnPolicy
from voice.providers.llama.llm import LlamaCppLLM
from voice.providers.moonshine.stt import Moonshine
from voice.providers.rule import RuleTurnDetector
from voice.providers.scripted import ScriptedLLM, ScriptedTTS
from voice.providers.silero import SileroVAD
from voice.providers.smart_turn.detector import SmartTurn

PARTS = ("tune", "report")
_BEGINNING = 2.5
"""Seconds of a turn that are played over the agent."""
_AFTER = 2.6
"""Seconds of room after speech over the agent."""
_LOUDNESS = (0.35, 0.7, 1.0, 1.4)
"""Each listener's sound is played so loud."""


async def open_models(arguments: argparse.Namespace) -> Models:
    text: Any = None
    if arguments.text == "llama":
        text = LlamaCppLLM()
        await text.warm(Chat(INSTRUCTIONS), [])
    elif arguments.text == "rule":
        text = RuleTurnDetector()
    audio = SmartTurn() if arguments.audio != "off" else None
    return Models(ScriptedLLM(), Moonshine(), ScriptedTTS(), SileroVAD(), audio, text)


async def main(arguments: argparse.Namespace) -> None:
    models = await open_models(arguments)
    policy = TurnPolicy(
        EndpointingPolicy(**json.loads(arguments.endpointing)), InterruptionPolicy(**json.loads(arguments.interruption))
    )
    log = arguments.log.open("w") if arguments.log else None
    chosen = [one for one in recordings.turns() if one.part in (arguments.part or PARTS)][:: arguments.every]
    try:
        if "words" in arguments.what and models.stt:
            await report_words(models.stt)
        if "turns" in arguments.what:
            silent = dataclasses.replace(models, tts=None)
            calls = [note(log, await listen(one, silent, policy)) for one in chosen]
            report_turns(calls)
        if "interruptions" in arguments.what:
            heard = [note(log, await speak_over(one, models, policy)) for one in map(beginning, chosen)]
            report_interruptions(heard)
            sounds = [louder(one, gain) for one in recordings.listeners() for gain in _LOUDNESS]
            report_listeners([note(log, await speak_over(one, models, policy)) for one in sounds])
    finally:
        for model in (models.stt, models.vad, models.audio_turn, models.text_turn):
            if close := getattr(model, "aclose", None):
                await close()


def note(log: Any, call: Happened) -> Happened:
    """Write what happened to the log, a line for each call."""
    if log:
        events = [(round(at, 3), type(event).__name__, dataclasses.asdict(event)) for at, event in call.events]
        about = {"name": call.recording.name, "part": call.recording.part, "speech": call.recording.speech}
        log.write(json.dumps(about | {"events": events}, default=str) + "\n")
        log.flush()
    return call


def beginning(turn: Recording) -> Recording:
    """The first seconds of a turn, and then silence."""
    begin, _ = turn.speech[0]
    until = begin + _BEGINNING
    spans = tuple((first, min(last, until)) for first, last in turn.speech if first < until)
    kept = turn.samples[: round(until * SPEECH_RATE)]
    room = np.resize(turn.samples[: round(HEAD * SPEECH_RATE)], round(_AFTER * SPEECH_RATE))
    return dataclasses.replace(turn, samples=np.concatenate((kept, room)), speech=spans)


def louder(sound: Recording, gain: float) -> Recording:
    """The recording so many times as loud."""
    samples = np.clip(sound.samples * gain, -32768, 32767).astype(np.int16)
    return dataclasses.replace(sound, name=f"{sound.name} x{gain:g}", samples=samples)


def report_turns(calls: Sequence[Happened]) -> None:
    for part in PARTS:
        those = [call for call in calls if call.recording.part == part]
        if not those:
            continue
        print(f"--- turns, part {part!r}")
        for name in ("all", *sorted({call.recording.set for call in those})):
            print(f"{name:<11}", turns(call for call in those if name in ("all", call.recording.set)).line())
        print("AUC        ", *(f"{name} {ranking(those, name):.2f}" for name in ("audio", "text")))
    print("CPU        ", *(f"{name}: {cost(one.jobs)};" for name, one in clock.spent.items()), flush=True)


def cost(jobs: Iterable[float]) -> str:
    """Of a model's jobs."""
    each = sorted(jobs)
    return f"{len(each)} jobs, median {ms(statistics.median(each))}, p90 {ms(quantile(each, 0.9))}"


def report_interruptions(calls: Sequence[Happened]) -> None:
    for part in PARTS:
        those = overlaps(call for call in calls if call.recording.part == part)
        if those:
            silenced, cancelled = within(those, "silenced", 0.4), within(those, "cancelled", 0.6)
            medians = [middle(those, name) for name in ("silenced", "cancelled")]
            print(f"--- interruptions, part {part!r}: {len(those)}; silent in 0.4 s {silenced};", end=" ")
            print(f"cancelled in 0.6 s {cancelled}; medians", *medians, flush=True)


def report_listeners(calls: Sequence[Happened]) -> None:
    those = overlaps(calls)
    stopped = [one.name for one in those if one.cancelled is not None]
    silences = [one.silence for one in those if one.cancelled is None]
    print(f"--- listeners' sounds: {len(those)}; stop the agent {share(len(stopped), len(those))}", stopped)
    print(f"silence median {ms(statistics.median(silences))}, longest {ms(max(silences))}", flush=True)


def within(those: Sequence[Overlap], name: str, limit: float) -> str:
    """The share that did it in `limit` seconds."""
    return share(sum((getattr(one, name) or 9.0) <= limit for one in those), len(those))


def middle(those: Sequence[Overlap], name: str) -> str:
    """Median of those that did it."""
    found = [value for one in those if (value := getattr(one, name)) is not None]
    return ms(statistics.median(found)) if found else "-"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="*", default=["turns", "interruptions"], help="turns, interruptions, words")
    parser.add_argument("--text", default="llama", choices=("llama", "rule", "off"))
    parser.add_argument("--audio", default="on", choices=("on", "off"))
    parser.add_argument("--part", choices=PARTS, action="append")
    parser.add_argument("--every", type=int, default=1, help="only every n-th turn")
    parser.add_argument("--endpointing", default="{}", help="numbers of EndpointingPolicy as JSON")
    parser.add_argument("--interruption", default="{}", help="numbers of InterruptionPolicy as JSON")
    parser.add_argument("--log", type=Path, help="write every event to this file, a call a line")
    clock.run(main(parser.parse_args()))
