"""The turn machine: every short sequence of its inputs, and the decisions one by one."""

import itertools
import random
from collections.abc import Callable, Iterable

import pytest

from voice.policy import EndpointingPolicy, IdlePolicy, InterruptionPolicy, Phrases, TurnPolicy
from voice.turn.events import (
    Apologize,
    Begin,
    CancelReply,
    Close,
    Command,
    CommitReply,
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
    Typed,
)
from voice.turn.taker import TurnTaker

POLICY = TurnPolicy(idle=IdlePolicy(after=10.0, prompts=1))
WAITING = {State.LISTENING, State.ENDPOINTING, State.OVERLAP, State.FALSE_INTERRUPTION}


class World:
    """Plays the session: gives the machine consistent events and checks every command it gives."""

    def __init__(self, policy: TurnPolicy = POLICY, detectors: tuple = ("audio", "text")) -> None:
        self.turn = TurnTaker(policy, detectors)
        self.now = 0.0
        self.utterance = 0
        self.draft: int | None = None
        self.committed: int | None = None
        self.dead: set[int] = set()
        self.paused = False
        self.user_speaking = False
        self.ended = 0
        self.questions: dict[str, int] = {}

    def step(self, name: str) -> None:
        before = self.turn.state
        if name == "deadline":
            if self.turn.deadline is not None:
                self.now = max(self.now, self.turn.deadline)
            commands = self.turn.tick(self.now)
        else:
            self.now += 0.15
            commands = self.turn.hear(INPUTS[name](self), self.now)
        if before is State.CLOSED:
            assert commands == []
        for command in commands:
            self.obey(command)
        self.check()
        if name == "deadline" and self.turn.deadline is not None:
            assert self.turn.deadline > self.now, "a deadline that does not move would spin"

    def obey(self, command: Command) -> None:
        match command:
            case StartReply(reply):
                assert self.draft is None, "two drafts"
                assert reply not in self.dead
                self.draft = reply
            case CommitReply(reply, by=by):
                assert self.committed is None, "two replies"
                assert reply == self.draft, "committed a reply that was not being prepared"
                assert by == "typed" or not self.user_speaking, "a reply while the user holds the floor"
                self.committed, self.draft = reply, None
            case Say(reply) | Apologize(reply):
                assert self.committed is None, "two replies"
                assert self.draft is None, "a line spoken over a prepared reply"
                assert not self.user_speaking, "a line while the user holds the floor"
                self.committed = reply
            case DiscardReply(reply):
                assert reply == self.draft
                self.draft = None
                self.dead.add(reply)
            case CancelReply(reply):
                assert reply == self.committed
                self.committed, self.paused = None, False
                self.dead.add(reply)
            case PausePlayout(reply):
                assert reply == self.committed
                assert not self.paused, "paused twice"
                self.paused = True
            case ResumePlayout(reply):
                assert reply == self.committed
                assert self.paused, "resumed what was not paused"
                self.paused = False
            case ScoreTurn(detector, question):
                self.questions[detector] = question
            case EndUtterance():
                self.utterance += 1
            case EndCall():
                self.ended += 1

    def check(self) -> None:
        state = self.turn.state
        assert (self.turn.deadline is not None) == (state in WAITING), f"deadline in {state}"
        assert self.paused == (state in (State.OVERLAP, State.FALSE_INTERRUPTION)), f"paused in {state}"
        assert (self.committed is not None) == (
            state in (State.THINKING, State.SPEAKING, State.OVERLAP, State.FALSE_INTERRUPTION)
        ), f"reply in {state}"
        assert self.draft is None or state in (State.USER_SPEAKING, State.ENDPOINTING)
        assert self.ended == (state is State.CLOSED)


def _speech_started(world: World) -> SpeechStarted:
    world.user_speaking = True
    return SpeechStarted(world.now, world.utterance)


def _speech_stopped(world: World) -> SpeechStopped:
    world.user_speaking = False
    return SpeechStopped(world.now - 0.1)


def _typed(world: World) -> Typed:
    world.user_speaking = False
    return Typed("stop that")


def _reply_done(world: World) -> ReplyDone:
    reply = world.committed or 0
    world.committed, world.paused = None, False
    world.dead.add(reply)
    return ReplyDone(reply, question=True)


