"""Who has the floor, and what to do about it. Everything that decides a turn is in this file; it never waits.

Events and `now` go in (`hear`, `tick`), commands and a `deadline` come out. Times are seconds of one clock.

    state          meaning                                        deadline
    LISTENING      nobody speaks                                  the user has been silent too long
    USER_SPEAKING  the user has the floor                         none
    ENDPOINTING    the user paused: has the turn ended?           next look at the silence
    THINKING       the turn has ended, nothing audible yet        none (the reply bounds itself)
    SPEAKING       the agent is audible                           none (the playout ends by itself)
    OVERLAP        the user speaks over a reply; it is paused     overlap too long to be a backchannel
    FALSE_INTERRUPTION the overlap is over; was it meant?             no words came: it was noise
    CLOSED         the call is over                               none

    from           event                         commands                              to
    LISTENING      Begin                         Say(greeting)                         THINKING
    LISTENING      SpeechStarted                                                       USER_SPEAKING
    LISTENING      (idle)                        Say(prompt), at last Say(goodbye)     THINKING
    USER_SPEAKING  Transcribed, stable           StartReply(preemptive)                -
    USER_SPEAKING  SpeechStopped                                                       ENDPOINTING
    ENDPOINTING    SpeechStarted                                                       USER_SPEAKING
    ENDPOINTING    Transcribed                   Discard/StartReply(preemptive), Score -
    ENDPOINTING    Scored, (silence)             ScoreTurn ... CommitReply             THINKING
    ENDPOINTING    nothing was said              DiscardReply                          LISTENING
    ENDPOINTING    the STT failed                DiscardReply, Apologize               THINKING
    THINKING       ReplyAudible                                                        SPEAKING
    THINKING/SPEAKING  SpeechStarted             PausePlayout                          OVERLAP
    THINKING/SPEAKING  ReplyEnded                                                      LISTENING
    OVERLAP        Transcribed, words; (long)    CancelReply                           USER_SPEAKING
    OVERLAP/USER_SPEAKING  SpeechStarted         (a new utterance)                     -
    OVERLAP        SpeechStopped                                                       DOUBT
    FALSE_INTERRUPTION SpeechStarted                                                       OVERLAP
    FALSE_INTERRUPTION Transcribed, words            CancelReply                           ENDPOINTING
    FALSE_INTERRUPTION Transcribed, none; (time)     ResumePlayout                         THINKING/SPEAKING
    OVERLAP/DOUBT  ReplyEnded                                                          USER_SPEAKING/ENDPOINTING
    any but CLOSED Typed                         Cancel/Discard, Start+CommitReply     THINKING
    any            Close                         Cancel/DiscardReply, EndCall          CLOSED

A pair that is not listed changes nothing. A reply is named by a number; events of a reply that is no longer current
are ignored, so a command's consequences may arrive late without harm.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from voice.policy import Phrases, TurnPolicy
from voice.turn.backchannel import floor_words, normalized
from voice.turn.events import (
    Apologize,
    Begin,
    CancelReply,
    Close,
    Command,
    CommitReply,
    Detector,
    DiscardReply,
    EndCall,
    EndUtterance,
    PausePlayout,
    ReplyAudible,
    ReplyDone,
    ResumePlayout,
    Say,
    Scored,
    ScoreTurn,
    SpeechStarted,
    SpeechStopped,
    StartReply,
    State,
    Transcribed,
    TranscriptionFailed,
    TurnEvent,
    Typed,
)

__all__ = ["TurnTaker"]


class _Draft(NamedTuple):
    """A preemptive reply, and the normalized text it answers."""

    reply: int
    text: str


class _Utterance:
    """What is known of the user's speech since the last one was dealt with."""

    def __init__(self) -> None:
        self.number = -1
        self.text = ""
        self.final = False
        self.tries = 0
        self.stopped_at = 0.0
        self.votes: dict[Detector, bool] = {}
        self.asked: dict[Detector, int] = {}
        self.next_look = 0.0
        self.unheard = False


