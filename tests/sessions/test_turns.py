"""Whole calls in virtual time: turns, endpointing and preemptive replies."""

from collections.abc import AsyncIterator
from dataclasses import replace

import numpy as np
import pytest

from tests.fakes.call import Caller, call
from voice.audio import AudioFrame
from voice.chat import AgentMessage, UserMessage
from voice.events import AgentSpeechStarted, ReplyDiscarded, ReplyEnded, ReplyStarted, StateChanged, UserTurnEnded
from voice.policy import IdlePolicy, Phrases, TurnPolicy
from voice.providers.scripted import ScriptedLLM, ScriptedSTT, ScriptedTTS, ScriptedTurnDetector
from voice.stt import Pause, Transcript


def test_a_turn_is_answered_and_both_sides_are_in_the_history() -> None:
    outcome = call(Caller([(1.0, 2.0)], until=6), ScriptedSTT(texts=["Hello there"]), ScriptedLLM(replies=["Hi, you."]))
    assert outcome.reason == "hangup"
    assert (UserMessage("Hello there"), AgentMessage("Hi, you.")) == outcome.chat
    states = [event.state for event in outcome.of(StateChanged)]
    assert states == ["user_speaking", "endpointing", "thinking", "speaking", "listening", "closed"]


@pytest.mark.parametrize("text", ["[BLANK_AUDIO]", "(music)", "♪ la la ♪"])
def test_a_note_of_a_sound_is_no_turn(text: str) -> None:
    outcome = call(Caller([(1.024, 2.048)], until=6), ScriptedSTT(texts=[text]), ScriptedLLM(replies=["Pardon?"]))
    assert outcome.of(UserTurnEnded) == []
    assert outcome.chat == ()


def test_without_preemption_the_delays_add_up_exactly() -> None:
    outcome = call(
        Caller([(1.024, 2.048)], until=6),
        ScriptedSTT(texts=["Hello there"], delay=0.05),
        ScriptedLLM(replies=["Hi."], first_token=0.3),
        ScriptedTTS(delay=0.25),
        turn=TurnPolicy(idle=IdlePolicy(after=0), preemptive=False),
    )
    assert [pytest.approx(2.048 + 0.2, abs=0.001)] == outcome.at(UserTurnEnded)
    assert [pytest.approx(2.048 + 0.2 + 0.3 + 0.25, abs=0.001)] == outcome.at(AgentSpeechStarted)


def test_a_reply_prepared_on_a_stable_transcript_is_heard_at_the_endpointing_delay() -> None:
    outcome = call(
        Caller([(1.024, 2.048)], until=6),
        ScriptedSTT(texts=["Hello there"], stable_after=0.5, delay=0.05),
        ScriptedLLM(replies=["Hi."], first_token=0.3),
        ScriptedTTS(delay=0.25),
    )
    assert [ReplyStarted(1, preemptive=True)] == outcome.of(ReplyStarted)
    assert [pytest.approx(2.048 + 0.2, abs=0.001)] == outcome.at(AgentSpeechStarted)
    assert len(outcome.llm.requests) == 1


def test_a_reply_prepared_in_a_pause_is_discarded_when_the_user_goes_on() -> None:
    outcome = call(
        Caller([(1.0, 1.6), (1.76, 2.6)], until=8),
        ScriptedSTT(texts=["A table | for two"], delay=0.01),
        ScriptedLLM(replies=["One?", "Two it is."], first_token=0.5),
        detectors={"audio_turn": ScriptedTurnDetector(probabilities=[0.1, 0.9])},
    )
    assert [ReplyDiscarded(1)] == outcome.of(ReplyDiscarded)
    assert [event.text for event in outcome.of(UserTurnEnded)] == ["A table for two"]
    assert (UserMessage("A table for two"), AgentMessage("Two it is.")) == outcome.chat
    assert [event.heard for event in outcome.of(ReplyEnded)] == ["Two it is."]


def test_a_prepared_reply_is_silent_until_the_turn_is_decided() -> None:
    caller = Caller([(1.0, 3.0)], until=6)
    call(caller, ScriptedSTT(texts=["Hello"], stable_after=0.3), ScriptedLLM(replies=["Hi."], first_token=0.0))
    assert caller.audible(0, 3.2 - 0.001) == 0
    assert caller.audible(3.2 - 0.001, 6) > 0


def test_a_greeting_is_spoken_first_and_kept() -> None:
    outcome = call(Caller(until=4), ScriptedSTT(), ScriptedLLM(), greeting="Good day.")
    assert (AgentMessage("Good day."),) == outcome.chat