INPUTS: dict[str, Callable[[World], object]] = {
    "speech": _speech_started,
    "pause": _speech_stopped,
    "words": lambda w: Transcribed(w.utterance, "book a table", final=True),
    "partial": lambda w: Transcribed(w.utterance, "book a", stable=True),
    "nothing": lambda w: Transcribed(w.utterance, "", final=True),
    "yeah": lambda w: Transcribed(w.utterance, "Yeah.", final=True),
    "ended": lambda w: Scored("audio", w.questions.get("audio", 0), 0.9),
    "unfinished": lambda w: Scored("text", w.questions.get("text", 0), 0.1),
    "audible": lambda w: ReplyAudible(w.committed or 0),
    "done": _reply_done,
    "unheard": lambda w: TranscriptionFailed(w.utterance),
    "typed": _typed,
    "close": lambda w: Close("hangup"),
}
NAMES = [*INPUTS, "deadline"]
STARTS: list[tuple[str, ...]] = [
    (),
    ("speech", "words", "pause"),
    ("typed", "audible"),
    ("typed", "audible", "speech", "pause"),
]


@pytest.mark.parametrize("start", STARTS, ids=[" ".join(start) or "nothing" for start in STARTS])
def test_every_sequence_of_four_inputs_keeps_the_invariants(start: tuple[str, ...]) -> None:
    for sequence in itertools.product(NAMES, repeat=4):
        world = World()
        for name in (*start, *sequence):
            world.step(name)
        world.turn.hear(Close("over"), world.now)
        assert world.turn.state is State.CLOSED


def test_three_thousand_random_conversations_keep_the_invariants() -> None:
    random_ = random.Random(20261123)
    names = [name for name in NAMES if name != "close"]
    for _ in range(3000):
        world = World(detectors=random_.choice([(), ("audio",), ("text",), ("audio", "text")]))
        for name in random_.choices(names, k=60):
            world.step(name)


def test_stale_events_of_a_dead_reply_change_nothing() -> None:
    world = World()
    for name in ("typed", "audible", "speech", "words"):
        world.step(name)
    state = world.turn.state
    assert world.turn.hear(ReplyDone(1, question=True), world.now) == []
    assert world.turn.hear(ReplyAudible(1), world.now) == []
    assert state is world.turn.state


# One decision at a time: a script of (time, event), and what came out.


def play(turn: TurnTaker, script: Iterable[tuple[float, object]]) -> list[tuple[float, Command]]:
    """Feed events at their times, ticking at every deadline in between; stop at the last event."""
    out: list[tuple[float, Command]] = []
    for at, event in script:
        while turn.deadline is not None and turn.deadline < at:
            now = turn.deadline
            out.extend((round(now, 3), command) for command in turn.tick(now))
        out.extend((at, command) for command in turn.hear(event, at))  # type: ignore[arg-type]
    return out


class Nothing:
    """No event: lets time pass."""


def only(kind: type, out: list[tuple[float, Command]]) -> list[tuple[float, Command]]:
    return [(at, command) for at, command in out if isinstance(command, kind)]


SPOKEN = [(1.0, SpeechStarted(0.9, 0)), (2.1, SpeechStopped(2.0)), (2.15, Transcribed(0, "Book a table", final=True))]


def test_without_detectors_the_turn_ends_at_the_endpointing_delay_to_the_millisecond() -> None:
    out = play(TurnTaker(POLICY), [*SPOKEN, (9.0, Nothing())])
    [(at, commit)] = only(CommitReply, out)
    assert at == pytest.approx(2.2)
    assert commit == CommitReply(1, "Book a table", "silence", pytest.approx(0.2))


def test_agreeing_detectors_end_the_turn_at_once() -> None:
    turn = TurnTaker(POLICY, ("audio", "text"))
    out = play(turn, [*SPOKEN, (2.25, Scored("text", 1, 0.9)), (2.31, Scored("audio", 2, 0.9)), (9.0, Nothing())])
    [(at, commit)] = only(CommitReply, out)
    assert at == 2.31
    assert isinstance(commit, CommitReply)
    assert commit.by == "agreed"


