"""Who has the floor, and has the user finished? Every decision about a turn is in this file; it never waits.

Events and `now` go in (`hear`, `tick`), commands and a `deadline` come out. Times are seconds of one clock. The agenda
(`voice.turn.agenda`) says when the agent takes and yields the floor, and acts on the commands.

    state               meaning                                          deadline
    LISTENING           nobody has the floor                             none
    USER_SPEAKING       the user has the floor                           none
    ENDPOINTING         the user paused: has the turn ended?             next look at the silence
    THINKING            the agent has the floor, nothing audible yet     none (whoever speaks bounds itself)
    SPEAKING            the agent is audible                             none (the playout ends by itself)
    OVERLAP             the user speaks over the agent, which is paused  overlap too long to be a backchannel
    FALSE_INTERRUPTION  the overlap is over; was it meant?               no words came: it was noise
    CLOSED              the call is over                                 none

Speech over an item that cannot be interrupted pauses nothing: the two states of overlap then have no deadline, and the
words are the user's next turn.

The transitions, made from `TRANSITIONS` below ("-" stays, "now" is the deadline; a pair that is not listed changes
nothing):

"""

import itertools
from collections.abc import Callable
from typing import Any, NamedTuple

from voice.policy import TurnPolicy
from voice.text.english.endings import hesitation
from voice.turn.backchannel import normalized
from voice.turn.endpointing import Endpointing
from voice.turn.events import (
    AgentAudible,
    AgentTakes,
    AgentYields,
    AskDetector,
    CancelTurn,
    Close,
    CommitTurn,
    Discard,
    EndCall,
    EndTurn,
    EndUtterance,
    FloorCommand,
    FlushUtterance,
    Interrupt,
    MaybeSpeech,
    NotHeard,
    PausePlayout,
    Prepare,
    ResumePlayout,
    SpeechStarted,
    SpeechStopped,
    StartTurn,
    State,
    Transcribed,
    TranscriptionFailed,
    TurnEvent,
    Typed,
    Voted,
)
from voice.turn.interruption import goes_on, took_floor

__all__ = ["TRANSITIONS", "Tick", "Transition", "TurnTaker", "table"]

_AGENT = (State.THINKING, State.SPEAKING, State.OVERLAP, State.FALSE_INTERRUPTION)
_USER = (State.USER_SPEAKING, State.ENDPOINTING)


class _Prepared(NamedTuple):
    """A prepared reply, and the normalized text that it answers."""

    number: int
    text: str


