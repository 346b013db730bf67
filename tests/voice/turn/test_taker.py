"""The turn machine: its table against every short sequence, and the decisions one by one.

That the invariants hold in every sequence is enumerated with the agenda on top: `test_agenda.py`.
"""

from collections.abc import Iterable
from typing import Any

import pytest

from tests.voice.turn.worlds import MANUAL, POLICY, explore
from tests.voice.turn.worlds import PRESSED as PRESSED_INPUTS
from tests.voice.turn.worlds import SPOKEN as SPOKEN_INPUTS
from voice.policy import EndpointingPolicy, IdlePolicy, InterruptionPolicy, TurnPolicy
from voice.turn import taker
from voice.turn.events import (
    AgentAudible,
    AgentTakes,
    AgentYields,
    AskDetector,
    CancelTurn,
    CommitTurn,
    Discard,
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
    Typed,
    Voted,
)
from voice.turn.taker import TRANSITIONS, TurnTaker, table

STARTS: tuple[tuple[str, ...], ...] = (
    (),
    ("speech", "words", "pause"),
    ("speech", "pause"),
    ("speech", "um", "pause"),
    ("typed", "speech", "pause"),
    ("typed", "audible", "speech", "pause"),
    ("disclosure", "audible", "speech", "words", "pause"),
    ("disclosure", "typed"),
    ("typed", "drained", "tool asks", "finished", "disclosure", "speech"),
)


def test_the_documented_table_is_the_one_that_is_used() -> None:
    assert table() in str(taker.__doc__)


def test_the_table_says_all_that_happens_in_every_short_sequence_and_nothing_more() -> None:
    """Each row's states and commands are seen, and nothing is seen that no row lists."""
    rows = {(state, row.event): row for row in TRANSITIONS for state in row.states}
    went: dict[int, set[State]] = {}
    gave: dict[int, set[type]] = {}
    worlds = [explore(SPOKEN_INPUTS, 3, start) for start in STARTS]
    worlds += [
        explore(PRESSED_INPUTS, 3, start, MANUAL) for start in ((), ("press",), ("disclosure", "audible", "press"))
    ]
    for sequence, world in (found for exploration in worlds for found in exploration):
        for before, event, after, commands in world.seen:
            row, given = rows.get((before, type(event))), {type(command) for command in commands}
            if row is None:
                assert (before, []) == (after, commands), f"{sequence}: {before} {event} unlisted"
                continue
            assert after in (*row.to, before), f"{sequence}: {before} {event} -> {after}"
            assert given <= set(row.commands), f"{sequence}: {before} {event} gives {commands}"
            went.setdefault(id(row), set()).add(after)
            gave.setdefault(id(row), set()).update(given)
    unseen = []
    for row in TRANSITIONS:
        name = f"{'/'.join(row.states)} {row.event.__name__}"
        unseen += [f"{name} -> {to}" for to in row.to if to not in went.get(id(row), ())]
        unseen += [f"{name} [{given.__name__}]" for given in row.commands if given not in gave.get(id(row), ())]
    assert unseen == []


# One decision at a time: a script of (time, event), and what came out.


def play(turn: TurnTaker, script: Iterable[tuple[float, object]]) -> list[tuple[float, FloorCommand]]:
    """Feed events at their times, ticking at every deadline in between; stop at the last event."""
    out: list[tuple[float, FloorCommand]] = []
    for at, event in script:
        while turn.deadline is not None and turn.deadline < at:
            now = turn.deadline
            out.extend((round(now, 3), command) for command in turn.tick(now))
        out.extend((at, command) for command in turn.hear(event, at))  # type: ignore[arg-type]
    return out


def about(seconds: float) -> Any:
    """Equal to this time, as near as the sum of a few floats is."""
    return pytest.approx(seconds)


class Nothing:
    """No event: lets time pass."""


def only(kind: type, out: list[tuple[float, FloorCommand]]) -> list[tuple[float, FloorCommand]]:
    return [(at, command) for at, command in out if isinstance(command, kind)]