def test_disagreeing_detectors_wait() -> None:
    turn = TurnTaker(POLICY, ("audio", "text"))
    out = play(turn, [*SPOKEN, (2.25, Scored("text", 1, 0.9)), (2.31, Scored("audio", 2, 0.1)), (9.0, Nothing())])
    [(at, commit)] = only(CommitReply, out)
    assert at == pytest.approx(2.7)
    assert isinstance(commit, CommitReply)
    assert commit.by == "disagreed"


def test_two_refusals_wait_for_the_limit() -> None:
    turn = TurnTaker(POLICY, ("audio", "text"))
    out = play(turn, [*SPOKEN, (2.25, Scored("text", 1, 0.1)), (2.31, Scored("audio", 2, 0.1)), (9.0, Nothing())])
    [(at, commit)] = only(CommitReply, out)
    assert at == pytest.approx(3.8)
    assert isinstance(commit, CommitReply)
    assert commit.by == "limit"


def test_the_sound_is_scored_again_while_the_silence_goes_on() -> None:
    turn = TurnTaker(POLICY, ("audio", "text"))
    out = play(turn, [*SPOKEN, (2.25, Scored("text", 1, 0.9)), (2.3, Scored("audio", 2, 0.1)), (2.6, Nothing())])
    asked = [(at, c.detector) for at, c in only(ScoreTurn, out) if isinstance(c, ScoreTurn)]
    assert asked == [(2.15, "text"), (2.2, "audio"), (2.55, "audio")]
    assert [at for at, _ in only(CommitReply, play(turn, [(2.6, Scored("audio", 3, 0.9))]))] == [2.6]


def test_detectors_that_never_answer_do_not_hang_the_turn() -> None:
    out = play(TurnTaker(POLICY, ("audio", "text")), [*SPOKEN, (9.0, Nothing())])
    assert [at for at, _ in only(CommitReply, out)] == [3.8]


def test_a_missing_final_transcript_is_waited_for_only_so_long() -> None:
    script = [(1.0, SpeechStarted(0.9, 0)), (1.8, Transcribed(0, "Book a")), (2.1, SpeechStopped(2.0))]
    out = play(TurnTaker(POLICY), [*script, (9.0, Nothing())])
    [(at, commit)] = only(CommitReply, out)
    assert at == pytest.approx(3.0)
    assert isinstance(commit, CommitReply)
    assert commit.text == "Book a"


def test_noise_without_words_gives_the_floor_back() -> None:
    turn = TurnTaker(POLICY)
    noise = Transcribed(0, "", final=True)
    out = play(turn, [(1.0, SpeechStarted(0.9, 0)), (1.5, SpeechStopped(1.4)), (1.7, noise), (9.0, Nothing())])
    assert [(1.7, EndUtterance())] == out
    assert turn.state is State.LISTENING


def test_speech_that_the_stt_never_answers_for_gets_an_apology() -> None:
    out = play(TurnTaker(POLICY), [(1.0, SpeechStarted(0.9, 0)), (1.5, SpeechStopped(1.4)), (9.0, Nothing())])
    assert [(2.4, EndUtterance()), (2.4, Apologize(1))] == out


def test_speech_that_the_stt_gave_up_on_gets_an_apology_at_the_pause() -> None:
    script = [(1.0, SpeechStarted(0.9, 0)), (1.2, TranscriptionFailed(0)), (1.5, SpeechStopped(1.4)), (9.0, Nothing())]
    assert [(1.5, EndUtterance()), (1.5, Apologize(1))] == play(TurnTaker(POLICY), script)


def test_words_heard_before_the_stt_gave_up_still_count() -> None:
    heard = [(1.0, SpeechStarted(0.9, 0)), (1.3, Transcribed(0, "table for two")), (1.5, SpeechStopped(1.4))]
    out = play(TurnTaker(POLICY), [*heard, (1.55, TranscriptionFailed(0)), (9.0, Nothing())])
    assert [at for at, _ in only(CommitReply, out)] == [1.6]


def test_a_pause_in_which_the_user_goes_on_ends_nothing() -> None:
    turn = TurnTaker(POLICY, ("audio",))
    out = play(turn, [*SPOKEN, (2.3, SpeechStarted(2.25, 0)), (2.35, Scored("audio", 1, 0.9)), (9.0, Nothing())])
    assert only(CommitReply, out) == []
    assert turn.state is State.USER_SPEAKING


