"""Everything a session tells the world: one stream, consumed by logs, metrics, transcripts and user interfaces.

A `Record` is an event with its time (seconds since the session began) and turn (the user turn it belongs to; 0 is
before the first). `to_json` gives the line that goes into `events.jsonl`; FORMAT is that format's version and changes
when a consumer could break. Consumers must ignore types and fields they do not know.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from math import isfinite
from typing import Any, get_args

__all__ = [
    "FORMAT",
    "AgentSaid",
    "AgentSpeechPaused",
    "AgentSpeechResumed",
    "AgentSpeechStarted",
    "AgentSwitched",
    "AudioUsed",
    "EndOfTurnScored",
    "Event",
    "Failed",
    "FirstToken",
    "Lost",
    "NoteTaken",
    "QuestionAsked",
    "QuestionClosed",
    "Record",
    "ReplyDiscarded",
    "ReplyEnded",
    "ReplyStarted",
    "SessionEnded",
    "SessionStarted",
    "StateChanged",
    "TokensUsed",
    "ToolCallFinished",
    "ToolCallStarted",
    "ToolProgressed",
    "ToolServerChanged",
    "ToolsChanged",
    "UserNotUnderstood",
    "UserSpeechStarted",
    "UserSpeechStopped",
    "UserTranscript",
    "UserTurnEnded",
    "from_json",
    "to_json",
    "written_json",
]

FORMAT = 1


@dataclass(frozen=True, slots=True)
class SessionStarted:
    """The call began."""

    agent: str


@dataclass(frozen=True, slots=True)
class SessionEnded:
    """The call ended. `reason`: "hangup", "user_silent", "failed", "closed" or what `hang_up` was given."""

    reason: str


@dataclass(frozen=True, slots=True)
class StateChanged:
    """Who has the floor now: a `voice.turn.State`."""

    state: str


@dataclass(frozen=True, slots=True)
class UserSpeechStarted:
    """VAD: the user began to speak, `ago` seconds before this event."""

    ago: float


@dataclass(frozen=True, slots=True)
class UserSpeechStopped:
    """VAD: the user paused; the last sound of speech was `ago` seconds before this event."""

    ago: float


@dataclass(frozen=True, slots=True)
class UserNotUnderstood:
    """The user spoke for `seconds`, and the STT found no words in it, asked twice."""

    seconds: float


@dataclass(frozen=True, slots=True)
class UserTranscript:
    """The best text of the turn so far."""

    text: str
    final: bool


@dataclass(frozen=True, slots=True)
class EndOfTurnScored:
    """A detector ("audio" or "text") answered whether the user has finished, after `silence` seconds."""

    detector: str
    probability: float
    silence: float


@dataclass(frozen=True, slots=True)
class UserTurnEnded:
    """The turn was decided: `by` says why ("agreed", "silence", "limit", "typed", "answered", ...).

    `silence`: seconds since the end of speech, None for typed text. `reply`: the reply that answers it, 0 where it is
    the answer to a question.
    """

    text: str
    by: str
    silence: float | None
    reply: int


@dataclass(frozen=True, slots=True)
class ReplyStarted:
    """A reply was asked for; a `preemptive` one is silent and powerless until its turn has ended."""

    reply: int
    preemptive: bool


@dataclass(frozen=True, slots=True)
class ReplyDiscarded:
    """A preemptive reply was thrown away: the user went on."""

    reply: int


@dataclass(frozen=True, slots=True)
class FirstToken:
    """The model answered with its first token or tool call; `step` counts the requests of this reply from 1."""

    reply: int
    step: int


@dataclass(frozen=True, slots=True)
class ToolCallStarted:
    """A tool is running."""

    reply: int
    call: str
    name: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ToolCallFinished:
    """A tool came back after `seconds`; `text` is what the model reads."""

    reply: int
    call: str
    name: str
    is_error: bool
    text: str
    seconds: float


@dataclass(frozen=True, slots=True)
class AgentSpeechStarted:
    """The first frame of this reply was played."""

    reply: int


@dataclass(frozen=True, slots=True)
class AgentSaid:
    """The agent begins to say `text` now. In writing these are pieces that join as they are, spaces included."""

    reply: int
    text: str


@dataclass(frozen=True, slots=True)
class AgentSpeechPaused:
    """The user spoke over the agent; the output is silent."""

    reply: int


@dataclass(frozen=True, slots=True)
class AgentSpeechResumed:
    """It was nothing (`why`: "noise", "backchannel"); the agent goes on where it stopped."""

    reply: int
    why: str


@dataclass(frozen=True, slots=True)
class ReplyEnded:
    """The reply is over. `heard`: what the user heard of it, to the word."""

    reply: int
    heard: str
    interrupted: bool


@dataclass(frozen=True, slots=True)
class Failed:
    """Something broke. `stage`: "stt", "llm", "tts", "vad", "turn", "tools" or "session"; `code` is stable."""

    stage: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class TokensUsed:
    """The LLM counted what a request has cost since the last such event of it; they add up.

    `input` counts the whole prompt, of which `cached` tokens were read from a cache. `step` counts the requests of the
    reply from 1. Reply 0 is none: a summary of older turns.
    """

    reply: int
    step: int
    input: int
    output: int
    cached: int


@dataclass(frozen=True, slots=True)
class AudioUsed:
    """Seconds of the user's audio transcribed and of speech synthesised since the last such event; they add up."""

    heard: float
    spoken: float