SPOKEN = [(1.0, SpeechStarted(0.9, 0)), (2.1, SpeechStopped(2.0)), (2.15, Transcribed(0, "Book a table", final=True))]


def test_without_detectors_the_turn_ends_at_the_endpointing_delay_to_the_millisecond() -> None:
    out = play(TurnTaker(POLICY), [*SPOKEN, (9.0, Nothing())])
    [(at, commit)] = only(EndTurn, out)
    assert at == about(2.2)
    assert commit == EndTurn("Book a table", "silence", about(0.2), 1)


def test_agreeing_detectors_end_the_turn_early() -> None:
    turn = TurnTaker(POLICY, ("audio", "text"))
    out = play(turn, [*SPOKEN, (2.25, Voted("text", 1, 1.0)), (2.31, Voted("audio", 2, 1.0)), (9.0, Nothing())])
    [(at, commit)] = only(EndTurn, out)
    assert 2.4 < at < 2.41
    assert isinstance(commit, EndTurn)
    assert commit.by == "agreed"


def test_disagreeing_detectors_wait() -> None:
    turn = TurnTaker(POLICY, ("audio", "text"))
    out = play(turn, [*SPOKEN, (2.25, Voted("text", 1, 0.9)), (2.31, Voted("audio", 2, 0.1)), (9.0, Nothing())])
    [(at, commit)] = only(EndTurn, out)
    assert 2.8 < at < 3.8
    assert isinstance(commit, EndTurn)
    assert commit.by == "disagreed"


def test_what_an_stt_hears_in_the_silence_after_its_final_words_is_no_news() -> None:
    out = play(TurnTaker(POLICY), [*SPOKEN, (2.18, Transcribed(0, "")), (9.0, Nothing())])
    assert [command.text for _, command in only(EndTurn, out) if isinstance(command, EndTurn)] == ["Book a table"]


def test_no_answer_to_a_filler_is_prepared() -> None:
    turn = TurnTaker(POLICY, ("audio",))
    heard = [(1.0, SpeechStarted(0.9, 0)), (2.1, SpeechStopped(2.0)), (2.15, Transcribed(0, "Um.", final=True))]
    assert only(Prepare, play(turn, [*heard, (9.0, Nothing())])) == []
    assert turn.state is State.LISTENING


def test_the_turn_goes_on_while_speech_may_have_begun() -> None:
    out = play(TurnTaker(POLICY), [*SPOKEN, (2.17, MaybeSpeech(True)), (2.3, MaybeSpeech(False)), (9.0, Nothing())])
    assert [at for at, _ in only(EndTurn, out)] == [2.3]


def test_speech_without_words_is_asked_for_again_and_not_over_the_agent() -> None:
    spoke = [(1.0, SpeechStarted(0.9, 0)), (2.1, SpeechStopped(2.0)), (2.15, TranscriptionFailed(0, empty=True))]
    assert [command for _, command in only(NotHeard, play(TurnTaker(POLICY), spoke))] == [NotHeard(empty=True)]
    turn = TurnTaker(POLICY)
    over = [(0.1, AgentTakes()), (0.2, AgentAudible()), *spoke, (2.15, Transcribed(0, "", final=True))]
    out = play(turn, over)
    assert only(NotHeard, out) == []
    assert [command for _, command in only(ResumePlayout, out)] == [ResumePlayout("noise")]


def test_speech_over_the_agent_that_goes_on_takes_the_floor_as_soon_as_it_is_long_enough() -> None:
    turn = TurnTaker(POLICY)
    out = play(
        turn,
        [
            (0.1, AgentTakes()),
            (0.2, AgentAudible()),
            (1.3, SpeechStarted(1.0, 0)),
            (1.4, Transcribed(0, "Book")),
            (1.5, Transcribed(0, "Book a")),
            (9.0, Nothing()),
        ],
    )
    assert [at for at, _ in only(Interrupt, out)] == [about(1.55)]