def test_a_stable_transcript_starts_a_reply_and_the_decision_adopts_it() -> None:
    script = [
        (1.0, SpeechStarted(0.9, 0)),
        (1.9, Transcribed(0, "book a table", stable=True)),
        (2.1, SpeechStopped(2.0)),
        (2.15, Transcribed(0, "Book a table.", final=True)),
        (9.0, Nothing()),
    ]
    out = play(TurnTaker(POLICY), script)
    assert [(1.9, StartReply(1, "book a table", preemptive=True))] == only(StartReply, out)
    assert [c.reply for _, c in only(CommitReply, out) if isinstance(c, CommitReply)] == [1]


def test_a_changed_transcript_discards_the_prepared_reply() -> None:
    script = [
        (1.0, SpeechStarted(0.9, 0)),
        (1.9, Transcribed(0, "book a table", stable=True)),
        (2.1, SpeechStopped(2.0)),
        (2.15, Transcribed(0, "Book a table for two", final=True)),
        (9.0, Nothing()),
    ]
    out = play(TurnTaker(POLICY), script)
    assert [(2.15, DiscardReply(1))] == only(DiscardReply, out)
    assert [(2.2, CommitReply(2, "Book a table for two", "silence", pytest.approx(0.2)))] == only(CommitReply, out)


def test_a_turn_prepares_only_so_many_replies() -> None:
    texts = [(1.0 + i / 10, Transcribed(0, f"word {i}", stable=True)) for i in range(1, 9)]
    out = play(TurnTaker(POLICY), [(1.0, SpeechStarted(0.9, 0)), *texts])
    assert len(only(StartReply, out)) == 3


# Barge-in: a reply is audible from 0.5; the user speaks over it from 2.0.

AUDIBLE = [(0.0, Typed("hello")), (0.5, ReplyAudible(1)), (2.0, SpeechStarted(1.85, 0))]


def test_speech_over_the_agent_pauses_it_at_once() -> None:
    turn = TurnTaker(POLICY)
    assert (2.0, PausePlayout(1)) in play(turn, AUDIBLE)
    assert turn.state is State.OVERLAP


def test_words_take_the_floor() -> None:
    turn = TurnTaker(POLICY)
    out = play(turn, [*AUDIBLE, (2.5, Transcribed(0, "no wait", stable=True))])
    assert (2.5, CancelReply(1)) in out
    assert turn.state is State.USER_SPEAKING


def test_a_partial_of_one_word_does_not_take_the_floor_yet() -> None:
    assert only(CancelReply, play(TurnTaker(POLICY), [*AUDIBLE, (2.4, Transcribed(0, "I"))])) == []


@pytest.mark.parametrize("text", ["Mhm.", "Yeah, okay.", "Uh-huh", "I see.", "Okay, got it!"])
def test_a_backchannel_resumes_the_agent(text: str) -> None:
    script = [*AUDIBLE, (2.4, SpeechStopped(2.3)), (2.5, Transcribed(0, text, final=True))]
    turn = TurnTaker(POLICY)
    assert (2.5, ResumePlayout(1, "backchannel")) in play(turn, script)
    assert turn.state is State.SPEAKING


def test_a_cough_resumes_the_agent_as_soon_as_the_transcript_is_empty() -> None:
    script = [*AUDIBLE, (2.4, SpeechStopped(2.3)), (2.5, Transcribed(0, "", final=True))]
    assert (2.5, ResumePlayout(1, "noise")) in play(TurnTaker(POLICY), script)


def test_noise_without_any_transcript_resumes_after_the_false_interruption_time() -> None:
    script = [*AUDIBLE, (2.4, SpeechStopped(2.3)), (9.0, Nothing())]
    assert (3.3, ResumePlayout(1, "noise")) in play(TurnTaker(POLICY), script)


def test_long_speech_without_words_takes_the_floor() -> None:
    assert (3.85, CancelReply(1)) in play(TurnTaker(POLICY), [*AUDIBLE, (9.0, Nothing())])


