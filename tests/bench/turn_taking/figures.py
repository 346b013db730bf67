"""What the calls showed: cut-offs against delay, and what speech over the agent did."""

import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tests.bench.turn_taking.calls import Happened
from voice.audio import SPEECH_RATE
from voice.events import AgentSpeechPaused, AgentSpeechResumed, EndOfTurnScored, ReplyEnded

__all__ = ["Overlap", "Turns", "overlaps", "ranking", "turns"]

_REOPENED = 0.25
"""Seconds of new speech that a detector needs to notice it: a decision then has still cut the user off."""


@dataclass(frozen=True, slots=True)
class Turns:
    """Of some recordings. `delays`: seconds from the end of speech to the decision. `lost`: turns never decided."""

    holds: tuple[float, ...]
    cut: int
    late: int
    delays: tuple[float, ...]
    lost: tuple[str, ...]
    by: dict[str, int]

    def line(self) -> str:
        """As a row of the table, beside a timer with the same mean delay."""
        if not self.delays:
            return "nothing was decided"
        delays = sorted(self.delays)
        mean = statistics.mean(delays)
        timer = sum(hold > mean for hold in self.holds)
        count = len(self.holds)
        return (
            f"holds {count:3}  cut {share(self.cut, count)} ({self.late} of them into speech)  "
            f"timer {share(timer, count)}  |  shifts {len(delays):3}  mean {ms(mean)}  "
            f"median {ms(statistics.median(delays))}  p90 {ms(quantile(delays, 0.9))}  "
            f"lost {len(self.lost)}  by {self.by}"
        )


def turns(calls: Iterable[Happened]) -> Turns:
    """The decisions of `calls` against the labels."""
    holds: list[float] = []
    delays: list[float] = []
    lost: list[str] = []
    by: dict[str, int] = {}
    cut = late = 0
    for call in calls:
        for begin, end in call.recording.holds:
            holds.append(end - begin)
            early = [at for at, _ in call.ends if begin < at <= end + _REOPENED]
            cut += bool(early)
            late += bool(early) and early[0] > end
        after = [(at, event) for at, event in call.ends if at > call.recording.end - 0.05]
        if after:
            delays.append(after[0][0] - call.recording.end)
            by[after[0][1].by] = by.get(after[0][1].by, 0) + 1
        else:
            lost.append(call.recording.name)
    return Turns(tuple(holds), cut, late, tuple(delays), tuple(lost), by)


def ranking(calls: Sequence[Happened], detector: str) -> float:
    """The chance that a turn's end scores higher than a pause, first answers in each (AUC); nan where there is none."""
    holds: list[float] = []
    shifts: list[float] = []
    for call in calls:
        scores = [(at, e) for at, e in call.events if isinstance(e, EndOfTurnScored) and e.detector == detector]
        for begin, end in call.recording.holds:
            holds += [event.probability for at, event in scores if begin < at <= end + _REOPENED][:1]
        shifts += [event.probability for at, event in scores if at > call.recording.end][:1]
    wins = [(shift > hold) + 0.5 * (shift == hold) for shift in shifts for hold in holds]
    return statistics.mean(wins) if wins else math.nan


@dataclass(frozen=True, slots=True)
class Overlap:
    """What speech over the agent did. Seconds from its begin; None where nothing happened."""

    name: str
    silenced: float | None
    cancelled: float | None
    silence: float
    """For how long the agent was silent and then went on."""


def overlaps(calls: Iterable[Happened]) -> list[Overlap]:
    """One for each call."""
    return [_overlap(call) for call in calls]


def _overlap(call: Happened) -> Overlap:
    began = call.recording.speech[0][0] if call.recording.speech else 0.0
    paused = [at for at, _ in call.of(AgentSpeechPaused)]
    resumed = [at for at, _ in call.of(AgentSpeechResumed)]
    over = len(call.recording.samples) / SPEECH_RATE - 0.05
    ended = [at for at, event in call.of(ReplyEnded) if getattr(event, "interrupted", False) and at < over]
    silence = sum(end - begin for begin, end in zip(paused, resumed, strict=False))
    return Overlap(
        call.recording.name, paused[0] - began if paused else None, ended[0] - began if ended else None, silence
    )


def share(part: float, whole: int) -> str:
    """Per cent."""
    return f"{100 * part / max(1, whole):4.1f} %"


def ms(seconds: float) -> str:
    """Milliseconds."""
    return f"{1000 * seconds:4.0f} ms"


def quantile(values: Sequence[float], part: float) -> float:
    """Of sorted `values`."""
    return values[min(len(values) - 1, round(part * len(values)))]