def test_speech_over_the_agent_that_is_heard_as_something_else_each_time_does_not_take_the_floor_so_soon() -> None:
    mumbled = [(1.3, SpeechStarted(1.0, 0)), (1.4, Transcribed(0, "It's there")), (1.5, Transcribed(0, "And where"))]
    out = play(TurnTaker(POLICY), [(0.1, AgentTakes()), (0.2, AgentAudible()), *mumbled, (2.0, Nothing())])
    assert only(Interrupt, out) == []


def test_two_refusals_wait_for_the_limit() -> None:
    turn = TurnTaker(POLICY, ("audio", "text"))
    out = play(turn, [*SPOKEN, (2.25, Voted("text", 1, 0.1)), (2.31, Voted("audio", 2, 0.1)), (9.0, Nothing())])
    [(at, commit)] = only(EndTurn, out)
    assert at > 4.0
    assert isinstance(commit, EndTurn)
    assert commit.by == "limit"


def test_the_sound_is_scored_again_while_the_silence_goes_on() -> None:
    turn = TurnTaker(POLICY, ("audio", "text"))
    out = play(turn, [*SPOKEN, (2.25, Voted("text", 1, 0.9)), (2.3, Voted("audio", 2, 0.1)), (2.6, Nothing())])
    asked = [(at, c.detector) for at, c in only(AskDetector, out) if isinstance(c, AskDetector)]
    assert asked == [(2.15, "text"), (2.2, "audio"), (2.35, "audio")]
    assert [at for at, _ in only(EndTurn, play(turn, [(2.6, Voted("audio", 3, 0.9))]))] == [2.6]


def test_detectors_that_never_answer_do_not_hang_the_turn() -> None:
    out = play(TurnTaker(POLICY, ("audio", "text")), [*SPOKEN, (9.0, Nothing())])
    [(at, _)] = only(EndTurn, out)
    assert 4.0 < at < 4.5


def test_a_missing_final_transcript_is_waited_for_only_so_long() -> None:
    script = [(1.0, SpeechStarted(0.9, 0)), (1.8, Transcribed(0, "Book a")), (2.1, SpeechStopped(2.0))]
    out = play(TurnTaker(POLICY), [*script, (9.0, Nothing())])
    [(at, commit)] = only(EndTurn, out)
    assert at == about(3.0)
    assert isinstance(commit, EndTurn)
    assert commit.text == "Book a"


def test_noise_without_words_gives_the_floor_back() -> None:
    turn = TurnTaker(POLICY)
    noise = Transcribed(0, "", final=True)
    out = play(turn, [(1.0, SpeechStarted(0.9, 0)), (1.5, SpeechStopped(1.4)), (1.7, noise), (9.0, Nothing())])
    assert [(1.7, EndUtterance())] == out
    assert turn.state is State.LISTENING


def test_speech_that_the_stt_never_answers_for_gets_an_apology() -> None:
    out = play(TurnTaker(POLICY), [(1.0, SpeechStarted(0.9, 0)), (1.5, SpeechStopped(1.4)), (9.0, Nothing())])
    assert [(2.4, EndUtterance()), (2.4, NotHeard())] == out


def test_speech_that_the_stt_gave_up_on_gets_an_apology_at_the_pause() -> None:
    script = [(1.0, SpeechStarted(0.9, 0)), (1.2, TranscriptionFailed(0)), (1.5, SpeechStopped(1.4)), (9.0, Nothing())]
    assert [(1.5, EndUtterance()), (1.5, NotHeard())] == play(TurnTaker(POLICY), script)


def test_words_heard_before_the_stt_gave_up_still_count() -> None:
    heard = [(1.0, SpeechStarted(0.9, 0)), (1.3, Transcribed(0, "table for two")), (1.5, SpeechStopped(1.4))]
    out = play(TurnTaker(POLICY), [*heard, (1.55, TranscriptionFailed(0)), (9.0, Nothing())])
    assert [at for at, _ in only(EndTurn, out)] == [1.6]


