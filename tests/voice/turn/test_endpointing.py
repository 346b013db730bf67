"""When a pause is the end of a turn: how long the silence must be, who votes, and what is waited for.

The user falls silent at second 10; a verdict comes after so many seconds of silence.
"""

from typing import Any

import pytest

from voice.policy import EndpointingPolicy
from voice.turn.endpointing import VOLUNTEERED, Endpointing, Verdict
from voice.turn.events import AskDetector

POLICY = EndpointingPolicy(min_delay=0.2, sure_delay=0.4, max_delay=2.4, rescore=0.15, transcript_wait=1.0)
SILENT = 10.0
YES, NO = 0.9, 0.1
SURE, SURELY_NOT = 0.999, 0.001


def about(seconds: float) -> Any:
    return pytest.approx(seconds)


def paused(*detectors: str, text: str = "Book a table", final: bool = True, words: bool = True) -> Endpointing:
    """The user has said `text` and is silent."""
    heard = Endpointing(POLICY, detectors, words)
    if text:
        heard.note(text, final)
    heard.pause(SILENT)
    return heard


def outcome(heard: Endpointing, votes: dict[str, float] | None = None) -> Verdict:
    """The verdict in the end, when every question that is asked is answered at once by `votes`."""
    now = SILENT
    for _ in range(100):
        verdict, asks = heard.look(now)
        if verdict.outcome != "wait":
            return verdict
        answers = [ask for ask in asks if ask.detector in (votes or {})]
        for ask in answers:
            assert heard.vote(ask.detector, ask.question, (votes or {})[ask.detector])
        if not answers:
            assert heard.next_look > now
            now = heard.next_look
    raise AssertionError("no end of looking")


def wait(probability: float) -> float:
    """The silence after which a turn ends that is over with this probability."""
    return POLICY.max_delay - (POLICY.max_delay - POLICY.sure_delay) * probability


@pytest.mark.parametrize(
    ("votes", "by", "silence"),
    [
        ({}, "silence", POLICY.min_delay),
        ({"audio": YES}, "agreed", wait(0.9)),
        ({"text": YES}, "agreed", wait(0.9)),
        ({"audio": YES, "text": YES}, "agreed", wait(0.81 / 0.82)),
        ({"audio": YES, "text": NO}, "disagreed", wait(0.5)),
        ({"audio": NO, "text": YES}, "disagreed", wait(0.5)),
        ({"audio": NO, "text": NO}, "limit", wait(0.01 / 0.82)),
        ({"audio": NO}, "limit", wait(0.1)),
        ({"audio": 0.5}, "agreed", wait(0.5)),
        ({"audio": 0.499}, "limit", wait(0.499)),
    ],
)
def test_the_silence_that_ends_a_turn_shrinks_with_the_joined_probability(
    votes: dict[str, float], by: str, silence: float
) -> None:
    assert outcome(paused(*votes), votes) == Verdict("ended", by, about(silence))


def test_one_detector_that_is_certain_does_not_outvote_the_other() -> None:
    assert outcome(paused("audio", "text"), {"audio": 1.0, "text": 0.0}).silence == about(wait(0.5))


def test_a_threshold_is_the_probability_that_says_nothing() -> None:
    heard = Endpointing(EndpointingPolicy(sure_delay=0.4, max_delay=2.4, text_threshold=0.8), ("text",))
    heard.note("Book a table", final=True)
    heard.pause(SILENT)
    assert outcome(heard, {"text": 0.8}) == Verdict("ended", "agreed", about(wait(0.5)))


@pytest.mark.parametrize("detectors", [("audio",), ("text",), ("audio", "text")], ids=" ".join)
def test_without_an_answer_a_turn_ends_late(detectors: tuple[str, ...]) -> None:
    verdict = outcome(paused(*detectors))
    assert (verdict.outcome, verdict.by) == ("ended", "limit")
    assert verdict.silence > wait(0.2)


def test_no_delay_is_shorter_than_the_shortest() -> None:
    heard = Endpointing(EndpointingPolicy(min_delay=0.7, sure_delay=0.1, max_delay=0.2), ("text",))
    heard.note("Book", final=True)
    heard.pause(SILENT)
    assert outcome(heard, {"text": NO}) == Verdict("ended", "limit", about(0.7))