@dataclass(frozen=True, slots=True)
class QuestionAsked:
    """The agent begins to ask `text` for the tool call `call`, or for whoever runs the session ("")."""

    question: int
    call: str
    text: str


@dataclass(frozen=True, slots=True)
class QuestionClosed:
    """A question has its outcome: the user's words, or None for no answer."""

    question: int
    answer: str | None


@dataclass(frozen=True, slots=True)
class ToolProgressed:
    """A running tool call tells how far it is. `share`: 0 to 1, None where it does not know."""

    call: str
    message: str
    share: float | None


@dataclass(frozen=True, slots=True)
class ToolServerChanged:
    """An MCP server is in another state; `reason`: why it is not ready."""

    server: str
    state: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class ToolsChanged:
    """The list of tools is another one from now on."""

    revision: int


@dataclass(frozen=True, slots=True)
class NoteTaken:
    """The model is told something by somebody else than the user."""

    text: str
    source: str


@dataclass(frozen=True, slots=True)
class AgentSwitched:
    """Another agent answers from now on."""

    agent: str


@dataclass(frozen=True, slots=True)
class Lost:
    """Only in a subscription that was too far behind: so many records are missing here."""

    records: int


Event = (
    SessionStarted
    | SessionEnded
    | StateChanged
    | UserSpeechStarted
    | UserSpeechStopped
    | UserNotUnderstood
    | UserTranscript
    | EndOfTurnScored
    | UserTurnEnded
    | ReplyStarted
    | ReplyDiscarded
    | FirstToken
    | ToolCallStarted
    | ToolCallFinished
    | AgentSpeechStarted
    | AgentSaid
    | AgentSpeechPaused
    | AgentSpeechResumed
    | ReplyEnded
    | Failed
    | TokensUsed
    | AudioUsed
    | QuestionAsked
    | QuestionClosed
    | ToolProgressed
    | ToolServerChanged
    | ToolsChanged
    | NoteTaken
    | AgentSwitched
    | Lost
)


@dataclass(frozen=True, slots=True)
class Record:
    """An event, when (seconds since the session began), in which user turn, of which call."""

    at: float
    turn: int
    event: Event
    call: str = ""


def _type_name(cls: type) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in cls.__name__).lstrip("_")


_TYPES: dict[str, type] = {_type_name(cls): cls for cls in get_args(Event)}


def to_json(record: Record) -> str:
    """One line: {"v": 1, "id": "...", "at": 1.234, "turn": 2, "type": "user_transcript", ...the event's own fields}.

    "id" is the call's.
    """
    head = {
        "v": FORMAT,
        "id": record.call,
        "at": round(record.at, 4),
        "turn": record.turn,
        "type": _type_name(type(record.event)),
    }
    return written_json(head | asdict(record.event))


def written_json(data: Any, indent: int | None = None) -> str:
    """`data` as JSON that any reader takes and any file: half a character is escaped, no number is null."""
    try:
        text = json.dumps(data, ensure_ascii=False, allow_nan=False, indent=indent, default=str)
    except ValueError:
        text = json.dumps(_finite(data), ensure_ascii=False, indent=indent, default=str)
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _finite(data: Any) -> Any:
    if isinstance(data, float):
        return data if isfinite(data) else None
    if isinstance(data, Mapping):
        return {key: _finite(value) for key, value in data.items()}
    return [_finite(value) for value in data] if isinstance(data, list | tuple) else data


def from_json(line: str) -> Record:
    """The record written by `to_json`; fields that a later version added are left out.

    Raises ValueError for another format or an unknown type.
    """
    data = json.loads(line)
    if data.pop("v", None) != FORMAT:
        raise ValueError(f"not an event of format {FORMAT}: {line[:80]}")
    at, turn, name, call = data.pop("at"), data.pop("turn"), data.pop("type"), data.pop("id", "")
    if name not in _TYPES:
        raise ValueError(f"unknown event type {name!r}")
    known = {field.name for field in fields(_TYPES[name])}
    return Record(at, turn, _TYPES[name](**{key: value for key, value in data.items() if key in known}), call)