def test_a_pause_in_which_the_user_goes_on_ends_nothing() -> None:
    turn = TurnTaker(POLICY, ("audio",))
    out = play(turn, [*SPOKEN, (2.3, SpeechStarted(2.25, 0)), (2.35, Voted("audio", 1, 0.9)), (9.0, Nothing())])
    assert only(EndTurn, out) == []
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
    assert [(1.9, Prepare(1, "book a table"))] == only(Prepare, out)
    assert [c.prepared for _, c in only(EndTurn, out) if isinstance(c, EndTurn)] == [1]


def test_a_changed_transcript_discards_the_prepared_reply() -> None:
    script = [
        (1.0, SpeechStarted(0.9, 0)),
        (1.9, Transcribed(0, "book a table", stable=True)),
        (2.1, SpeechStopped(2.0)),
        (2.15, Transcribed(0, "Book a table for two", final=True)),
        (9.0, Nothing()),
    ]
    out = play(TurnTaker(POLICY), script)
    assert [(2.15, Discard(1))] == only(Discard, out)
    assert [(2.2, EndTurn("Book a table for two", "silence", about(0.2), 2))] == only(EndTurn, out)


def test_a_turn_prepares_only_so_many_replies() -> None:
    texts = [(1.0 + i / 10, Transcribed(0, f"word {i}", stable=True)) for i in range(1, 9)]
    out = play(TurnTaker(POLICY), [(1.0, SpeechStarted(0.9, 0)), *texts])
    assert len(only(Prepare, out)) == 3


# Barge-in: a reply is audible from 0.5; the user speaks over it from 2.0.

AUDIBLE = [(0.0, Typed("hello")), (0.5, AgentAudible()), (2.0, SpeechStarted(1.85, 0))]


def test_speech_over_the_agent_pauses_it_at_once() -> None:
    turn = TurnTaker(POLICY)
    assert (2.0, PausePlayout()) in play(turn, AUDIBLE)
    assert turn.state is State.OVERLAP


def test_words_take_the_floor() -> None:
    turn = TurnTaker(POLICY)
    out = play(turn, [*AUDIBLE, (2.5, Transcribed(0, "no wait", stable=True))])
    assert (2.5, Interrupt()) in out
    assert turn.state is State.USER_SPEAKING


def test_a_partial_of_one_word_does_not_take_the_floor_yet() -> None:
    assert only(Interrupt, play(TurnTaker(POLICY), [*AUDIBLE, (2.4, Transcribed(0, "I"))])) == []


@pytest.mark.parametrize("text", ["Mhm.", "Yeah, okay.", "Uh-huh", "I see.", "Okay, got it!"])
def test_a_backchannel_resumes_the_agent(text: str) -> None:
    script = [*AUDIBLE, (2.4, SpeechStopped(2.3)), (2.5, Transcribed(0, text, final=True))]
    turn = TurnTaker(POLICY)
    assert (2.5, ResumePlayout("backchannel")) in play(turn, script)
    assert turn.state is State.SPEAKING


def test_a_cough_resumes_the_agent_as_soon_as_the_transcript_is_empty() -> None:
    script = [*AUDIBLE, (2.4, SpeechStopped(2.3)), (2.5, Transcribed(0, "", final=True))]
    assert (2.5, ResumePlayout("noise")) in play(TurnTaker(POLICY), script)


def test_noise_without_any_transcript_resumes_after_the_false_interruption_time() -> None:
    script = [*AUDIBLE, (2.4, SpeechStopped(2.3)), (9.0, Nothing())]
    assert (3.3, ResumePlayout("noise")) in play(TurnTaker(POLICY), script)


def test_long_speech_without_words_takes_the_floor() -> None:
    assert (3.85, Interrupt()) in play(TurnTaker(POLICY), [*AUDIBLE, (9.0, Nothing())])


def test_words_after_the_overlap_end_the_turn_by_the_usual_rule() -> None:
    script = [*AUDIBLE, (2.4, SpeechStopped(2.3)), (2.6, Transcribed(0, "Stop, please", final=True)), (9.0, Nothing())]
    out = play(TurnTaker(POLICY), script)
    assert (2.6, Interrupt()) in out
    assert [at for at, c in only(EndTurn, out) if isinstance(c, EndTurn) and c.text != "hello"] == [2.6]