# What the words end with


@pytest.mark.parametrize("text", ["Book a table for", "Book a table, um", "Book a table,", "The number is 2018"])
def test_words_that_leave_a_sentence_open_make_the_wait_longer(text: str) -> None:
    closed = outcome(paused("audio"), {"audio": YES}).silence
    assert outcome(paused("audio", text=text), {"audio": YES}).silence > closed + 0.3


def test_okay_alone_is_waited_for_unless_it_answers_a_question() -> None:
    answer = paused("audio", text="Okay.")
    answer.asked = True
    plain = outcome(paused("audio"), {"audio": SURE}).silence
    assert outcome(answer, {"audio": SURE}).silence == about(plain)
    assert outcome(paused("audio", text="Okay."), {"audio": SURE}).silence > plain + 0.3


def test_a_filler_alone_is_no_turn_but_the_beginning_of_one() -> None:
    votes = {"audio": SURE}
    assert outcome(paused("audio", text="Um."), votes) == Verdict("nothing", silence=about(POLICY.max_delay))
    heard = paused("audio", text="Um.")
    assert heard.look(SILENT + 1.0)[0].outcome == "wait"
    heard.goes_on()
    heard.note("Um, book a table.", final=True)
    heard.pause(SILENT + 3)
    assert heard.look(SILENT + 3.5)[0].outcome == "wait"
    assert heard.text == "Um, book a table."


# Speech that may go on


def test_nothing_is_decided_while_the_user_may_be_speaking_again() -> None:
    heard = paused()
    heard.doubt(True, SILENT + 0.19)
    assert heard.look(SILENT + 0.3)[0].outcome == "wait"
    heard.doubt(False, SILENT + 0.32)
    assert heard.look(SILENT + 0.32)[0] == Verdict("ended", "silence", about(0.32))


def test_what_may_be_speech_puts_a_decision_off_for_half_a_second_at_most() -> None:
    heard = paused()
    heard.doubt(True, SILENT + 0.1)
    assert outcome(heard) == Verdict("ended", "silence", about(0.6))


@pytest.mark.parametrize("goes", ["on", "silent"])
def test_a_doubt_is_over_when_the_user_is_known_to_speak_or_to_pause(goes: str) -> None:
    heard = paused()
    heard.doubt(True, SILENT + 0.1)
    if goes == "on":
        heard.goes_on()
        heard.note("Book a table", final=True)
    heard.pause(SILENT + 0.1)
    assert outcome(heard).silence == about(POLICY.min_delay)


# Who is asked, and when


def test_the_words_are_judged_as_soon_as_they_are_final_and_the_sound_after_the_shortest_silence() -> None:
    heard = paused("audio", "text", final=False)
    assert heard.look(SILENT + 0.05) == (Verdict("wait"), [])
    heard.note("Book a table", final=True)
    assert heard.look(SILENT + 0.1)[1] == [AskDetector("text", 1, "Book a table", about(0.1))]
    assert heard.next_look == about(SILENT + 0.2)
    assert heard.look(SILENT + 0.2)[1] == [AskDetector("audio", 2, "Book a table", about(0.2))]


def test_the_sound_is_judged_again_while_the_silence_grows_and_the_words_are_not() -> None:
    heard = paused("audio", "text")
    for ask in heard.look(SILENT + 0.2)[1]:
        heard.vote(ask.detector, ask.question, NO)
    assert heard.look(SILENT + 0.3)[1] == []
    assert heard.next_look == about(SILENT + 0.35)
    [again] = heard.look(SILENT + 0.35)[1]
    heard.vote("audio", again.question, NO)
    assert again.detector == "audio"
    assert [ask.detector for ask in heard.look(SILENT + 1.0)[1]] == ["audio"]
    assert heard.next_look > SILENT + 1.3


def test_an_answer_to_a_question_that_was_replaced_does_not_count() -> None:
    heard = paused("text")
    [ask] = heard.look(SILENT + 0.1)[1]
    heard.note("Book a table today", final=True)
    [again] = heard.look(SILENT + 0.15)[1]
    assert not heard.vote("text", ask.question, YES)
    assert heard.look(SILENT + 0.3)[0].outcome == "wait"
    assert heard.vote("text", again.question, SURE)
    assert heard.look(SILENT + 0.5)[0] == Verdict("ended", "agreed", about(0.5))