def test_two_turns_follow_each_other() -> None:
    outcome = call(
        Caller([(1, 2), (5, 6)], until=10),
        ScriptedSTT(texts=["One", "Two"]),
        ScriptedLLM(replies=["First.", "Last."]),
    )
    assert [event.text for event in outcome.of(UserTurnEnded)] == ["One", "Two"]
    assert [record.turn for record in outcome.records if isinstance(record.event, UserTurnEnded)] == [1, 2]
    assert outcome.chat == (UserMessage("One"), AgentMessage("First."), UserMessage("Two"), AgentMessage("Last."))


def test_noise_is_no_turn() -> None:
    outcome = call(Caller([(1, 1.5)], until=4), ScriptedSTT(texts=[""]), ScriptedLLM())
    assert outcome.of(UserTurnEnded) == []
    assert outcome.chat == ()
    assert outcome.llm.requests == []


def test_a_silent_user_is_asked_and_then_the_call_ends() -> None:
    idle = IdlePolicy(after=5, prompts=2)
    outcome = call(
        Caller(until=100),
        ScriptedSTT(),
        ScriptedLLM(),
        turn=TurnPolicy(idle=idle),
        phrases=Phrases(idle="Hello?", goodbye="Bye."),
    )
    assert outcome.reason == "user_silent"
    assert [event.heard for event in outcome.of(ReplyEnded)] == ["Hello?", "Hello?", "Bye."]
    assert 15 < outcome.records[-1].at < 20


def test_a_thousand_turns_in_one_call() -> None:
    speech = [(3.2 * n + 1, 3.2 * n + 1.5) for n in range(1000)]
    caller = Caller(speech, until=3210, frame=0.1)
    outcome = call(caller, ScriptedSTT(texts=[f"number {n}" for n in range(1000)]), ScriptedLLM())
    assert len(outcome.of(UserTurnEnded)) == 1000
    assert UserMessage("number 999") == outcome.chat[-2]


def test_an_utterance_does_not_begin_with_the_end_of_the_one_before() -> None:
    """The audio kept for a soft first consonant reaches back further than a short pause."""
    heard: list[list[bool]] = []

    class Listening(ScriptedSTT):
        async def transcribe(self, audio: AsyncIterator[AudioFrame | Pause]) -> AsyncIterator[Transcript]:
            heard.append([])

            async def noted() -> AsyncIterator[AudioFrame | Pause]:
                async for item in audio:
                    if isinstance(item, AudioFrame):
                        heard[-1].append(bool(np.abs(item.samples).max() > 0))
                    yield item

            async for transcript in super().transcribe(noted()):
                yield transcript

    outcome = call(
        Caller([(1.024, 2.048), (2.368, 3.392)], until=6),
        Listening(texts=["Please book it.", "My name is Anna."], delay=0.01),
        ScriptedLLM(first_token=0.5),
    )
    assert [event.text for event in outcome.of(UserTurnEnded)] == ["Please book it.", "My name is Anna."]
    window = 0.032
    for windows in heard:
        assert sum(windows) * window == pytest.approx(1.024, abs=0.001)
        assert not windows[0]


class Volunteering(ScriptedSTT):
    """An STT that says by itself when the user has finished."""

    async def transcribe(self, audio: AsyncIterator[AudioFrame | Pause]) -> AsyncIterator[Transcript]:
        async for transcript in super().transcribe(audio):
            yield replace(transcript, end_of_turn=0.9 if transcript.final else None)


def test_an_end_of_turn_that_the_stt_volunteers_counts_as_a_vote() -> None:
    unsure = {"audio_turn": ScriptedTurnDetector(probabilities=[0.1])}
    for stt, by in ((ScriptedSTT(texts=["Hello"]), "limit"), (Volunteering(texts=["Hello"]), "disagreed")):
        outcome = call(Caller([(1.024, 2.048)], until=6), stt, ScriptedLLM(), detectors=unsure)
        assert [event.by for event in outcome.of(UserTurnEnded)] == [by]


def test_a_model_that_hears_by_itself_gets_turns_without_words_and_no_apology() -> None:
    outcome = call(Caller([(1.024, 2.048)], until=6), None, ScriptedLLM(replies=["I heard you."]))
    assert outcome.at(UserTurnEnded) == [pytest.approx(2.248, abs=0.001)]
    assert [event.text for event in outcome.of(UserTurnEnded)] == [""]
    assert [event.heard for event in outcome.of(ReplyEnded)] == ["I heard you."]
    assert outcome.chat == (AgentMessage("I heard you."),)