class TurnTaker:
    """The turn machine. `detectors` are those that will answer AskDetector; with none, silence alone decides.

    `number` gives the next number for a prepared reply. `words`: whether there is an STT.
    """

    def __init__(
        self,
        policy: TurnPolicy,
        detectors: tuple[str, ...] = (),
        number: Callable[[], int] | None = None,
        words: bool = True,
    ) -> None:
        self.state = State.LISTENING
        self._policy = policy
        self._number = number or itertools.count(1).__next__
        self._words = words
        self._endpointing = Endpointing(policy.endpointing, detectors, words)
        self._utterance = -1
        self._tries = 0
        self._prepared: _Prepared | None = None
        self._manual = False
        self._interruptible = True
        self._audible = False
        self._paused = False
        self._overlap_at = 0.0
        self._began_with: list[str] = []
        """The first word of what was heard over the agent, if there was any."""
        self._empty = False
        """The STT found no words in this utterance."""
        self._calls = False
        """The words over the agent ask for the floor, if the speech goes on."""
        self._backchannel: tuple[str, float] | None = None
        self._kept = ""
        self._out: list[FloorCommand] = []

    # --- the interface

    def hear(self, event: TurnEvent, now: float) -> list[FloorCommand]:
        """What to do about `event`."""
        act = _TABLE.get((self.state, type(event)))
        if act is not None:
            act(self, event, now)
        return self._take()

    def tick(self, now: float) -> list[FloorCommand]:
        """What to do now that time has passed; harmless before the deadline."""
        deadline = self.deadline
        if deadline is not None and now >= deadline:
            _TABLE[self.state, Tick](self, Tick(), now)
        return self._take()

    @property
    def deadline(self) -> float | None:
        """When `tick` must be called if nothing is heard before; None means never."""
        match self.state:
            case State.ENDPOINTING:
                return self._endpointing.next_look
            case State.OVERLAP if self._paused:
                return self._overlap_at + self._longest_overlap
            case State.FALSE_INTERRUPTION if self._paused:
                return self._endpointing.stopped_at + self._policy.interruption.false_interruption
        return None

    @property
    def user_turn_open(self) -> bool:
        """Whether the user is in a turn that has not been decided."""
        return self.state in _USER

    @property
    def user_active(self) -> bool:
        """Whether the user speaks, or has just paused: nobody should begin to speak now."""
        return self.state in (*_USER, State.OVERLAP, State.FALSE_INTERRUPTION)

    def switch(self, detectors: tuple[str, ...], words: bool) -> None:
        """From now on these answer AskDetector, and there is an STT or none."""
        self._words = words
        self._endpointing.switch(detectors, words)

    # --- the user has the floor

    def _user_starts(self, event: SpeechStarted, now: float) -> None:
        if self._policy.manual:
            return
        self._new_utterance(event.utterance)
        self.state = State.USER_SPEAKING

    def _user_goes_on(self, event: SpeechStarted, now: float) -> None:
        if self._manual:
            return
        self._speech_renewed(event, now)
        self._endpointing.goes_on()
        self.state = State.USER_SPEAKING

    def _speech_renewed(self, event: SpeechStarted, now: float) -> None:
        """Still speaking, but what was said before has been dealt with."""
        if event.utterance != self._utterance:
            self._new_utterance(event.utterance)

    def _user_pauses(self, event: SpeechStopped, now: float) -> None:
        if not self._manual:
            self._open_question(event.at, now)

    def _open_question(self, stopped_at: float, now: float) -> None:
        self._endpointing.pause(stopped_at)
        self.state = State.ENDPOINTING
        self._look(now)

    def _note(self, event: Transcribed) -> bool:
        """Keep the newest text of this utterance; returns whether it was of this one."""
        if event.utterance != self._utterance:
            return False
        self._endpointing.note(event.text, event.final)
        if self._prepared and self._prepared.text != normalized(self._turn_text(event.text)):
            self._discard()
        return True

    def _turn_text(self, said: str) -> str:
        """What the user's turn is when `said` was said in the end."""
        return f"{self._kept} {said}".strip()

    def _note_and_preempt(self, event: Transcribed, now: float) -> None:
        if self._note(event):
            self._preempt(event)

    def _note_in_pause(self, event: Transcribed, now: float) -> None:
        """The detectors are asked first: where they share a model with the reply, theirs is the short question.

        Final words stay: what an STT hears in the silence after them is no news.
        """
        if (event.final or not self._endpointing.final) and self._note(event):
            self._look(now)
            self._preempt(event)

    def _preempt(self, event: Transcribed) -> None:
        if not (self._policy.preemptive and self.user_turn_open and (event.final or event.stable)):
            return
        if self._prepared or self._tries >= self._policy.preemptive_tries:
            return
        if not normalized(event.text) or hesitation(event.text):
            return
        self._tries += 1
        text = self._turn_text(event.text)
        self._prepared = _Prepared(self._number(), normalized(text))
        self._out.append(Prepare(self._prepared.number, text))

    def _discard(self) -> None:
        if self._prepared:
            self._out.append(Discard(self._prepared.number))
            self._prepared = None

    # --- has the turn ended?

    def _voted_early(self, event: Voted, now: float) -> None:
        if event.question is None:
            self._endpointing.vote(event.name, None, event.probability)

    def _voted(self, event: Voted, now: float) -> None:
        if self._endpointing.vote(event.name, event.question, event.probability):
            self._look(now)

    def _failed(self, event: TranscriptionFailed, now: float) -> None:
        """(Where the STT found no words the user is asked only in a pause that is theirs.)"""
        if event.utterance == self._utterance and not event.empty:
            self._endpointing.failed = True

    def _failed_in_pause(self, event: TranscriptionFailed, now: float) -> None:
        if event.utterance == self._utterance:
            self._endpointing.failed = True
            self._empty = event.empty
            self._look(now)

    def _look_again(self, event: "Tick", now: float) -> None:
        self._look(now)

    def _perhaps_goes_on(self, event: MaybeSpeech, now: float) -> None:
        if not self._manual:
            self._endpointing.doubt(event.heard, now)
            self._look(now)

    def _look(self, now: float) -> None:
        """End the turn, ask again, or say when to look next."""
        if self._manual:
            self._look_at_flush(now)
            return
        verdict, asks = self._endpointing.look(now)
        match verdict.outcome:
            case "ended":
                self._commit(self._endpointing.text, verdict.by, verdict.silence, now)
            case "nothing" | "unheard":
                self._nothing_was_said(verdict.outcome == "unheard", now)
            case _:
                self._out.extend(asks)

    def _nothing_was_said(self, unheard: bool, now: float) -> None:
        """Noise; or speech that the STT failed to hear, for which the user is owed a word."""
        self._discard()
        if self._kept:
            self._commit("", "typed", None, now)
            return
        self._out.append(EndUtterance())
        self._backchannel = None
        self._manual = False
        self.state = State.THINKING if unheard else State.LISTENING
        if unheard:
            self._out.append(NotHeard(self._empty))

    def _commit(self, text: str, by: str, silence: float | None, now: float) -> None:
        text, self._kept = self._turn_text(text), ""
        if self._prepared and self._prepared.text != normalized(text):
            self._discard()
        prepared, self._prepared = self._prepared, None
        self._backchannel = None
        self._manual = False
        self._agent_takes(AgentTakes(), now)
        self._out.append(EndUtterance())
        self._out.append(EndTurn(text, by, silence, prepared.number if prepared else None))

    # --- manual turns

    def _turn_starts(self, event: StartTurn, now: float) -> None:
        self._manual = True
        self._new_utterance(event.utterance)
        self.state = State.USER_SPEAKING

    def _turn_goes_on(self, event: StartTurn, now: float) -> None:
        """Pressed again before the last words came: the same turn goes on."""
        self._manual = True
        self._endpointing.goes_on()
        self.state = State.USER_SPEAKING

    def _turn_goes_on_over_the_agent(self, event: StartTurn, now: float) -> None:
        self._manual = True
        self._endpointing.goes_on()
        self.state = State.OVERLAP

    def _turn_starts_over_the_agent(self, event: StartTurn, now: float) -> None:
        if self._interruptible:
            self._interrupt()
            self._turn_starts(event, now)
        else:
            self._turn_starts(event, now)
            self.state = State.OVERLAP

    def _turn_is_committed(self, event: CommitTurn, now: float) -> None:
        if self._manual:
            self._flush(now)
            self.state = State.ENDPOINTING
            self._look(now)

    def _turn_is_committed_over_the_agent(self, event: CommitTurn, now: float) -> None:
        if self._manual:
            self._flush(now)
            self.state = State.FALSE_INTERRUPTION

    def _flush(self, now: float) -> None:
        self._endpointing.pause(now)
        self._endpointing.final = False
        self._out.append(FlushUtterance())

    def _look_at_flush(self, now: float) -> None:
        """The user said that the turn is over: only the last words are waited for."""
        heard = self._endpointing
        heard.next_look = heard.stopped_at + self._policy.endpointing.transcript_wait
        if self._words and not (heard.final or heard.failed) and now < heard.next_look:
            return
        if self._words and not normalized(heard.text):
            self._nothing_was_said(not heard.final, now)
        else:
            self._commit(heard.text, "manual", now - heard.stopped_at, now)

    def _turn_is_cancelled(self, event: CancelTurn, now: float) -> None:
        if self._manual:
            self._nothing_was_said(False, now)

    def _turn_is_cancelled_over_the_agent(self, event: CancelTurn, now: float) -> None:
        if self._manual:
            self._manual = False
            self._out.append(EndUtterance())
            self.state = State.SPEAKING if self._audible else State.THINKING

    # --- the agent has the floor

    def _agent_takes(self, event: AgentTakes, now: float) -> None:
        self._interruptible = event.interruptible
        self._audible = False
        self.state = State.THINKING

    def _agent_goes_on(self, event: AgentTakes, now: float) -> None:
        """Something else has the mouth while the user speaks over the agent."""
        self._interruptible = event.interruptible
        self._audible = False
        if event.interruptible and not self._paused:
            self._overlap_at = now
            self._pause()

    def _agent_audible(self, event: AgentAudible, now: float) -> None:
        self._audible = True
        self.state = State.SPEAKING

    def _agent_audible_in_overlap(self, event: AgentAudible, now: float) -> None:
        self._audible = True

    def _agent_yields(self, event: AgentYields, now: float) -> None:
        self._endpointing.asked = event.question
        if self._kept:
            self._commit("", "typed", None, now)
        elif event.question and self._backchannel and self._answers(now):
            self._commit(self._backchannel[0], "answered", None, now)
        else:
            self._backchannel = None
            self.state = State.LISTENING

    def _agent_yields_to_speech(self, event: AgentYields, now: float) -> None:
        self._paused = False
        self.state = State.USER_SPEAKING

    def _agent_yields_in_doubt(self, event: AgentYields, now: float) -> None:
        self._paused = False
        if self._manual:
            self.state = State.ENDPOINTING
            self._look(now)
        else:
            self._open_question(self._endpointing.stopped_at, now)

    def _answers(self, now: float) -> bool:
        window = self._policy.interruption.answer_window
        return self._backchannel is not None and now - self._backchannel[1] <= window

    def _told_to_be_silent(self, event: Interrupt, now: float) -> None:
        if self._interruptible:
            self._interrupt()
            self.state = State.LISTENING

    # --- the user speaks over the agent

    def _overlap(self, event: SpeechStarted, now: float) -> None:
        if self._policy.manual:
            return
        self._new_utterance(event.utterance)
        self._overlap_at = event.at
        if self._interruptible:
            self._pause()
        self.state = State.OVERLAP

    def _overlap_again(self, event: SpeechStarted, now: float) -> None:
        if self._manual:
            return
        self._speech_renewed(event, now)
        self._endpointing.goes_on()
        self._overlap_at = event.at
        self._calls = False
        self.state = State.OVERLAP

    def _overlap_text(self, event: Transcribed, now: float) -> None:
        if not self._note(event) or not self._paused:
            return
        settled, seconds = event.final or event.stable, now - self._overlap_at
        policy = self._policy.interruption
        before, self._began_with = self._began_with, normalized(event.text).split()[:1]
        alike = settled or before == self._began_with  # a mumble is heard as something else each time
        self._calls = alike and goes_on(event.text, settled, policy.sure_overlap, policy)
        if alike and goes_on(event.text, settled, seconds, policy):
            self._interrupt()
            self.state = State.USER_SPEAKING

    @property
    def _longest_overlap(self) -> float:
        """Seconds: less when the words so far are those of somebody who wants the floor."""
        policy = self._policy.interruption
        return min(policy.sure_overlap, policy.longest_overlap) if self._calls else policy.longest_overlap

    def _overlap_stops(self, event: SpeechStopped, now: float) -> None:
        if not self._manual:
            self._endpointing.pause(event.at)
            self.state = State.FALSE_INTERRUPTION

    def _overlap_lasts(self, event: "Tick | Interrupt", now: float) -> None:
        if self._paused:
            self._interrupt()
            self.state = State.USER_SPEAKING

    def _words_after_overlap(self, event: Transcribed, now: float) -> None:
        if not self._note(event) or not self._paused:
            return
        spoke = self._endpointing.stopped_at - self._overlap_at
        if event.final and took_floor(event.text, spoke, self._policy.interruption):
            self._interrupt()
            self._open_question(self._endpointing.stopped_at, now)
            self._preempt(event)
        elif event.final:
            self._let_pass(now)

    def _silenced_after_overlap(self, event: Interrupt, now: float) -> None:
        if self._paused:
            self._interrupt()
            self._open_question(self._endpointing.stopped_at, now)

    def _no_words_after_overlap(self, event: "Tick", now: float) -> None:
        self._let_pass(now)

    def _let_pass(self, now: float) -> None:
        text = self._endpointing.text
        if normalized(text):
            self._backchannel = (text, now)
        self._paused = False
        self._out.append(EndUtterance())
        self._out.append(ResumePlayout("backchannel" if normalized(text) else "noise"))
        self.state = State.SPEAKING if self._audible else State.THINKING

    def _pause(self) -> None:
        self._paused = True
        self._out.append(PausePlayout())

    def _interrupt(self) -> None:
        self._paused = False
        self._backchannel = None
        self._out.append(Interrupt())

    # --- writing

    def _typed(self, event: Typed, now: float) -> None:
        pending = self._endpointing.text if self.user_turn_open else ""
        self._commit(f"{pending} {event.text}".strip(), event.by, None, now)

    def _typed_over_the_agent(self, event: Typed, now: float) -> None:
        if self._interruptible:
            self._interrupt()
            self._commit(event.text, event.by, None, now)
        else:
            self._kept = f"{self._kept} {event.text}".strip()

    # --- the end

    def _close(self, event: Close, now: float) -> None:
        self._discard()
        self._out.append(EndCall(event.reason))
        self.state = State.CLOSED

    # --- small change

    def _new_utterance(self, number: int) -> None:
        self._utterance = number
        self._tries = 0
        self._empty = self._calls = False
        self._began_with = []
        self._endpointing.begin()

    def _take(self) -> list[FloorCommand]:
        out, self._out = self._out, []
        return out


