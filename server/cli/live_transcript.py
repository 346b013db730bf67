"""A conversation as lines of text, while it happens. Pure: records in, lines out."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from voice.events import (
    AgentSaid,
    AgentSpeechPaused,
    AgentSpeechResumed,
    Event,
    Failed,
    FirstToken,
    Record,
    ReplyEnded,
    ToolCallFinished,
    ToolCallStarted,
    UserTurnEnded,
)
from voice.metrics import TurnTiming

__all__ = ["LiveTranscript", "call_text", "failure_text", "timing_table"]

_LONGEST = 300
"""Characters of a tool's result that are shown."""
_WHY = {"noise": "it was only noise", "backchannel": "it was only a backchannel"}


class LiveTranscript:
    """What to print for each record. `written`: the agent writes, so its words come in pieces that are joined here."""

    def __init__(self, written: bool = False) -> None:
        self.written = written
        self._pieces: list[str] = []

    def lines(self, record: Record) -> Iterator[str]:
        """The lines that `record` adds."""
        if isinstance(record.event, AgentSaid) and self.written:
            self._pieces.append(record.event.text)
            return
        if isinstance(record.event, FirstToken | ToolCallStarted | ReplyEnded | Failed):
            yield from self._joined(record.at)
        yield from _lines(record.at, record.event)

    def _joined(self, at: float) -> Iterator[str]:
        text = "".join(self._pieces).strip()
        self._pieces.clear()
        if text:
            yield _line(at, "agent", text)


def _lines(at: float, event: Event) -> Iterator[str]:
    match event:
        case UserTurnEnded(text):
            yield _line(at, "caller", text)
        case AgentSaid(text=text):
            yield _line(at, "agent", text)
        case ToolCallStarted(name=name, arguments=arguments):
            yield _line(at, "tool", call_text(name, arguments))
        case ToolCallFinished(name=name, text=text, is_error=is_error, seconds=seconds):
            outcome = "failed:" if is_error else "->"
            yield _line(at, "tool", f"{name} {outcome} {_short(text)} ({seconds:.2f} s)")
        case AgentSpeechPaused():
            yield _line(at, "", "(the caller speaks, the agent pauses)")
        case AgentSpeechResumed(why=why):
            yield _line(at, "", f"({_WHY.get(why, why)}, the agent goes on)")
        case ReplyEnded(heard=heard, interrupted=True):
            yield _line(at, "", f"(interrupted; the caller heard: {heard!r})" if heard else "(interrupted unheard)")
        case Failed():
            yield _line(at, "failed", failure_text(event))


def failure_text(failed: Failed) -> str:
    """Stage and message; a provider's own message begins with its stage."""
    return failed.message if failed.message.startswith(failed.stage) else f"{failed.stage}: {failed.message}"


def call_text(name: str, arguments: Mapping[str, Any]) -> str:
    """`name(key="value", ...)`, whole."""
    written = ", ".join(f"{key}={json.dumps(value, ensure_ascii=False)}" for key, value in arguments.items())
    return f"{name}({written})"


def timing_table(timings: list[TurnTiming]) -> Iterator[str]:
    """Where each turn's time went, in milliseconds."""
    yield "from the end of speech: until the turn was decided, then to the first token, then to the first audio"
    yield "turn  ended by      decided    token    audio    total    tools  what was said"
    for timing in timings:
        steps = (timing.decided, timing.first_token, timing.first_audio, timing.total, timing.tools)
        cells = " ".join(_milliseconds(seconds) for seconds in steps)
        yield f"{timing.turn:4}  {timing.by:10} {cells}  {_short(timing.text, 40)}"


def _milliseconds(seconds: float | None) -> str:
    return f"{'-' if seconds is None else f'{seconds * 1000:.0f} ms':>8}"


def _line(at: float, who: str, text: str) -> str:
    return f"{at:7.2f}  {who:6}  {text}"


def _short(text: str, longest: int = _LONGEST) -> str:
    joined = " ".join(text.split())
    return joined if len(joined) <= longest else joined[: longest - 3] + "..."