def test_a_yes_just_before_the_end_of_a_question_is_an_answer() -> None:
    overlap = [*AUDIBLE, (2.4, SpeechStopped(2.3)), (2.5, Transcribed(0, "Yes.", final=True))]
    out = play(TurnTaker(POLICY), [*overlap, (3.0, AgentYields(question=True))])
    assert (3.0, EndTurn("Yes.", "answered", None, None)) in out
    out = play(TurnTaker(POLICY), [*overlap, (3.0, AgentYields(question=False))])
    assert len(only(EndTurn, out)) == 1
    out = play(TurnTaker(POLICY), [*overlap, (6.0, AgentYields(question=True))])
    assert len(only(EndTurn, out)) == 1


def test_speech_before_the_first_audio_holds_the_reply_back() -> None:
    turn = TurnTaker(POLICY)
    out = play(turn, [(0.0, Typed("hello")), (0.3, SpeechStarted(0.2, 0)), (0.6, SpeechStopped(0.5))])
    assert (0.3, PausePlayout()) in out
    assert (0.7, ResumePlayout("noise")) in play(turn, [(0.7, Transcribed(0, "", final=True))])
    assert turn.state is State.THINKING


def test_typing_interrupts_and_keeps_what_was_said_before() -> None:
    turn = TurnTaker(POLICY)
    out = play(turn, [(1.0, SpeechStarted(0.9, 0)), (1.5, Transcribed(0, "my code is")), (1.7, Typed("A7"))])
    assert (1.7, EndTurn("my code is A7", "typed", None, None)) in out


# Speech over an item that cannot be interrupted (a greeting, a disclosure) from 1.0 on.

DISCLOSURE = [(0.0, AgentTakes(interruptible=False)), (0.5, AgentAudible()), (1.0, SpeechStarted(0.9, 0))]
SAID = [(1.6, SpeechStopped(1.5)), (1.7, Transcribed(0, "Book a table", final=True))]


def test_speech_over_a_disclosure_pauses_nothing_and_is_the_next_turn() -> None:
    turn = TurnTaker(POLICY)
    assert play(turn, [*DISCLOSURE, *SAID, (4.0, Nothing())]) == []
    out = play(turn, [(4.0, AgentYields())])
    assert [(4.0, EndUtterance()), (4.0, EndTurn("Book a table", "silence", about(2.5), None))] == out


def test_who_still_speaks_when_a_disclosure_ends_has_the_floor() -> None:
    turn = TurnTaker(POLICY)
    assert play(turn, [*DISCLOSURE, (4.0, AgentYields()), (4.1, SpeechStopped(4.0))]) == []
    [(at, _)] = only(EndTurn, play(turn, [(4.15, Transcribed(0, "Book a table", final=True)), (9.0, Nothing())]))
    assert at == about(4.2)


def test_a_yes_over_a_line_of_consent_is_the_next_turn_and_noise_is_none() -> None:
    turn = TurnTaker(POLICY)
    play(turn, [*DISCLOSURE, (1.4, SpeechStopped(1.3)), (1.5, Transcribed(0, "Yes.", final=True))])
    assert [end.text for _, end in play(turn, [(4.0, AgentYields())]) if isinstance(end, EndTurn)] == ["Yes."]
    turn = TurnTaker(POLICY)
    play(turn, [*DISCLOSURE, (1.4, SpeechStopped(1.3)), (1.5, Transcribed(0, "", final=True))])
    assert [(4.0, EndUtterance())] == play(turn, [(4.0, AgentYields())])
    assert turn.state is State.LISTENING


def test_lines_typed_during_a_disclosure_are_the_next_turn() -> None:
    turn = TurnTaker(POLICY)
    start = [(0.0, AgentTakes(interruptible=False)), (1.0, Typed("Book")), (2.0, Typed("a table"))]
    assert play(turn, start) == []
    assert (4.0, EndTurn("Book a table", "typed", None, None)) in play(turn, [(4.0, AgentYields())])


# Without an STT, and with votes that nobody asked for.


