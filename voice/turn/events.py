"""What the agenda and the turn machine hear, and what they command. Times are seconds of one clock.

Whatever the agent says is an item: an answer, a question of a tool, an announcement, news, progress. Items, and replies
that are only prepared, are numbered in one sequence.
"""

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Literal

__all__ = [
    "AgentAudible",
    "AgentTakes",
    "AgentYields",
    "Answer",
    "Apologize",
    "AskDetector",
    "Attach",
    "Audible",
    "Begin",
    "CancelQuestion",
    "CancelReply",
    "CancelTurn",
    "Close",
    "Command",
    "CommitReply",
    "CommitTurn",
    "Digit",
    "Discard",
    "DiscardReply",
    "Drained",
    "Drop",
    "EndCall",
    "EndTurn",
    "EndUtterance",
    "Event",
    "Finished",
    "FloorCommand",
    "FlushUtterance",
    "Interrupt",
    "Item",
    "MaybeSpeech",
    "NotHeard",
    "Offer",
    "PausePlayout",
    "Prepare",
    "Rank",
    "ResumePlayout",
    "Settled",
    "Speak",
    "SpeechStarted",
    "SpeechStopped",
    "StartReply",
    "StartTurn",
    "State",
    "Stop",
    "Transcribed",
    "TranscriptionFailed",
    "TurnEvent",
    "Typed",
    "Voted",
    "Withdrawn",
]


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


class Rank(IntEnum):
    """Who speaks first, and whom an item may interrupt: a question and progress may be said while a reply waits."""

    QUESTION = 0
    REPLY = 1
    SAY = 2
    NEWS = 3
    PROGRESS = 4


@dataclass(frozen=True, slots=True)
class Item:
    """Something the agent has to say. `owner`: the tool call it belongs to. `interruptible`: by the user's voice.

    Of news `note` is what the LLM is to tell, who tells it is its `source`, and `text` is said where the LLM cannot. A
    `last` item ends the call.
    """

    number: int
    rank: Rank
    text: str = field(default="", compare=False)
    owner: str = ""
    interruptible: bool = True
    last: bool = False
    note: str = field(default="", compare=False)
    source: str = field(default="", compare=False)


# --- what the turn machine hears


@dataclass(frozen=True, slots=True)
class Begin:
    """The call is connected; `greeting` may be empty."""

    greeting: str
    interruptible: bool = True


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
class MaybeSpeech:
    """VAD, in a pause: what may be speech again has begun (`heard`), or it was too short to be any."""

    heard: bool


@dataclass(frozen=True, slots=True)
class Transcribed:
    """The best text of the whole utterance. `final`: it covers all speech up to the last pause."""

    utterance: int
    text: str
    final: bool = False
    stable: bool = False


@dataclass(frozen=True, slots=True)
class Voted:
    """Somebody says how probable it is that the user has finished: in answer to `question`, or unasked (None)."""

    name: str
    question: int | None
    probability: float


@dataclass(frozen=True, slots=True)
class TranscriptionFailed:
    """The STT gave up on this utterance, or found no words in it (`empty`): the user spoke and we do not know what."""

    utterance: int
    empty: bool = False


@dataclass(frozen=True, slots=True)
class Typed:
    """The user wrote, or pressed keys, instead of speaking."""

    text: str
    by: str = "typed"


@dataclass(frozen=True, slots=True)
class Digit:
    """The user pressed a key of a telephone: 0 to 9, *, # or A to D."""

    key: str


@dataclass(frozen=True, slots=True)
class StartTurn:
    """Manual turns: the user's turn begins now, as `utterance`, which is being heard already."""

    utterance: int


@dataclass(frozen=True, slots=True)
class CommitTurn:
    """Manual turns: the user's turn is over."""


@dataclass(frozen=True, slots=True)
class CancelTurn:
    """Manual turns: forget what was said."""


@dataclass(frozen=True, slots=True)
class Interrupt:
    """In: the agent shall stop speaking. Out: the user took the floor."""


@dataclass(frozen=True, slots=True)
class Close:
    """The call is over."""

    reason: str


@dataclass(frozen=True, slots=True)
class AgentTakes:
    """The agent has something to say or to do."""

    interruptible: bool = True


@dataclass(frozen=True, slots=True)
class AgentAudible:
    """The agent is heard."""


@dataclass(frozen=True, slots=True)
class AgentYields:
    """The agent has said what it had to say. `question`: the last thing was one."""

    question: bool = False


