"""What the turn machine hears and what it commands: the vocabulary of `voice.turn`. Times are seconds of one clock."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

__all__ = [
    "Apologize",
    "Begin",
    "CancelReply",
    "Close",
    "Command",
    "CommitReply",
    "Detector",
    "DiscardReply",
    "EndCall",
    "EndUtterance",
    "PausePlayout",
    "ReplyAudible",
    "ReplyDone",
    "ResumePlayout",
    "Say",
    "ScoreTurn",
    "Scored",
    "SpeechStarted",
    "SpeechStopped",
    "StartReply",
    "State",
    "Transcribed",
    "TranscriptionFailed",
    "TurnEvent",
    "Typed",
]

Detector = Literal["audio", "text"]


class State(StrEnum):
    """Who has the floor."""

    LISTENING = "listening"
    USER_SPEAKING = "user_speaking"
    ENDPOINTING = "endpointing"
    THINKING = "thinking"
    SPEAKING = "speaking"
    OVERLAP = "overlap"
    FALSE_INTERRUPTION = "false_interruption"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Begin:
    """The call is connected; `greeting` may be empty."""

    greeting: str


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """VAD: the user began to speak at `at`. `utterance` numbers what the STT hears as one piece."""

    at: float
    utterance: int


@dataclass(frozen=True, slots=True)
class SpeechStopped:
    """VAD: the last sound of speech was at `at`."""

    at: float


@dataclass(frozen=True, slots=True)
class Transcribed:
    """The best text of the whole utterance. `final`: it covers all speech up to the last pause."""

    utterance: int
    text: str
    final: bool = False
    stable: bool = False


@dataclass(frozen=True, slots=True)
class Scored:
    """A detector's answer to the question with that number."""

    detector: Detector
    question: int
    probability: float


@dataclass(frozen=True, slots=True)
class TranscriptionFailed:
    """The STT gave up on this utterance: the user spoke and we do not know what."""

    utterance: int


@dataclass(frozen=True, slots=True)
class Typed:
    """The user wrote instead of speaking."""

    text: str


@dataclass(frozen=True, slots=True)
class ReplyAudible:
    """The first frame of a reply was played."""

    reply: int


@dataclass(frozen=True, slots=True)
class ReplyDone:
    """All of a reply was played, or it failed. `question`: the last thing it said was one."""

    reply: int
    question: bool = False


@dataclass(frozen=True, slots=True)
class Close:
    """The call is over."""

    reason: str


TurnEvent = (
    Begin
    | SpeechStarted
    | SpeechStopped
    | Transcribed
    | Scored
    | TranscriptionFailed
    | Typed
    | ReplyAudible
    | ReplyDone
    | Close
)


@dataclass(frozen=True, slots=True)
class StartReply:
    """Begin to answer `text`, silently and without side effects."""

    reply: int
    text: str
    preemptive: bool


@dataclass(frozen=True, slots=True)
class CommitReply:
    """The turn has ended with `text`: the reply may be heard and may act. `silence` is None for typed text."""

    reply: int
    text: str
    by: str
    silence: float | None


@dataclass(frozen=True, slots=True)
class DiscardReply:
    """Drop a reply that was never committed: as if it had not been asked for."""

    reply: int


@dataclass(frozen=True, slots=True)
class CancelReply:
    """The user took the floor: stop a committed reply and keep what was heard."""

    reply: int


@dataclass(frozen=True, slots=True)
class PausePlayout:
    """Stop the output at the next frame, keep the rest."""

    reply: int


@dataclass(frozen=True, slots=True)
class ResumePlayout:
    """Go on where the output was paused."""

    reply: int
    why: Literal["noise", "backchannel"]


@dataclass(frozen=True, slots=True)
class Say:
    """Speak a fixed line as a committed reply."""

    reply: int
    text: str


@dataclass(frozen=True, slots=True)
class Apologize:
    """Say that something broke, as a committed reply."""

    reply: int


@dataclass(frozen=True, slots=True)
class ScoreTurn:
    """Ask a detector whether the user has finished; answer with Scored."""

    detector: Detector
    question: int
    text: str
    silence: float


@dataclass(frozen=True, slots=True)
class EndUtterance:
    """What the STT heard so far is dealt with; the next speech is a new utterance."""


@dataclass(frozen=True, slots=True)
class EndCall:
    """Hang up."""

    reason: str


Command = (
    StartReply
    | CommitReply
    | DiscardReply
    | CancelReply
    | PausePlayout
    | ResumePlayout
    | Say
    | Apologize
    | ScoreTurn
    | EndUtterance
    | EndCall
)