class Tick(NamedTuple):
    """The deadline has come."""


class Transition(NamedTuple):
    """In each of `states`, `event` makes the machine `act`: it goes to one of `to` (empty: it stays) and may give
    `commands`. Checked against every sequence that the tests enumerate."""

    states: tuple[State, ...]
    event: type
    commands: tuple[type, ...]
    to: tuple[State, ...]
    act: Callable[[TurnTaker, Any, float], None]


_S = State
_OPEN = (_S.THINKING, _S.LISTENING)
"""Where a pause may lead besides staying: the turn has ended, or nothing was said."""
_ENDS = (AskDetector, EndUtterance, EndTurn, NotHeard)

TRANSITIONS: tuple[Transition, ...] = (
    Transition((_S.LISTENING,), SpeechStarted, (), (_S.USER_SPEAKING,), TurnTaker._user_starts),
    Transition((_S.LISTENING,), AgentTakes, (), (_S.THINKING,), TurnTaker._agent_takes),
    Transition((_S.LISTENING,), StartTurn, (), (_S.USER_SPEAKING,), TurnTaker._turn_starts),
    Transition((_S.LISTENING, *_USER), Typed, (Discard, EndUtterance, EndTurn), (_S.THINKING,), TurnTaker._typed),
    Transition((_S.USER_SPEAKING,), SpeechStarted, (), (), TurnTaker._speech_renewed),
    Transition((_S.USER_SPEAKING,), Transcribed, (Discard, Prepare), (), TurnTaker._note_and_preempt),
    Transition((_S.USER_SPEAKING,), TranscriptionFailed, (), (), TurnTaker._failed),
    Transition((_S.USER_SPEAKING,), Voted, (), (), TurnTaker._voted_early),
    Transition((_S.USER_SPEAKING,), SpeechStopped, _ENDS, (_S.ENDPOINTING, *_OPEN), TurnTaker._user_pauses),
    Transition(
        (_S.USER_SPEAKING,),
        CommitTurn,
        (FlushUtterance, EndUtterance, EndTurn, NotHeard),
        (_S.ENDPOINTING, _S.THINKING),
        TurnTaker._turn_is_committed,
    ),
    Transition(_USER, CancelTurn, (Discard, EndUtterance, EndTurn), _OPEN, TurnTaker._turn_is_cancelled),
    Transition((_S.ENDPOINTING,), SpeechStarted, (), (_S.USER_SPEAKING,), TurnTaker._user_goes_on),
    Transition((_S.ENDPOINTING,), StartTurn, (), (_S.USER_SPEAKING,), TurnTaker._turn_goes_on),
    Transition((_S.ENDPOINTING,), Transcribed, (Discard, Prepare, *_ENDS), _OPEN, TurnTaker._note_in_pause),
    Transition((_S.ENDPOINTING,), Voted, _ENDS, _OPEN, TurnTaker._voted),
    Transition((_S.ENDPOINTING,), TranscriptionFailed, _ENDS, (_S.THINKING,), TurnTaker._failed_in_pause),
    Transition((_S.ENDPOINTING,), Tick, _ENDS, _OPEN, TurnTaker._look_again),
    Transition((_S.ENDPOINTING,), MaybeSpeech, _ENDS, _OPEN, TurnTaker._perhaps_goes_on),
    Transition((_S.THINKING, _S.SPEAKING), AgentTakes, (), (_S.THINKING,), TurnTaker._agent_takes),
    Transition((_S.THINKING, _S.SPEAKING), AgentAudible, (), (_S.SPEAKING,), TurnTaker._agent_audible),
    Transition(
        (_S.THINKING, _S.SPEAKING),
        AgentYields,
        (EndUtterance, EndTurn),
        (_S.LISTENING, _S.THINKING),
        TurnTaker._agent_yields,
    ),
    Transition((_S.THINKING, _S.SPEAKING), SpeechStarted, (PausePlayout,), (_S.OVERLAP,), TurnTaker._overlap),
    Transition((_S.THINKING, _S.SPEAKING), Interrupt, (Interrupt,), (_S.LISTENING,), TurnTaker._told_to_be_silent),
    Transition(
        (_S.THINKING, _S.SPEAKING),
        StartTurn,
        (Interrupt,),
        (_S.USER_SPEAKING, _S.OVERLAP),
        TurnTaker._turn_starts_over_the_agent,
    ),
    Transition(_AGENT, Typed, (Interrupt, EndUtterance, EndTurn), (_S.THINKING,), TurnTaker._typed_over_the_agent),
    Transition((_S.OVERLAP, _S.FALSE_INTERRUPTION), AgentTakes, (PausePlayout,), (), TurnTaker._agent_goes_on),
    Transition((_S.OVERLAP, _S.FALSE_INTERRUPTION), AgentAudible, (), (), TurnTaker._agent_audible_in_overlap),
    Transition((_S.OVERLAP, _S.FALSE_INTERRUPTION), TranscriptionFailed, (), (), TurnTaker._failed),
    Transition((_S.OVERLAP,), AgentYields, (), (_S.USER_SPEAKING,), TurnTaker._agent_yields_to_speech),
    Transition((_S.OVERLAP,), SpeechStarted, (), (), TurnTaker._speech_renewed),
    Transition((_S.OVERLAP,), Transcribed, (Interrupt,), (_S.USER_SPEAKING,), TurnTaker._overlap_text),
    Transition((_S.OVERLAP,), SpeechStopped, (), (_S.FALSE_INTERRUPTION,), TurnTaker._overlap_stops),
    Transition((_S.OVERLAP,), Tick, (Interrupt,), (_S.USER_SPEAKING,), TurnTaker._overlap_lasts),
    Transition((_S.OVERLAP,), Interrupt, (Interrupt,), (_S.USER_SPEAKING,), TurnTaker._overlap_lasts),
    Transition(
        (_S.OVERLAP,),
        CommitTurn,
        (FlushUtterance,),
        (_S.FALSE_INTERRUPTION,),
        TurnTaker._turn_is_committed_over_the_agent,
    ),
    Transition(
        (_S.OVERLAP, _S.FALSE_INTERRUPTION),
        CancelTurn,
        (EndUtterance,),
        (_S.SPEAKING, _S.THINKING),
        TurnTaker._turn_is_cancelled_over_the_agent,
    ),
    Transition((_S.FALSE_INTERRUPTION,), SpeechStarted, (), (_S.OVERLAP,), TurnTaker._overlap_again),
    Transition((_S.FALSE_INTERRUPTION,), StartTurn, (), (_S.OVERLAP,), TurnTaker._turn_goes_on_over_the_agent),
    Transition(
        (_S.FALSE_INTERRUPTION,),
        Transcribed,
        (Interrupt, Prepare, AskDetector, EndUtterance, EndTurn, ResumePlayout),
        (_S.ENDPOINTING, _S.SPEAKING, _S.THINKING),
        TurnTaker._words_after_overlap,
    ),
    Transition(
        (_S.FALSE_INTERRUPTION,),
        Tick,
        (EndUtterance, ResumePlayout),
        (_S.SPEAKING, _S.THINKING),
        TurnTaker._no_words_after_overlap,
    ),
    Transition(
        (_S.FALSE_INTERRUPTION,),
        Interrupt,
        (Interrupt, *_ENDS),
        (_S.ENDPOINTING, _S.THINKING),
        TurnTaker._silenced_after_overlap,
    ),
    Transition(
        (_S.FALSE_INTERRUPTION,),
        AgentYields,
        _ENDS,
        (_S.ENDPOINTING, *_OPEN),
        TurnTaker._agent_yields_in_doubt,
    ),
    Transition(
        tuple(state for state in State if state is not _S.CLOSED),
        Close,
        (Discard, EndCall),
        (_S.CLOSED,),
        TurnTaker._close,
    ),
)

_TABLE = {(state, row.event): row.act for row in TRANSITIONS for state in row.states}


def table() -> str:
    """`TRANSITIONS` as text, a line or more each: for the documentation of this module."""
    lines = []
    for row in TRANSITIONS:
        states = "any but CLOSED" if len(row.states) == len(State) - 1 else "/".join(state.name for state in row.states)
        event = "(now)" if row.event is Tick else row.event.__name__
        commands = " ".join(dict.fromkeys(command.__name__ for command in row.commands))
        to = "/".join(state.name for state in row.to) or "-"
        lines.append(f"    {states}: {event} -> {to}{f'   [{commands}]' if commands else ''}")
    return "\n".join(lines)


__doc__ = f"{__doc__}{table()}\n"