def test_words_after_the_overlap_end_the_turn_by_the_usual_rule() -> None:
    script = [*AUDIBLE, (2.4, SpeechStopped(2.3)), (2.6, Transcribed(0, "Stop, please", final=True)), (9.0, Nothing())]
    out = play(TurnTaker(POLICY), script)
    assert (2.6, CancelReply(1)) in out
    assert [at for at, c in only(CommitReply, out) if isinstance(c, CommitReply) and c.text != "hello"] == [2.6]


def test_a_yes_just_before_the_end_of_a_question_is_an_answer() -> None:
    overlap = [*AUDIBLE, (2.4, SpeechStopped(2.3)), (2.5, Transcribed(0, "Yes.", final=True))]
    out = play(TurnTaker(POLICY), [*overlap, (3.0, ReplyDone(1, question=True))])
    assert (3.0, CommitReply(2, "Yes.", "answered", None)) in out
    out = play(TurnTaker(POLICY), [*overlap, (3.0, ReplyDone(1, question=False))])
    assert len(only(CommitReply, out)) == 1
    out = play(TurnTaker(POLICY), [*overlap, (6.0, ReplyDone(1, question=True))])
    assert len(only(CommitReply, out)) == 1


def test_speech_before_the_first_audio_holds_the_reply_back() -> None:
    turn = TurnTaker(POLICY)
    out = play(turn, [(0.0, Typed("hello")), (0.3, SpeechStarted(0.2, 0)), (0.6, SpeechStopped(0.5))])
    assert (0.3, PausePlayout(1)) in out
    assert (0.7, ResumePlayout(1, "noise")) in play(turn, [(0.7, Transcribed(0, "", final=True))])
    assert turn.state is State.THINKING


def test_typing_interrupts_and_keeps_what_was_said_before() -> None:
    turn = TurnTaker(POLICY)
    out = play(turn, [(1.0, SpeechStarted(0.9, 0)), (1.5, Transcribed(0, "my code is")), (1.7, Typed("A7"))])
    assert (1.7, CommitReply(1, "my code is A7", "typed", None)) in out


# Silence of the user.


def test_a_silent_user_is_asked_then_the_call_ends() -> None:
    turn = TurnTaker(TurnPolicy(idle=IdlePolicy(after=5.0, prompts=1)), phrases=Phrases(idle="Hello?", goodbye="Bye."))
    out = play(turn, [(0.0, Begin("Hi.")), (1.0, ReplyDone(1)), (7.0, ReplyDone(2)), (13.0, ReplyDone(3))])
    said = [(at, c.text) for at, c in only(Say, out) if isinstance(c, Say)]
    assert said == [(0.0, "Hi."), (6.0, "Hello?"), (12.0, "Bye.")]
    assert out[-1] == (13.0, EndCall("user_silent"))


def test_a_user_who_speaks_again_is_asked_anew_later() -> None:
    turn = TurnTaker(TurnPolicy(idle=IdlePolicy(after=5.0, prompts=1)))
    play(turn, [(0.0, Begin("")), (5.5, ReplyDone(1)), (6.0, SpeechStarted(6.0, 0)), (7.0, SpeechStopped(6.9))])
    play(turn, [(7.1, Transcribed(0, "hello", final=True)), (8.0, ReplyDone(2))])
    out = play(turn, [(20.0, Nothing())])
    assert [Phrases().idle] == [c.text for _, c in only(Say, out) if isinstance(c, Say)]


def test_idling_can_be_switched_off() -> None:
    assert TurnTaker(TurnPolicy(idle=IdlePolicy(after=0))).deadline is None


def test_a_day_of_conversation_leaves_the_machine_where_it_was() -> None:
    turn = TurnTaker(TurnPolicy(EndpointingPolicy(), InterruptionPolicy(), IdlePolicy(after=0)))
    for number in range(8640):
        at = number * 10.0
        commits = play(
            turn,
            [
                (at + 1, SpeechStarted(at + 0.9, number)),
                (at + 2, SpeechStopped(at + 1.9)),
                (at + 2.1, Transcribed(number, "hello", final=True)),
                (at + 3, ReplyAudible(number + 1)),
                (at + 5, ReplyDone(number + 1)),
            ],
        )
        assert len(only(CommitReply, commits)) == 1
    assert turn.state is State.LISTENING
