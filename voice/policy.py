"""The numbers that shape a conversation. Each class is also a section of `frontdesk.toml`; all times in seconds.

The annotations are checked where the file is read, not where code makes a policy.
"""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field, NonNegativeFloat, NonNegativeInt, PositiveFloat

__all__ = [
    "BACKCHANNELS",
    "CALLS",
    "EndpointingPolicy",
    "GatePolicy",
    "HistoryPolicy",
    "IdlePolicy",
    "InterruptionPolicy",
    "Phrases",
    "ReplyPolicy",
    "TurnPolicy",
]

_Probability = Annotated[float, Field(gt=0, lt=1)]
_Count = Annotated[int, Field(ge=1)]

BACKCHANNELS = (
    "mm",
    "mhm",
    "mm-hmm",
    "hm",
    "m-hm",
    "hmm-mm",
    "uh-huh",
    "uhhuh",
    "uh",
    "huh",
    "um",
    "uhm",
    "ehm",
    "eh",
    "er",
    "erm",
    "ah",
    "aha",
    "ah-ha",
    "uh-hum",
    "hm-hmm",
    "ooh",
    "oh",
    "wow",
    "yeah",
    "yea",
    "yeh",
    "yah",
    "ya",
    "yep",
    "yup",
    "yes",
    "okay",
    "ok",
    "o.k.",
    "okey",
    "kay",
    "mkay",
    "m'kay",
    "right",
    "alright",
    "sure",
    "true",
    "exactly",
    "totally",
    "absolutely",
    "definitely",
    "indeed",
    "good",
    "great",
    "nice",
    "cool",
    "fine",
    "perfect",
    "lovely",
    "excellent",
    "awesome",
    "wonderful",
    "really",
    "interesting",
    "gotcha",
    "all right",
    "of course",
    "i see",
    "i know",
    "got it",
    "makes sense",
    "sounds good",
    "fair enough",
    "that's right",
    "that's true",
    "very good",
    "go on",
    "go ahead",
    "okey dokey",
)
"""What listeners say without wanting the floor (the usual English continuers and assessments, as in conversation
analysis since Schegloff 1982 and Jefferson 1984)."""


CALLS = (
    "stop",
    "wait",
    "no",
    "nope",
    "hold",
    "hang",
    "sorry",
    "pardon",
    "excuse",
    "hello",
    "hey",
    "listen",
    "enough",
    "quiet",
    "cancel",
    "help",
    "but",
    "actually",
    "please",
    "what",
    "why",
    "who",
    "how",
    "when",
    "where",
    "which",
)
"""What people begin with when they want the floor."""


@dataclass(frozen=True, slots=True)
class GatePolicy:
    """From speech probabilities to "speech started/stopped" (hysteresis as Silero's authors use it)."""

    threshold: _Probability = 0.5
    """P(speech) at which a window counts as speech."""
    release: _Probability = 0.35
    """P(speech) below which a window counts as silence again."""
    min_speech: NonNegativeFloat = 0.15
    """How long speech must last to count; shorter is a click."""
    min_silence: NonNegativeFloat = 0.1
    """How long silence must last before the user is said to have paused. The STT is asked for its final text then;
    whether the turn is over is `endpointing`'s business."""
    prefix_padding: NonNegativeFloat = 0.2
    """Audio before the start of speech that is given to the STT too (soft first consonants)."""


@dataclass(frozen=True, slots=True)
class EndpointingPolicy:
    """When a pause is the end of the user's turn. All waits count from the end of speech.

    The defaults were chosen with `python -m tests.bench.turn_taking` on one half of its speakers.
    """

    min_delay: NonNegativeFloat = 0.2
    """Silence that opens the question. Where nobody can be asked, it ends the turn."""
    sure_delay: NonNegativeFloat = 0.4
    """Silence that ends the turn when sound and words are sure: people pause for less inside a sentence."""
    max_delay: NonNegativeFloat = 2.5
    """Silence that ends the turn when sound and words are sure that it is not over. In between the wait grows with the
    doubt."""
    rescore: PositiveFloat = 0.15
    """Silence between two questions about the sound, at first; the longer it is, the fewer they are."""
    transcript_wait: NonNegativeFloat = 1.0
    """How long a final transcript is waited for; after that the best partial counts."""
    audio_threshold: _Probability = 0.5
    """P(end) from the sound that says nothing (0.5 = the detector's own point of indifference)."""
    text_threshold: _Probability = 0.5
    """P(end) from the words that says nothing."""