def test_without_an_stt_a_turn_ends_without_words() -> None:
    out = play(
        TurnTaker(POLICY, words=False), [(1.0, SpeechStarted(0.9, 0)), (2.1, SpeechStopped(2.0)), (9.0, Nothing())]
    )
    assert [(about(2.2), EndTurn("", "silence", about(0.2), None))] == only(EndTurn, out)


def test_an_end_of_turn_that_the_stt_volunteers_is_a_vote() -> None:
    out = play(TurnTaker(POLICY, ("audio",)), [*SPOKEN, (2.16, Voted("stt", None, 0.9)), (9.0, Nothing())])
    [(at, commit)] = only(EndTurn, out)
    assert 2.8 < at < 3.8
    assert isinstance(commit, EndTurn)
    assert commit.by == "disagreed"


# Manual turns: a button is pressed at 1.0 and released at 2.0.

PRESSED = [(1.0, StartTurn(0)), (1.5, Transcribed(0, "book", stable=True)), (2.0, CommitTurn())]


def test_a_manual_turn_ends_with_the_text_that_the_flush_brings() -> None:
    out = play(TurnTaker(MANUAL), [*PRESSED, (2.1, Transcribed(0, "Book a table", final=True))])
    assert (2.0, FlushUtterance()) in out
    assert [(2.1, EndTurn("Book a table", "manual", about(0.1), None))] == only(EndTurn, out)


def test_a_manual_turn_whose_final_text_stays_away_ends_with_the_best_there_is() -> None:
    out = play(TurnTaker(MANUAL), [*PRESSED, (9.0, Nothing())])
    assert [(3.0, EndTurn("book", "manual", about(1.0), 1))] == only(EndTurn, out)


def test_voice_activity_neither_begins_nor_ends_a_manual_turn() -> None:
    turn = TurnTaker(MANUAL, ("audio",))
    assert play(turn, [(0.5, SpeechStarted(0.4, 0)), (0.9, SpeechStopped(0.8)), (0.95, Nothing())]) == []
    out = play(turn, [(1.0, StartTurn(1)), (1.5, SpeechStopped(1.4)), (9.0, Nothing())])
    assert out == []


def test_a_cancelled_manual_turn_leaves_nothing() -> None:
    out = play(
        TurnTaker(MANUAL), [(1.0, StartTurn(0)), (1.5, Transcribed(0, "book", stable=True)), (2.0, CancelTurn())]
    )
    assert only(EndTurn, out) == []
    assert (2.0, Discard(1)) in out


def test_pressed_again_before_the_last_words_came_the_same_turn_goes_on() -> None:
    turn = TurnTaker(MANUAL)
    out = play(turn, [*PRESSED, (2.05, StartTurn(0)), (2.1, Transcribed(0, "Book a table", final=True))])
    assert only(EndTurn, out) == []
    out = play(turn, [(3.0, CommitTurn()), (3.1, Transcribed(0, "Book a table for two", final=True))])
    assert [end.text for _, end in out if isinstance(end, EndTurn)] == ["Book a table for two"]


def test_all_that_is_said_over_a_disclosure_with_the_button_pressed_is_kept() -> None:
    turn = TurnTaker(MANUAL)
    start = [(0.0, AgentTakes(interruptible=False)), (0.5, AgentAudible()), (1.0, StartTurn(0)), (1.5, CommitTurn())]
    play(turn, [*start, (2.0, StartTurn(0)), (2.5, CommitTurn()), (2.6, Transcribed(0, "one two", final=True))])
    assert [end.text for _, end in play(turn, [(4.0, AgentYields())]) if isinstance(end, EndTurn)] == ["one two"]


def test_pressing_the_button_interrupts_the_agent() -> None:
    out = play(TurnTaker(MANUAL), [(0.0, AgentTakes()), (0.5, AgentAudible()), (1.0, StartTurn(0))])
    assert [(1.0, Interrupt())] == out


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
                (at + 3, AgentAudible()),
                (at + 5, AgentYields()),
            ],
        )
        assert len(only(EndTurn, commits)) == 1
    assert turn.state is State.LISTENING