class TurnTaker:
    """The turn machine. `detectors` are those that will answer ScoreTurn; with none, silence alone decides."""

    def __init__(
        self,
        policy: TurnPolicy,
        detectors: tuple[Detector, ...] = (),
        now: float = 0.0,
        phrases: Phrases = Phrases(),  # noqa: B008 - frozen
    ) -> None:
        self.state = State.LISTENING
        self._phrases = phrases
        self._policy = policy
        self._detectors = detectors
        self._out: list[Command] = []
        self._utterance = _Utterance()
        self._draft: _Draft | None = None
        self._reply: int | None = None
        self._replies = 0
        self._questions = 0
        self._audible = False
        self._idle_since = now
        self._prompts = 0
        self._goodbye: int | None = None
        self._overlap_at = 0.0
        self._backchannel: tuple[str, float] | None = None

    # --- the interface

    def hear(self, event: TurnEvent, now: float) -> list[Command]:
        """What to do about `event`."""
        if self.state is not State.CLOSED:
            handler = _TABLE.get((self.state, type(event))) or _ANYWHERE.get(type(event))
            if handler is not None:
                handler(self, event, now)
        return self._take()

    def tick(self, now: float) -> list[Command]:
        """What to do now that time has passed; harmless before the deadline."""
        deadline = self.deadline
        if deadline is not None and now >= deadline:
            match self.state:
                case State.LISTENING:
                    self._user_is_idle(now)
                case State.ENDPOINTING:
                    self._look_at_silence(now)
                case State.OVERLAP:
                    self._take_floor(State.USER_SPEAKING)
                case State.FALSE_INTERRUPTION:
                    self._let_pass(now)
        return self._take()

    @property
    def deadline(self) -> float | None:
        """When `tick` must be called if nothing is heard before; None means never."""
        match self.state:
            case State.LISTENING if self._policy.idle.after > 0:
                return self._idle_since + self._policy.idle.after
            case State.ENDPOINTING:
                return self._utterance.next_look
            case State.OVERLAP:
                return self._overlap_at + self._policy.interruption.longest_overlap
            case State.FALSE_INTERRUPTION:
                return self._utterance.stopped_at + self._policy.interruption.false_interruption
        return None

    @property
    def user_turn_open(self) -> bool:
        """Whether the user is in a turn that has not been decided."""
        return self.state in (State.USER_SPEAKING, State.ENDPOINTING)

    # --- nobody speaks

    def _begin(self, event: Begin, now: float) -> None:
        self._idle_since = now
        if event.greeting:
            self._say(event.greeting)

    def _user_is_idle(self, now: float) -> None:
        idle = self._policy.idle
        if self._prompts < idle.prompts:
            self._prompts += 1
            self._say(self._phrases.idle)
        elif self._phrases.goodbye:
            self._say(self._phrases.goodbye)
            self._goodbye = self._reply
        else:
            self._close(Close("user_silent"), now)

    def _say(self, text: str) -> None:
        self._out.append(Say(self._give_floor(self._new_reply()), text))

    def _give_floor(self, reply: int) -> int:
        """`reply` is what the agent does now; nothing of it has been heard yet."""
        self._reply = reply
        self._audible = False
        self.state = State.THINKING
        return reply

    # --- the user has the floor

    def _user_starts(self, event: SpeechStarted, now: float) -> None:
        self._new_utterance(event.utterance)
        self._prompts = 0
        self.state = State.USER_SPEAKING

    def _user_goes_on(self, event: SpeechStarted, now: float) -> None:
        self._speech_renewed(event, now)
        self._utterance.final = False
        self.state = State.USER_SPEAKING

    def _user_pauses(self, event: SpeechStopped, now: float) -> None:
        self._open_question(event.at)
        self._look_at_silence(now)

    def _open_question(self, stopped_at: float) -> None:
        heard = self._utterance
        heard.stopped_at = stopped_at
        heard.votes.clear()
        heard.asked.clear()
        self.state = State.ENDPOINTING

    def _note(self, event: Transcribed, now: float) -> None:
        """Keep the newest text; start or replace the preemptive reply when it can be relied upon."""
        heard = self._utterance
        if event.utterance != heard.number:
            return
        if normalized(event.text) != normalized(heard.text):
            heard.votes.pop("text", None)
            heard.asked.pop("text", None)
        heard.text = event.text
        heard.final = event.final
        self._drop_draft_unless(event.text)

    def _note_and_preempt(self, event: Transcribed, now: float) -> None:
        self._note(event, now)
        self._preempt(event)

    def _note_in_pause(self, event: Transcribed, now: float) -> None:
        """The detectors are asked first: where they share a model with the reply, theirs is the short question."""
        self._note(event, now)
        self._look_at_silence(now)
        self._preempt(event)

    def _preempt(self, event: Transcribed) -> None:
        heard, text = self._utterance, event.text
        if not (self._policy.preemptive and self.user_turn_open and (event.final or event.stable)):
            return
        if self._draft or event.utterance != heard.number or not normalized(text):
            return
        if heard.tries < self._policy.preemptive_tries:
            heard.tries += 1
            self._draft = _Draft(self._new_reply(), normalized(text))
            self._out.append(StartReply(self._draft.reply, text, preemptive=True))

    def _drop_draft_unless(self, text: str) -> None:
        if self._draft and self._draft.text != normalized(text):
            self._out.append(DiscardReply(self._draft.reply))
            self._draft = None

    # --- has the turn ended?

    def _scored(self, event: Scored, now: float) -> None:
        heard, policy = self._utterance, self._policy.endpointing
        if heard.asked.get(event.detector) != event.question:
            return
        threshold = policy.audio_threshold if event.detector == "audio" else policy.text_threshold
        heard.votes[event.detector] = event.probability >= threshold
        if event.detector == "audio":  # the sound changes while the silence goes on; the words do not
            del heard.asked["audio"]
            heard.next_look = now + policy.rescore
        self._look_at_silence(now)

    def _look_at_silence(self, now: float) -> None:
        """End the turn, ask again, or say when to look next. The rule is in `EndpointingPolicy`."""
        heard, policy = self._utterance, self._policy.endpointing
        silence = now - heard.stopped_at
        if not normalized(heard.text) and (heard.final or heard.unheard):
            self._nothing_was_said(now)
            return
        by, due = self._verdict()
        text_due = 0.0 if heard.final or heard.unheard else policy.transcript_wait
        if silence >= max(due, text_due) - 1e-9:
            if normalized(heard.text):
                self._commit(heard.text, by, silence)
            else:
                heard.unheard = heard.unheard or not heard.final
                self._nothing_was_said(now)
            return
        looks = [heard.stopped_at + max(due, text_due)]
        if silence < policy.min_delay:
            looks.append(heard.stopped_at + policy.min_delay)
        else:
            looks.extend(self._ask_audio(now, silence))
        self._ask_text(silence)
        heard.next_look = min(look for look in looks if look > now)

    def _verdict(self) -> tuple[str, float]:
        """Why, and after how much silence, the turn ends as the votes stand."""
        policy = self._policy.endpointing
        yes = sum(self._utterance.votes.get(detector, False) for detector in self._detectors)
        if yes == len(self._detectors):
            return ("agreed" if yes else "silence"), policy.min_delay
        if yes:
            return "disagreed", max(policy.disagree, policy.min_delay)
        return "limit", max(policy.max_delay, policy.min_delay)

    def _ask_audio(self, now: float, silence: float) -> list[float]:
        heard = self._utterance
        if "audio" not in self._detectors or "audio" in heard.asked or heard.votes.get("audio"):
            return []
        if "audio" in heard.votes and now < heard.next_look:
            return [heard.next_look]
        self._ask("audio", silence)
        return []

    def _ask_text(self, silence: float) -> None:
        if "text" in self._detectors and self._utterance.final and "text" not in self._utterance.asked:
            self._ask("text", silence)

    def _ask(self, detector: Detector, silence: float) -> None:
        self._questions += 1
        self._utterance.asked[detector] = self._questions
        self._out.append(ScoreTurn(detector, self._questions, self._utterance.text, silence))

    def _nothing_was_said(self, now: float) -> None:
        """Noise; or speech that the STT failed to hear, for which the user is owed a word."""
        self._drop_draft_unless("")
        self._out.append(EndUtterance())
        if self._utterance.unheard:
            self._out.append(Apologize(self._give_floor(self._new_reply())))
        else:
            self._listen(now)

    def _unheard(self, event: TranscriptionFailed, now: float) -> None:
        if event.utterance != self._utterance.number:
            return
        self._utterance.unheard = True
        if self.state is State.ENDPOINTING:
            self._look_at_silence(now)

    def _commit(self, text: str, by: str, silence: float | None) -> None:
        self._drop_draft_unless(text)
        if self._draft is None:
            self._draft = _Draft(self._new_reply(), normalized(text))
            self._out.append(StartReply(self._draft.reply, text, preemptive=False))
        reply = self._give_floor(self._draft.reply)
        self._draft = None
        self._backchannel = None
        self._out.append(EndUtterance())
        self._out.append(CommitReply(reply, text, by, silence))

    # --- the agent has the floor

    def _reply_audible(self, event: ReplyAudible, now: float) -> None:
        if event.reply == self._reply:
            self._audible = True
            if self.state is State.THINKING:
                self.state = State.SPEAKING

    def _reply_done(self, event: ReplyDone, now: float) -> None:
        if event.reply != self._reply:
            return
        self._reply = None
        if event.reply == self._goodbye and self.state in (State.THINKING, State.SPEAKING):
            self._close(Close("user_silent"), now)
        elif self.state is State.OVERLAP:
            self.state = State.USER_SPEAKING
        elif self.state is State.FALSE_INTERRUPTION:
            self._open_question(self._utterance.stopped_at)
            self._look_at_silence(now)
        elif event.question and self._answered(now):
            text, _ = self._backchannel or ("", 0.0)
            self._commit(text, "answered", None)
        else:
            self._listen(now)

    def _answered(self, now: float) -> bool:
        window = self._policy.interruption.answer_window
        return self._backchannel is not None and now - self._backchannel[1] <= window

    def _listen(self, now: float) -> None:
        self._idle_since = now
        self._backchannel = None
        self.state = State.LISTENING

    # --- the user speaks over the agent

    def _overlap(self, event: SpeechStarted, now: float) -> None:
        self._new_utterance(event.utterance)
        self._overlap_at = event.at
        self._out.append(PausePlayout(self._current()))
        self.state = State.OVERLAP

    def _speech_renewed(self, event: SpeechStarted, now: float) -> None:
        """Still speaking, but what was said before has been dealt with."""
        if event.utterance != self._utterance.number:
            self._new_utterance(event.utterance)

    def _overlap_again(self, event: SpeechStarted, now: float) -> None:
        self._speech_renewed(event, now)
        self._utterance.final = False
        self._overlap_at = event.at
        self.state = State.OVERLAP

    def _overlap_text(self, event: Transcribed, now: float) -> None:
        heard = self._utterance
        if event.utterance != heard.number:
            return
        heard.text, heard.final = event.text, event.final
        if self._takes_floor(event):
            self._take_floor(State.USER_SPEAKING)

    def _overlap_stops(self, event: SpeechStopped, now: float) -> None:
        self._utterance.stopped_at = event.at
        self.state = State.FALSE_INTERRUPTION

    def _doubt_text(self, event: Transcribed, now: float) -> None:
        heard = self._utterance
        if event.utterance != heard.number:
            return
        heard.text, heard.final = event.text, event.final
        if self._takes_floor(event):
            self._take_floor(State.ENDPOINTING)
            self._look_at_silence(now)
            self._preempt(event)
        elif event.final:
            self._let_pass(now)

    def _takes_floor(self, event: Transcribed) -> bool:
        policy = self._policy.interruption
        words = floor_words(event.text, policy.backchannels)
        # A partial's last word may still turn into something else ("I" -> "I see"), so one word more is asked of it.
        return words >= policy.min_words + (0 if event.final or event.stable else 1)

    def _take_floor(self, state: State) -> None:
        self._out.append(CancelReply(self._current()))
        self._reply = None
        self._backchannel = None
        self._prompts = 0
        if state is State.ENDPOINTING:
            self._open_question(self._utterance.stopped_at)
        self.state = state

    def _let_pass(self, now: float) -> None:
        text = self._utterance.text
        if normalized(text):
            self._backchannel = (text, now)
        self._out.append(EndUtterance())
        self._out.append(ResumePlayout(self._current(), "backchannel" if normalized(text) else "noise"))
        self.state = State.SPEAKING if self._audible else State.THINKING

    # --- anywhere

    def _typed(self, event: Typed, now: float) -> None:
        pending = self._utterance.text if self.user_turn_open else ""
        if self._reply is not None:
            self._out.append(CancelReply(self._reply))
            self._reply = None
        self._prompts = 0
        self._commit(f"{pending} {event.text}".strip(), "typed", None)

    def _close(self, event: Close, now: float) -> None:
        self._drop_draft_unless("")
        if self._reply is not None:
            self._out.append(CancelReply(self._reply))
            self._reply = None
        self._out.append(EndCall(event.reason))
        self.state = State.CLOSED

    # --- small change

    def _new_utterance(self, number: int) -> None:
        self._utterance = _Utterance()
        self._utterance.number = number

    def _new_reply(self) -> int:
        self._replies += 1
        return self._replies

    def _current(self) -> int:
        if self._reply is None:  # the states THINKING to DOUBT have a reply by construction
            raise AssertionError(f"no reply in {self.state}")
        return self._reply

    def _take(self) -> list[Command]:
        out, self._out = self._out, []
        return out


