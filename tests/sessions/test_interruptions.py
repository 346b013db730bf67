"""Whole calls in virtual time: the user speaks over the agent."""

import asyncio

import pytest

from tests.fakes.call import Caller, Tools, call
from voice.chat import AgentMessage, ToolResult, UserMessage
from voice.events import (
    AgentSpeechPaused,
    AgentSpeechResumed,
    ReplyEnded,
    ToolCallFinished,
    UserTurnEnded,
)
from voice.providers.scripted import ScriptedLLM, ScriptedSTT, ScriptedTTS
from voice.session import Session

LONG = "One two three four five six seven eight nine ten eleven twelve."
"""63 characters: 4.2 s at 15 characters a second."""


def test_barge_in_stops_the_agent_and_keeps_what_was_heard_to_the_word() -> None:
    caller = Caller([(1.024, 2.048), (3.6, 5.0)], until=9)
    outcome = call(
        caller, ScriptedSTT(texts=["Count", "Stop it please"]), ScriptedLLM(replies=[LONG, "Okay."], first_token=0.0)
    )
    [paused] = outcome.at(AgentSpeechPaused)
    assert caller.audible(paused + 0.001, 5.2) == 0
    heard, second = (event for event in outcome.of(ReplyEnded))
    assert heard.interrupted
    assert LONG.startswith(heard.heard)
    played = sum(seconds for at, seconds in caller.played if at <= paused)
    assert len(heard.heard) / 15 == pytest.approx(played, abs=0.5)
    assert (
        UserMessage("Count"),
        AgentMessage(heard.heard, interrupted=True),
        UserMessage("Stop it please"),
        AgentMessage("Okay."),
    ) == outcome.chat
    assert not second.interrupted


def test_word_timings_decide_what_was_heard_where_there_are_any() -> None:
    outcome = call(
        Caller([(1.024, 2.048), (3.6, 5.0)], until=9),
        ScriptedSTT(texts=["Count", "Stop it please"]),
        ScriptedLLM(replies=[LONG, "Okay."], first_token=0.0),
        ScriptedTTS(timings=True),
    )
    [paused] = outcome.at(AgentSpeechPaused)
    played = sum(seconds for at, seconds in outcome.caller.played if at <= paused)
    expected = [w for w in LONG.split() if (LONG.index(w) + len(w) / 2) / 15 <= played]
    assert " ".join(expected) == outcome.of(ReplyEnded)[0].heard


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "noise"),
        ("(music)", "noise"),
        ("*coughs*", "noise"),
        ("Mhm.", "backchannel"),
        ("Mmhmm.", "backchannel"),
        ("Yeah, okay.", "backchannel"),
    ],
)
def test_what_is_not_meant_to_take_the_floor_lets_the_agent_go_on(text: str, why: str) -> None:
    caller = Caller([(1.024, 2.048), (3.6, 4.0)], until=12)
    outcome = call(caller, ScriptedSTT(texts=["Count", text]), ScriptedLLM(replies=[LONG]))
    assert [why] == [event.why for event in outcome.of(AgentSpeechResumed)]
    [ended] = outcome.of(ReplyEnded)
    assert ended.heard == LONG
    assert not ended.interrupted
    assert sum(seconds for _, seconds in caller.played) == pytest.approx(len(LONG) / 15, abs=0.03)
    assert len(outcome.of(UserTurnEnded)) == 1


def test_a_cough_stops_the_agent_for_less_than_a_second() -> None:
    outcome = call(
        Caller([(1.024, 2.048), (3.6, 3.9)], until=12), ScriptedSTT(texts=["Count", ""]), ScriptedLLM(replies=[LONG])
    )
    [paused], [resumed] = outcome.at(AgentSpeechPaused), outcome.at(AgentSpeechResumed)
    assert resumed - paused < 0.5


def test_a_yes_at_the_end_of_a_question_is_an_answer() -> None:
    question = "Shall I book that table for you now?"
    outcome = call(
        Caller([(1.024, 2.048), (4.5, 4.8)], until=12),
        ScriptedSTT(texts=["A table", "Yes."]),
        ScriptedLLM(replies=[question, "Booked."], first_token=0.0),
    )
    assert [event.text for event in outcome.of(UserTurnEnded)] == ["A table", "Yes."]
    assert AgentMessage("Booked.") == outcome.chat[-1]
    assert AgentMessage(question) == outcome.chat[1]


def test_barge_in_before_the_first_audio_leaves_no_trace_of_the_unheard_reply() -> None:
    outcome = call(
        Caller([(1.024, 2.048), (2.56, 4.0)], until=9),
        ScriptedSTT(texts=["A table", "for three people"]),
        ScriptedLLM(replies=["For how many?", "Three it is."], first_token=1.0),
    )
    assert (UserMessage("A table for three people"), AgentMessage("Three it is.")) == outcome.chat
    assert outcome.of(ReplyEnded)[0].heard == ""


def test_a_write_that_was_begun_is_finished_once_when_the_user_interrupts_and_its_result_is_kept() -> None:
    tools = Tools({"book": (3.0, "booked as A7")})
    outcome = call(
        Caller([(1.024, 2.048), (3.3, 4.3)], until=12),
        ScriptedSTT(texts=["Book it", "Wait a moment please"]),
        ScriptedLLM(replies=[[{"tool": "book"}], "Waiting."], first_token=0.0),
        tools=tools,
    )
    assert tools.begun == [("book", {})]
    assert tools.finished == ["book"]
    assert [event.text for event in outcome.of(ToolCallFinished)] == ["booked as A7"]
    results = [item for item in outcome.chat if isinstance(item, ToolResult)]
    assert [item.text for item in results] == ["booked as A7"]
    seen = [item for item in outcome.llm.requests[1].items if isinstance(item, ToolResult)]
    assert "still running" in seen[0].text


def test_a_read_is_cancelled_when_the_user_interrupts() -> None:
    tools = Tools({"search": (5.0, "found")}, reads=["search"])
    outcome = call(
        Caller([(1.024, 2.048), (3.3, 4.3)], until=12),
        ScriptedSTT(texts=["Search", "Never mind please"]),
        ScriptedLLM(replies=[[{"tool": "search"}], "Fine."], first_token=0.0),
        tools=tools,
    )
    assert tools.begun == [("search", {})]
    assert tools.finished == []
    assert [event.is_error for event in outcome.of(ToolCallFinished)] == [True]


def test_a_backchannel_during_a_tool_call_disturbs_nothing() -> None:
    tools = Tools({"search": (3.0, "found")}, reads=["search"])
    outcome = call(
        Caller([(1.024, 2.048), (4.3, 4.6)], until=12),
        ScriptedSTT(texts=["Search", "Okay."]),
        ScriptedLLM(replies=[[{"tool": "search"}], "Found it."], first_token=0.0),
        tools=tools,
    )
    assert tools.finished == ["search"]
    assert AgentMessage("Found it.") == outcome.chat[-1]


def test_typing_interrupts_the_agent() -> None:
    async def type_at_three(session: Session) -> None:
        await asyncio.sleep(3)
        session.type("Stop.")

    outcome = call(
        Caller([(1.024, 2.048)], until=9),
        ScriptedSTT(texts=["Count"]),
        ScriptedLLM(replies=[LONG, "Stopped."]),
        during=type_at_three,
    )
    assert outcome.of(ReplyEnded)[0].interrupted
    assert [UserMessage("Stop."), AgentMessage("Stopped.")] == list(outcome.chat[-2:])
