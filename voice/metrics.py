"""Where a turn's milliseconds went and what a call has used: folds over the event stream, live or replayed."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from voice.events import (
    AgentSpeechStarted,
    AudioUsed,
    FirstToken,
    Record,
    ReplyDiscarded,
    ReplyEnded,
    TokensUsed,
    ToolCallFinished,
    UserTurnEnded,
)

__all__ = ["CallUsage", "TurnTiming", "turn_timings", "usage"]


@dataclass(frozen=True, slots=True)
class TurnTiming:
    """One user turn; seconds. None: did not happen (or does not apply: a typed turn has no end of speech).

    The three parts follow each other and add up to `total`; a preemptive reply that was ready at the decision took 0.
    """

    turn: int
    text: str
    by: str
    decided: float | None
    """End of speech -> end of turn decided."""
    first_token: float | None = None
    """Decided -> first token of the answer."""
    first_audio: float | None = None
    """First token -> first audio."""
    tools: float | None = None
    """Spent in tools, all calls added up."""
    heard: str = ""
    interrupted: bool = False

    @property
    def total(self) -> float | None:
        """End of speech (of typed turns: the decision) -> first audio."""
        if self.first_token is None or self.first_audio is None:
            return None
        return (self.decided or 0.0) + self.first_token + self.first_audio


def turn_timings(records: Iterable[Record]) -> list[TurnTiming]:
    """The turns of a call, in order."""
    tokens: dict[int, float] = {}
    decided: dict[int, float] = {}
    turns: dict[int, TurnTiming] = {}
    for record in records:
        match record.event:
            case FirstToken(reply, step=1):
                tokens[reply] = record.at
                if reply in turns:
                    turns[reply] = replace(turns[reply], first_token=record.at - decided[reply])
            case ReplyDiscarded(reply):
                tokens.pop(reply, None)  # one with the same number may be made anew
            case UserTurnEnded(text, by, silence, reply) if reply:  # an answer to a question has no reply of its own
                decided[reply] = record.at
                waited = 0.0 if reply in tokens else None
                turns[reply] = TurnTiming(record.turn, text, by, silence, first_token=waited)
            case AgentSpeechStarted(reply) if reply in turns:
                since = max(tokens.get(reply, record.at), decided[reply])
                turns[reply] = replace(turns[reply], first_token=since - decided[reply], first_audio=record.at - since)
            case ToolCallFinished(reply=reply, seconds=seconds) if reply in turns:
                turns[reply] = replace(turns[reply], tools=(turns[reply].tools or 0.0) + seconds)
            case ReplyEnded(reply, heard, interrupted) if reply in turns:
                turns[reply] = replace(turns[reply], heard=heard, interrupted=interrupted)
    return list(turns.values())


@dataclass(frozen=True, slots=True)
class CallUsage:
    """What one call has used: tokens of the LLM (`cached` of the `input`), seconds of audio heard and spoken."""

    input: int = 0
    output: int = 0
    cached: int = 0
    heard: float = 0.0
    spoken: float = 0.0


def usage(records: Iterable[Record]) -> CallUsage:
    """The totals of a call so far."""
    total = CallUsage()
    for record in records:
        match record.event:
            case TokensUsed(input=tokens, output=output, cached=cached):
                total = replace(
                    total, input=total.input + tokens, output=total.output + output, cached=total.cached + cached
                )
            case AudioUsed(heard, spoken):
                total = replace(total, heard=total.heard + heard, spoken=total.spoken + spoken)
    return total
