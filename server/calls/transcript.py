"""`transcript.json`: what was said and done in a call, and where the time went. A pure fold over the event stream.

    {"format": 1, "agent": "Lisa", "ended": "hangup", "seconds": 41.2,
     "entries": [{"at": 4.2, "turn": 1, "who": "caller", "text": "..."},
                 {"at": 5.0, "turn": 1, "who": "tool", "name": "...", "arguments": {}, "result": "...",
                  "is_error": false, "seconds": 0.08},
                 {"at": 5.9, "turn": 1, "who": "agent", "text": "what was heard", "interrupted": false}],
     "timings": [{"turn": 1, "text": "...", "by": "agreed", "decided": 0.2, "first_token": 0.3, ...}]}

Times are seconds; `at` counts from the beginning of the call, `timings` holds the fields of `voice.metrics.TurnTiming`
and their `total`. `ended` is null when the call was cut off; the sentence that was being said then stands there whole.
"""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from voice.events import (
    AgentSaid,
    AgentSpeechStarted,
    Record,
    ReplyEnded,
    SessionEnded,
    SessionStarted,
    ToolCallFinished,
    ToolCallStarted,
    UserTurnEnded,
)
from voice.metrics import turn_timings

__all__ = ["FORMAT", "transcript"]

FORMAT = 1


def transcript(records: Sequence[Record]) -> dict[str, Any]:
    """The object that is written as JSON."""
    head: dict[str, Any] = {"format": FORMAT, "agent": "", "ended": None, "seconds": 0.0}
    for record in records:
        head["seconds"] = round(record.at, 3)
        match record.event:
            case SessionStarted(agent):
                head["agent"] = agent
            case SessionEnded(reason):
                head["ended"] = reason
    timings = [_rounded(asdict(timing) | {"total": timing.total}) for timing in turn_timings(records)]
    return head | {"entries": _entries(records), "timings": timings}


def _entries(records: Sequence[Record]) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = []
    calls: dict[str, dict[str, Any]] = {}
    replies: dict[int, dict[str, Any]] = {}

    def entry(record: Record, who: str, **fields: Any) -> dict[str, Any]:
        entries.append({"at": round(record.at, 3), "turn": record.turn, "who": who, **fields})
        return entries[-1]

    for record in records:
        match record.event:
            case UserTurnEnded(text):
                entry(record, "caller", text=text)
            case AgentSpeechStarted(reply):
                replies[reply] = entry(record, "agent", text="", interrupted=False)
            case AgentSaid(reply, text) if reply in replies:  # until it is known what was heard
                replies[reply]["text"] = f"{replies[reply]['text']} {text}".strip()
            case ReplyEnded(reply, heard, interrupted) if reply in replies:
                replies[reply].update(text=heard, interrupted=interrupted)
            case ToolCallStarted(call=call, name=name, arguments=arguments):
                calls[call] = entry(record, "tool", name=name, arguments=dict(arguments), result=None)
            case ToolCallFinished(call=call, text=text, is_error=is_error, seconds=seconds) if call in calls:
                calls[call].update(result=text, is_error=is_error, seconds=round(seconds, 3))
    return entries


def _rounded(timing: dict[str, Any]) -> dict[str, Any]:
    return {name: round(value, 4) if isinstance(value, float) else value for name, value in timing.items()}