@dataclass(frozen=True, slots=True)
class InterruptionPolicy:
    """When the user speaks over the agent. The output pauses; this decides whether it resumes."""

    min_speech: NonNegativeFloat = 0.3
    """How long speech over the agent must last to count: shorter sounds pause nothing."""
    min_words: _Count = 1
    """Words that are no backchannel which take the floor."""
    sure_overlap: NonNegativeFloat = 0.55
    """Speech that has lasted so long and goes on takes the floor at once when it has such words."""
    short_overlap: NonNegativeFloat = 0.45
    """Shorter speech may be a listener's sound that was misheard: it needs two words more, or one of `calls`."""
    calls: tuple[str, ...] = CALLS
    """Words that take the floor however short they are."""
    longest_overlap: PositiveFloat = 2.0
    """Speech over the agent as long as this takes the floor even with no words recognised."""
    false_interruption: NonNegativeFloat = 1.0
    """How long after the overlap words are waited for before the output resumes."""
    answer_window: NonNegativeFloat = 1.5
    """A backchannel this close before the end of an agent's question is an answer ("Shall I book it?" "Yeah.")."""
    backchannels: tuple[str, ...] = BACKCHANNELS


@dataclass(frozen=True, slots=True)
class IdlePolicy:
    """When the user says nothing."""

    after: NonNegativeFloat = 15.0
    """Silence after which the user is asked (`Phrases.idle`); 0 switches idling off."""
    prompts: _Count = 2
    """How often before the call is ended, with `Phrases.goodbye`."""


@dataclass(frozen=True, slots=True)
class TurnPolicy:
    """All that the turn machine goes by."""

    endpointing: EndpointingPolicy = EndpointingPolicy()
    interruption: InterruptionPolicy = InterruptionPolicy()
    idle: IdlePolicy = IdlePolicy()
    preemptive: bool = True
    """Start the reply on a stable transcript before the turn is decided."""
    preemptive_tries: NonNegativeInt = 3
    """How many such replies one user turn may start."""
    manual: bool = False
    """The client says when a turn begins and ends (`Session.start_turn`, `commit_turn`); voice activity does not."""


@dataclass(frozen=True, slots=True)
class ReplyPolicy:
    """How a reply is made."""

    max_steps: _Count = 5
    """LLM requests in one reply; in the last one the model must answer in words."""
    stall_timeout: PositiveFloat = 10.0
    """Longest wait for the next token or the next audio."""
    retries: NonNegativeInt = 2
    """How often a request that could not reach its provider is repeated, while nothing of it has been used."""
    retry_delay: NonNegativeFloat = 0.2
    """Before the first repetition; doubles each time."""
    max_failures: _Count = 3
    """Replies that fail one after the other before the call is ended."""


@dataclass(frozen=True, slots=True)
class Phrases:
    """What an agent says without asking its LLM; empty for nothing."""

    filler: str = "One moment, please."
    """When the model goes straight into a tool call."""
    apology: str = "Sorry, I have a technical problem. Could you say that again?"
    """When an answer cannot be had."""
    not_understood: str = "Sorry, I did not understand that. Could you say it again?"
    """When somebody spoke for a second or more and the STT found no words in it."""
    late_result: str = "By the way: {tool} has come back. It says: {result}"
    """When a tool came back after its reply was interrupted and the LLM cannot tell it."""
    idle: str = "Are you still there?"
    """When the user has been silent for `IdlePolicy.after` seconds."""
    goodbye: str = "I will hang up now. Goodbye."
    """Before a call with a silent user is ended."""


@dataclass(frozen=True, slots=True)
class HistoryPolicy:
    """How much of a conversation the LLM reads word for word. Tokens are estimated: 4 characters each.

    Notes, confirmed facts and running calls always stay word for word, and come on top where they need more than
    half of it.
    """

    max_tokens: Annotated[int, Field(ge=500)] = 4000
    """Beyond it the older turns are folded into a summary, down to half of it: rarely, because every fold costs the
    vendor's cache of the prompt."""
    keep_turns: _Count = 4
    """The last turns stay word for word, however long they are."""
    summary_timeout: PositiveFloat = 20.0
    """Longest wait for the LLM's summary, beside the conversation; after that the turns are cut by rule."""
