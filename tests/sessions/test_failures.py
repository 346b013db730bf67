"""Whole calls in virtual time: what breaks, and what the caller hears of it. Never a hung call, never a traceback."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from tests.fakes.call import Caller, Outcome, Tools, call, hold
from tests.fakes.loop import run
from voice.chat import AgentMessage, UserMessage
from voice.errors import ProviderMisbehaved, ProviderRejected, ProviderUnavailable
from voice.events import Failed, ReplyEnded, SessionEnded, StateChanged, UserTurnEnded
from voice.policy import IdlePolicy, Phrases, ReplyPolicy, TurnPolicy
from voice.providers.scripted import (
    ScriptedLLM,
    ScriptedSTT,
    ScriptedTTS,
    ScriptedTurnDetector,
    ScriptedVAD,
    ScriptedVADStream,
)
from voice.session import Session

APOLOGY = Phrases().apology
DOWN = ProviderUnavailable("llm", "test", "connection refused")
LATER = TurnPolicy(idle=IdlePolicy(after=0), preemptive=False)


def ask(llm: ScriptedLLM, tts: ScriptedTTS | None = None, until: float = 40, **kwargs: Any) -> Outcome:
    return call(Caller([(1.024, 2.048)], until=until), ScriptedSTT(texts=["Hello"]), llm, tts, **kwargs)


def codes(outcome: Outcome) -> list[tuple[str, str]]:
    return [(event.stage, event.code) for event in outcome.of(Failed)]


def test_an_llm_that_comes_back_in_time_is_asked_again_and_nobody_notices() -> None:
    outcome = ask(ScriptedLLM(replies=[[DOWN], [DOWN], "Hi."]))
    assert codes(outcome) == []
    assert (UserMessage("Hello"), AgentMessage("Hi.")) == outcome.chat


def test_an_llm_that_stays_away_ends_in_an_apology() -> None:
    outcome = ask(ScriptedLLM(replies=[[DOWN]] * 3), turn=LATER)
    assert codes(outcome) == [("llm", "provider_unavailable")]
    assert AgentMessage(APOLOGY) == outcome.chat[-1]


def test_a_failure_before_the_turn_is_decided_gets_a_second_chance_when_it_counts() -> None:
    outcome = call(
        Caller([(1.0, 4.0)], until=12),
        ScriptedSTT(texts=["Hello"], stable_after=0.3),
        ScriptedLLM(replies=[[DOWN], [DOWN], [DOWN], "Hi."], first_token=0.0),
    )
    assert AgentMessage("Hi.") == outcome.chat[-1]


def test_a_refused_key_is_not_tried_again() -> None:
    outcome = ask(ScriptedLLM(replies=[[ProviderRejected("llm", "test", "401")], "never"]), turn=LATER)
    assert codes(outcome) == [("llm", "provider_rejected")]
    assert len(outcome.llm.requests) == 1
    assert AgentMessage(APOLOGY) == outcome.chat[-1]


def test_a_stream_that_drops_after_text_was_spoken_is_not_repeated() -> None:
    outcome = ask(ScriptedLLM(replies=[["The first half.", 1.0, DOWN], "never"]), turn=LATER)
    assert len(outcome.llm.requests) == 1
    assert outcome.chat[-2:] == (AgentMessage("The first half."), AgentMessage(APOLOGY))


def test_rubbish_from_the_llm_ends_in_an_apology() -> None:
    outcome = ask(ScriptedLLM(replies=[[ProviderMisbehaved("llm", "test", "not JSON")]]), turn=LATER)
    assert codes(outcome) == [("llm", "provider_misbehaved")]
    assert AgentMessage(APOLOGY) == outcome.chat[-1]


def test_an_llm_that_says_nothing_ends_in_an_apology() -> None:
    outcome = ask(ScriptedLLM(replies=[[]]), turn=LATER)
    assert codes(outcome) == [("llm", "provider_misbehaved")]
    assert AgentMessage(APOLOGY) == outcome.chat[-1]


@pytest.mark.parametrize("reply", ["👍", "...", "**", "<break time='1s'/>", "🎉 😀"])
def test_an_answer_of_which_nothing_can_be_said_ends_in_an_apology(reply: str) -> None:
    outcome = ask(ScriptedLLM(replies=[reply]), turn=LATER)
    assert codes(outcome) == [("llm", "provider_misbehaved")]
    assert (UserMessage("Hello"), AgentMessage(APOLOGY)) == outcome.chat


def test_an_answer_prepared_without_words_is_asked_for_again_when_it_counts() -> None:
    outcome = call(
        Caller([(1.0, 4.0)], until=12),
        ScriptedSTT(texts=["Hello"], stable_after=0.3),
        ScriptedLLM(replies=["👍", "Hi."], first_token=0.0),
    )
    assert AgentMessage("Hi.") == outcome.chat[-1]


def test_an_llm_that_hangs_is_given_up() -> None:
    outcome = ask(ScriptedLLM(replies=[[1000.0]] * 3), turn=LATER, reply=ReplyPolicy(stall_timeout=3))
    assert codes(outcome) == [("llm", "provider_unavailable")]
    assert AgentMessage(APOLOGY) == outcome.chat[-1]


def test_an_llm_that_stalls_in_mid_stream_is_given_up() -> None:
    llm = ScriptedLLM(replies=[["Well, you see.", 1000.0]])
    outcome = ask(llm, turn=LATER, reply=ReplyPolicy(stall_timeout=3))
    assert outcome.chat[-2:] == (AgentMessage("Well, you see."), AgentMessage(APOLOGY))


def test_a_tts_that_fails_once_repeats_the_sentence_and_loses_nothing() -> None:
    tts = ScriptedTTS(fail=[None] * 8 + [None, ProviderUnavailable("tts", "test", "reset")])
    outcome = ask(ScriptedLLM(replies=["One is here. Two is there."]), tts)
    assert AgentMessage("One is here. Two is there.") == outcome.chat[-1]


def test_a_tts_that_dies_leaves_the_apology_that_was_made_at_the_start() -> None:
    dead = [ProviderUnavailable("tts", "test", "gone")] * 9
    outcome = ask(ScriptedLLM(replies=["One is here."]), ScriptedTTS(fail=[*[None] * 8, *dead]), turn=LATER)
    assert codes(outcome) == [("tts", "provider_unavailable")]
    assert AgentMessage(APOLOGY) == outcome.chat[-1]


def test_a_tts_that_hangs_is_given_up() -> None:
    tts = ScriptedTTS(fail=[None] * 8 + [1000.0] * 3)
    outcome = ask(ScriptedLLM(replies=["One is here."]), tts, turn=LATER, reply=ReplyPolicy(stall_timeout=3))
    assert codes(outcome) == [("tts", "provider_unavailable")]
    assert AgentMessage(APOLOGY) == outcome.chat[-1]


def test_an_stt_that_drops_is_begun_again_with_all_the_audio() -> None:
    gone = ProviderUnavailable("stt", "test", "reset")
    outcome = call(Caller([(1.024, 2.048)], until=9), ScriptedSTT(texts=[gone, "Hello"]), ScriptedLLM(replies=["Hi."]))
    assert codes(outcome) == [("stt", "provider_unavailable")]
    assert (UserMessage("Hello"), AgentMessage("Hi.")) == outcome.chat


def test_an_stt_that_refuses_ends_in_an_apology() -> None:
    refused = ProviderRejected("stt", "test", "401")
    outcome = call(Caller([(1.024, 2.048)], until=9), ScriptedSTT(texts=[refused]), ScriptedLLM())
    assert codes(outcome) == [("stt", "provider_rejected")]
    assert (AgentMessage(APOLOGY),) == outcome.chat


def test_an_stt_that_never_answers_ends_in_an_apology() -> None:
    outcome = call(Caller([(1.024, 2.048)], until=20), ScriptedSTT(texts=["x"], delay=1000), ScriptedLLM())
    assert (AgentMessage(APOLOGY),) == outcome.chat


def test_a_call_in_which_everything_fails_is_ended() -> None:
    speech = [(10.0 * n + 1, 10.0 * n + 2) for n in range(5)]
    rejected = ProviderRejected("llm", "test", "401")
    outcome = call(
        Caller(speech, until=100),
        ScriptedSTT(texts=["a", "b", "c", "d", "e"]),
        ScriptedLLM(replies=[[rejected]] * 9),
        turn=LATER,
    )
    assert outcome.reason == "failed"
    assert len(outcome.of(UserTurnEnded)) == 3


def test_detectors_that_break_leave_the_turn_to_the_limit() -> None:
    class Broken:
        async def end_of_turn(self, turn: object) -> float:
            raise ProviderUnavailable("turn", "test", "gone")

    outcome = call(
        Caller([(1.024, 2.048)], until=9),
        ScriptedSTT(texts=["Hello"]),
        ScriptedLLM(replies=["Hi."]),
        detectors={"audio_turn": Broken(), "text_turn": ScriptedTurnDetector(probabilities=[0.1])},
    )
    assert [pytest.approx(2.048 + 2.5, abs=0.05)] == outcome.at(UserTurnEnded)
    assert ("turn", "provider_unavailable") in codes(outcome)


def test_a_vad_that_breaks_ends_the_call() -> None:
    class Broken(ScriptedVAD):
        def stream(self, heard: object, failed: Callable[[ProviderUnavailable], None]) -> ScriptedVADStream:
            return ScriptedVADStream(lambda _: failed(ProviderUnavailable("vad", "test", "gone")))

    outcome = call(Caller(until=5), ScriptedSTT(), ScriptedLLM(), detectors={}, vad=Broken())
    assert outcome.reason == "failed"


STATES = {
    "listening": 0.5,
    "user_speaking": 1.5,
    "endpointing": 2.19,
    "thinking": 2.8,
    "speaking": 3.5,
    "overlap": 5.45,
    "false_interruption": 5.8,
}


@pytest.mark.parametrize("state", STATES)
def test_hanging_up_in_any_state_ends_the_call_at_once(state: str) -> None:
    async def hang_up(session: Session) -> None:
        await asyncio.sleep(STATES[state])
        session.hang_up("enough")

    outcome = call(
        Caller([(1.024, 2.048), (5.0, 5.5)], until=30),
        ScriptedSTT(texts=["Hello", "what"], delay=0.4),
        ScriptedLLM(replies=["A very long answer indeed, which goes on and on and on and on and on."], first_token=0.4),
        turn=LATER,
        during=hang_up,
    )
    assert outcome.reason == "enough"
    states = [event.state for event in outcome.of(StateChanged)]
    assert ([state] if state != "listening" else []) + ["closed"] == states[-2:]
    assert outcome.records[-1].at == pytest.approx(STATES[state], abs=0.01)
    assert isinstance(outcome.records[-1].event, SessionEnded)


def test_hanging_up_during_a_write_waits_for_it() -> None:
    tools = Tools({"book": (3.0, "A7")})

    async def hang_up(session: Session) -> None:
        await asyncio.sleep(3)
        session.hang_up()

    llm = ScriptedLLM(replies=[[{"tool": "book"}]])
    outcome = call(Caller([(1.024, 2.048)], until=30), ScriptedSTT(texts=["Book"]), llm, tools=tools, during=hang_up)
    assert tools.finished == ["book"]
    assert 5 < outcome.records[-1].at < 6


def test_cancelling_the_session_leaves_nothing_running() -> None:
    async def main() -> int:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(3.5):
                await hold(Caller([(1.024, 2.048)]), ScriptedSTT(texts=["Hello"]), ScriptedLLM(replies=["word " * 100]))
        return len(asyncio.all_tasks())

    assert run(main()) == 1


def test_the_history_never_holds_an_answer_that_was_not_heard() -> None:
    outcome = ask(ScriptedLLM(replies=["Hi."]), until=2.4)
    assert outcome.reason == "hangup"
    assert [UserMessage("Hello")] == list(outcome.chat)
    assert [event.heard for event in outcome.of(ReplyEnded)] == [""]


@pytest.mark.parametrize("reply", ["👍", "🎉🎉", "...", "**", "—", "```\nx = 1\n```"])
def test_a_reply_of_which_nothing_can_be_said_is_an_apology_and_is_not_in_the_chat(reply: str) -> None:
    outcome = ask(ScriptedLLM(replies=[reply]), turn=LATER)
    assert codes(outcome) == [("llm", "provider_misbehaved")]
    assert (UserMessage("Hello"), AgentMessage(APOLOGY)) == outcome.chat
