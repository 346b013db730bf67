"""Whole calls in virtual time: agents that switch, and long conversations."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from mcp_types import Tool

from tests.fakes.call import QUIET, Caller, Tools, call
from tests.fakes.loop import run
from voice.agent import Agent, Models
from voice.chat import AgentMessage, Chat, Note, ToolCall, UserMessage
from voice.events import AgentSaid, AgentSwitched, Record, ReplyDiscarded, ReplyStarted, UserTurnEnded
from voice.history_budget import tokens
from voice.llm import LLMPart, ToolChoice
from voice.metrics import turn_timings
from voice.policy import HistoryPolicy, Phrases
from voice.providers.scripted import ScriptedLLM, ScriptedSTT, ScriptedTTS, ScriptedTurnDetector, ScriptedVAD
from voice.session import Session


class NotingTools(ScriptedLLM):
    """Notes which tools each request could call."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.offered: list[list[str]] = []

    async def reply(
        self, chat: Chat, tools: Sequence[Tool], tool_choice: ToolChoice = "auto"
    ) -> AsyncIterator[LLMPart]:
        self.offered.append([tool.name for tool in tools])
        async for part in super().reply(chat, tools, tool_choice):
            yield part


def test_another_agent_goes_on_with_history_tools_and_connections() -> None:
    llm = NotingTools(replies=[[{"tool": "sell"}], "Sold."])
    sales = Agent(
        "Max",
        "You sell.",
        Models(llm, ScriptedSTT(texts=["I take it"]), ScriptedTTS(), ScriptedVAD()),
        phrases=Phrases(filler="Let me write that down."),
        tools=("sell",),
    )

    async def switch(session: Session) -> None:
        await asyncio.sleep(4)
        session.switch(sales)

    tools = Tools({"look": (0.1, "x"), "sell": (0.1, "sold")})
    outcome = call(
        Caller([(1.024, 2.048), (5.0, 6.0)], until=10),
        ScriptedSTT(texts=["What is it"]),
        ScriptedLLM(replies=["A lamp."]),
        tools=tools,
        during=switch,
    )
    assert [event.agent for event in outcome.of(AgentSwitched)] == ["Max"]
    assert [event.text for event in outcome.of(AgentSaid)] == ["A lamp.", "Let me write that down.", "Sold."]
    assert llm.offered[0] == ["sell"]
    request = llm.requests[0]
    assert request.instructions == "You sell."
    assert request.items == (UserMessage("What is it"), AgentMessage("A lamp."), UserMessage("I take it"))
    assert tools.finished == ["sell"]


def prepared(change: Any, **kwargs: Any) -> Any:
    """A turn whose answer is prepared at 2.3, `change` at 2.6, the end of speech at 3.0."""

    async def later(session: Session) -> None:
        await asyncio.sleep(2.6)
        change(session)

    return call(
        Caller([(2.0, 3.0)], until=6),
        ScriptedSTT(texts=["Is it there"], stable_after=0.3),
        ScriptedLLM(replies=["Not yet.", "It is."], first_token=0.0),
        during=later,
        **kwargs,
    )


def test_an_answer_that_was_prepared_is_kept_when_nothing_has_changed() -> None:
    outcome = prepared(lambda session: None)
    assert [event.text for event in outcome.of(AgentSaid)] == ["Not yet."]


def test_an_answer_prepared_from_an_older_history_is_made_anew() -> None:
    outcome = prepared(lambda session: session.note("It has come."))
    assert outcome.of(ReplyDiscarded) == [ReplyDiscarded(1)]
    assert [event.preemptive for event in outcome.of(ReplyStarted)] == [True, False]
    assert outcome.llm.requests[1].items == (Note("It has come."), UserMessage("Is it there"))
    assert [event.text for event in outcome.of(AgentSaid)] == ["It is."]


def test_an_answer_prepared_with_other_tools_is_made_anew() -> None:
    tools = Tools({"look": (0.1, "x")})
    outcome = prepared(lambda session: tools.add("find"), tools=tools)
    assert [event.text for event in outcome.of(AgentSaid)] == ["It is."]


def test_two_requests_of_one_reply_see_the_same_tools() -> None:
    tools = Tools({"look": (1.0, "x")})
    llm = NotingTools(replies=[[{"tool": "look"}], "There."], first_token=0.0)

    async def later(session: Session) -> None:
        await asyncio.sleep(2.8)
        tools.add("find")

    call(Caller([(1.024, 2.048)], until=6), ScriptedSTT(texts=["Look"]), llm, tools=tools, during=later)
    assert llm.offered == [["look"], ["look"]]


SMALL = HistoryPolicy(max_tokens=500, keep_turns=2)
HOURS = 2
PERIOD = 6.0


@pytest.mark.parametrize("summaries", [True, False], ids=["summarised", "cut by rule"])
def test_a_call_of_two_hours_keeps_its_request_size_and_its_latency(summaries: bool) -> None:
    turns = round(HOURS * 3600 / PERIOD)
    llm = ScriptedLLM(first_token=0.2)
    if not summaries:
        llm.answers_only = True  # type: ignore[attr-defined]
    records: list[Record] = []

    async def main() -> None:
        session = Session(Agent("test", "Be brief.", Models(llm)), Tools({}), turn=QUIET, history=SMALL)
        session.attach(records.append)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(session.run())
            session.note("The caller's name is Anna Miller.", "confirmed")
            for number in range(turns):
                session.type(f"This is what I want to know now, number {number}, in as many words as people use.")
                await asyncio.sleep(PERIOD)
            session.hang_up()

    run(main())
    timings = turn_timings(records)
    assert len(timings) == turns
    asked = [chat for chat in llm.requests if chat.instructions == "Be brief."]
    assert max(tokens(chat.items) for chat in asked) < 2 * SMALL.max_tokens
    assert all(any(isinstance(item, Note) for item in chat.items) for chat in asked)
    totals = [timing.total for timing in timings if timing.total is not None]
    assert len(totals) == turns
    assert max(totals) == pytest.approx(0.2, abs=0.001)


def test_a_call_that_is_running_survives_every_fold() -> None:
    tools = Tools({"bake": (300.0, "baked")})
    turns = 40
    outcome = call(
        Caller([(PERIOD * n + 1, PERIOD * n + 1.5) for n in range(turns)], until=turns * PERIOD),
        ScriptedSTT(
            texts=["Bake"] + [f"And tell me more about number {n}, please, in many words." for n in range(turns)]
        ),
        ScriptedLLM(replies=[[{"tool": "bake"}]], first_token=0.0),
        tools=tools,
        history=SMALL,
    )
    assert ToolCall("call-1-0", "bake", {}) in outcome.llm.requests[-1].items
    assert tools.finished == ["bake"]


def test_another_agents_turn_detectors_are_asked_from_then_on() -> None:
    sure = ScriptedTurnDetector(probabilities=[0.9], delay=0.01)
    models = Models(ScriptedLLM(), ScriptedSTT(texts=["And now"]), ScriptedTTS(), ScriptedVAD(), audio_turn=sure)

    async def switch(session: Session) -> None:
        await asyncio.sleep(4)
        session.switch(Agent("Max", "You sell.", models))

    outcome = call(
        Caller([(1.024, 2.048), (5.0, 6.0)], until=10), ScriptedSTT(texts=["Hello"]), ScriptedLLM(), during=switch
    )
    assert [event.by for event in outcome.of(UserTurnEnded)] == ["silence", "agreed"]
    assert sure.turns