TurnEvent = (
    SpeechStarted
    | SpeechStopped
    | MaybeSpeech
    | Transcribed
    | Voted
    | TranscriptionFailed
    | Typed
    | StartTurn
    | CommitTurn
    | CancelTurn
    | Interrupt
    | Close
    | AgentTakes
    | AgentAudible
    | AgentYields
)


# --- what the turn machine commands


@dataclass(frozen=True, slots=True)
class Prepare:
    """`text` is likely to be the turn: an answer may be prepared, under this number."""

    number: int
    text: str


@dataclass(frozen=True, slots=True)
class Discard:
    """The turn is not what the prepared answer with this number answers."""

    number: int


@dataclass(frozen=True, slots=True)
class EndTurn:
    """The user's turn is over. `silence`: seconds since the end of speech, None where nobody spoke. `prepared`: the
    number of an answer that was prepared on this text, if any."""

    text: str
    by: str
    silence: float | None
    prepared: int | None


@dataclass(frozen=True, slots=True)
class NotHeard:
    """The user spoke and nobody knows what: the STT broke, or heard no words (`empty`)."""

    empty: bool = False


@dataclass(frozen=True, slots=True)
class AskDetector:
    """Ask a turn detector whether the user has finished; answer with Voted."""

    detector: str
    question: int
    text: str
    silence: float


@dataclass(frozen=True, slots=True)
class FlushUtterance:
    """Manual turns: the STT shall give its final text now."""


@dataclass(frozen=True, slots=True)
class EndUtterance:
    """What the STT heard so far is dealt with; the next speech is a new utterance."""


@dataclass(frozen=True, slots=True)
class PausePlayout:
    """Be silent at once, keep the rest."""


@dataclass(frozen=True, slots=True)
class ResumePlayout:
    """Go on where the output was paused."""

    why: Literal["noise", "backchannel"]


@dataclass(frozen=True, slots=True)
class EndCall:
    """Hang up."""

    reason: str


FloorCommand = (
    Prepare
    | Discard
    | EndTurn
    | NotHeard
    | AskDetector
    | FlushUtterance
    | EndUtterance
    | PausePlayout
    | ResumePlayout
    | Interrupt
    | EndCall
)


# --- what the agenda hears besides


@dataclass(frozen=True, slots=True)
class Offer:
    """Somebody wants to speak."""

    item: Item


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """Nobody wants to hear the item any more."""

    number: int


@dataclass(frozen=True, slots=True)
class Settled:
    """The tool call `owner` came back: its progress and its questions are moot."""

    owner: str


@dataclass(frozen=True, slots=True)
class Audible:
    """The first sound of an item, or of a reply that goes on after a rest."""

    number: int


@dataclass(frozen=True, slots=True)
class Drained:
    """A reply waits for its tools, and all it had to say so far was heard."""

    number: int


@dataclass(frozen=True, slots=True)
class Finished:
    """An item was heard to its end, or cannot be said. `question`: its last words are one."""

    number: int
    question: bool = False


Event = TurnEvent | Begin | Digit | Offer | Withdrawn | Settled | Audible | Drained | Finished


# --- what the agenda commands


@dataclass(frozen=True, slots=True)
class StartReply:
    """Begin to answer `text`, silently and without side effects."""

    reply: int
    text: str
    preemptive: bool


@dataclass(frozen=True, slots=True)
class CommitReply:
    """The turn has ended with `text`: the reply has the mouth and may act. `silence` is None where nobody spoke."""

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
class Speak:
    """The item has the mouth now: say it."""

    item: Item


@dataclass(frozen=True, slots=True)
class Apologize:
    """The mouth is for saying that something broke."""

    item: Item


@dataclass(frozen=True, slots=True)
class Attach:
    """The reply, which gave the mouth away while it waited, has it again."""

    reply: int


@dataclass(frozen=True, slots=True)
class Stop:
    """The item that has the mouth is cut short; what was heard of it is kept."""

    number: int


@dataclass(frozen=True, slots=True)
class Drop:
    """The item will not be said."""

    number: int


@dataclass(frozen=True, slots=True)
class Answer:
    """The user's turn `text` is the answer to a question."""

    question: int
    text: str
    by: str
    silence: float | None


@dataclass(frozen=True, slots=True)
class CancelQuestion:
    """A question gets no answer."""

    question: int


Command = (
    StartReply
    | CommitReply
    | DiscardReply
    | CancelReply
    | Speak
    | Apologize
    | Attach
    | Stop
    | Drop
    | Answer
    | CancelQuestion
    | PausePlayout
    | ResumePlayout
    | AskDetector
    | FlushUtterance
    | EndUtterance
    | EndCall
)