_Handler = Callable[[TurnTaker, Any, float], None]

_TABLE: dict[tuple[State, type], _Handler] = {
    (State.LISTENING, Begin): TurnTaker._begin,
    (State.LISTENING, SpeechStarted): TurnTaker._user_starts,
    (State.USER_SPEAKING, SpeechStopped): TurnTaker._user_pauses,
    (State.USER_SPEAKING, Transcribed): TurnTaker._note_and_preempt,
    (State.ENDPOINTING, SpeechStarted): TurnTaker._user_goes_on,
    (State.ENDPOINTING, Transcribed): TurnTaker._note_in_pause,
    (State.ENDPOINTING, Scored): TurnTaker._scored,
    (State.THINKING, SpeechStarted): TurnTaker._overlap,
    (State.SPEAKING, SpeechStarted): TurnTaker._overlap,
    (State.OVERLAP, Transcribed): TurnTaker._overlap_text,
    (State.OVERLAP, SpeechStopped): TurnTaker._overlap_stops,
    (State.FALSE_INTERRUPTION, Transcribed): TurnTaker._doubt_text,
    (State.FALSE_INTERRUPTION, SpeechStarted): TurnTaker._overlap_again,
    (State.OVERLAP, SpeechStarted): TurnTaker._speech_renewed,
    (State.USER_SPEAKING, SpeechStarted): TurnTaker._speech_renewed,
}

_ANYWHERE: dict[type, _Handler] = {
    ReplyAudible: TurnTaker._reply_audible,
    ReplyDone: TurnTaker._reply_done,
    TranscriptionFailed: TurnTaker._unheard,
    Typed: TurnTaker._typed,
    Close: TurnTaker._close,
}