def test_an_answer_that_comes_when_the_user_goes_on_does_not_count() -> None:
    heard = paused("audio", "text")
    asks = heard.look(SILENT + 0.2)[1]
    heard.goes_on()
    assert not any(heard.vote(ask.detector, ask.question, YES) for ask in asks)
    heard.pause(SILENT + 2)
    assert heard.look(SILENT + 2.6)[0].outcome == "wait"


def test_the_same_words_with_other_punctuation_keep_their_vote() -> None:
    heard = paused("text", text="book a table", final=False)
    heard.note("book a table", final=True)
    [ask] = heard.look(SILENT + 0.1)[1]
    heard.vote("text", ask.question, SURE)
    heard.note("Book a table.", final=True)
    assert heard.look(SILENT + 0.5) == (Verdict("ended", "agreed", about(0.5)), [])


# Votes that nobody asked for


def test_an_end_of_turn_that_is_volunteered_is_one_vote_among_those_of_the_detectors() -> None:
    for audio, by in ((YES, "agreed"), (NO, "disagreed")):
        heard = paused("audio")
        assert heard.vote("stt", None, YES)
        assert outcome(heard, {"audio": audio}).by == by


def test_a_volunteered_vote_is_a_yes_from_the_point_of_indifference_on() -> None:
    for probability, by in ((VOLUNTEERED, "agreed"), (VOLUNTEERED - 0.01, "limit")):
        heard = paused()
        heard.vote("stt", None, probability)
        assert outcome(heard).by == by


def test_a_vote_that_is_volunteered_just_before_the_pause_counts_until_the_user_goes_on() -> None:
    heard = Endpointing(POLICY, ())
    heard.note("Book a table", final=True)
    heard.vote("stt", None, NO)
    heard.pause(SILENT)
    assert heard.look(SILENT + 0.5)[0].outcome == "wait"
    heard.goes_on()
    heard.note("Book a table", final=True)
    heard.pause(SILENT)
    assert heard.look(SILENT + 0.5)[0] == Verdict("ended", "silence", about(0.5))


# Words that stay away


def test_the_final_transcript_is_waited_for_and_then_the_best_partial_counts() -> None:
    assert outcome(paused(final=False)) == Verdict("ended", "silence", about(POLICY.transcript_wait))


@pytest.mark.parametrize("text", ["", "..."])
def test_a_final_transcript_without_words_is_nothing_at_once(text: str) -> None:
    heard = paused("audio")
    heard.note(text, final=True)
    assert heard.look(SILENT + 0.01) == (Verdict("nothing", silence=about(0.01)), [])


def test_speech_of_which_no_transcript_ever_comes_is_unheard() -> None:
    heard = paused(text="")
    assert outcome(heard) == Verdict("unheard", silence=about(POLICY.transcript_wait))
    assert heard.failed


def test_speech_that_the_stt_gave_up_on_is_unheard_at_once_and_its_words_count_where_there_are_some() -> None:
    heard = paused(text="")
    heard.failed = True
    assert heard.look(SILENT)[0] == Verdict("unheard")
    heard = paused(final=False)
    heard.failed = True
    assert outcome(heard) == Verdict("ended", "silence", about(POLICY.min_delay))


def test_without_an_stt_a_turn_ends_without_words_and_without_waiting_for_any() -> None:
    assert outcome(paused(text="", words=False)) == Verdict("ended", "silence", about(POLICY.min_delay))
    heard = paused("audio", text="", words=False)
    assert outcome(heard, {"audio": YES}) == Verdict("ended", "agreed", about(wait(0.9)))


def test_a_new_utterance_knows_nothing_of_the_last_one() -> None:
    heard = paused("text")
    [ask] = heard.look(SILENT + 0.1)[1]
    heard.vote("stt", None, YES)
    heard.failed = True
    heard.begin()
    assert (heard.text, heard.final, heard.failed) == ("", False, False)
    assert not heard.vote("text", ask.question, YES)
    heard.note("Hello", final=True)
    heard.pause(SILENT + 2)
    assert heard.look(SILENT + 2)[1] == [AskDetector("text", 2, "Hello", 0.0)]
