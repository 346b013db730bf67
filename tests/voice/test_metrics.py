"""Latencies as a fold over the event stream."""

from collections.abc import AsyncIterator, Sequence

import pytest
from mcp_types import Tool

from tests.fakes.call import Caller, Tools, call
from voice.chat import Chat
from voice.events import AudioUsed, Event, Record, TokensUsed, from_json, to_json
from voice.llm import LLMPart, ToolChoice, Usage
from voice.metrics import CallUsage, TurnTiming, turn_timings, usage
from voice.policy import IdlePolicy, TurnPolicy
from voice.providers.scripted import ScriptedLLM, ScriptedSTT, ScriptedTTS


def test_the_parts_of_a_turn_add_up() -> None:
    outcome = call(
        Caller([(1.024, 2.048)], until=9),
        ScriptedSTT(texts=["Book"], delay=0.05),
        ScriptedLLM(replies=["Let me see.", "Done."], first_token=0.3),
        ScriptedTTS(delay=0.25),
        turn=TurnPolicy(idle=IdlePolicy(after=0), preemptive=False),
    )
    [timing] = turn_timings(outcome.records)
    assert timing.decided == pytest.approx(0.2, abs=0.001)
    assert timing.first_token == pytest.approx(0.3, abs=0.001)
    assert timing.first_audio == pytest.approx(0.25, abs=0.001)
    assert timing.total == pytest.approx(0.75, abs=0.001)
    assert timing.tools is None


def test_a_prepared_reply_took_no_time_after_the_decision() -> None:
    outcome = call(
        Caller([(1.024, 3.072)], until=9),
        ScriptedSTT(texts=["Book"], stable_after=0.3),
        ScriptedLLM(replies=[[{"tool": "a"}], "Done."]),
        tools=Tools({"a": (1.5, "x")}),
    )
    [timing] = turn_timings(outcome.records)
    assert timing.first_token == 0
    assert timing.first_audio == pytest.approx(0, abs=0.001)
    assert timing.tools == pytest.approx(1.5)


def test_replaying_the_written_events_gives_the_same_figures() -> None:
    outcome = call(Caller([(1.024, 2.048)], until=9), ScriptedSTT(texts=["Book"]), ScriptedLLM())
    replayed = [from_json(to_json(record)) for record in outcome.records]
    for live, again in zip(turn_timings(outcome.records), turn_timings(replayed), strict=True):
        assert live.text == again.text
        assert live.total == pytest.approx(again.total, abs=0.001)


def test_a_turn_that_was_never_answered_has_no_total() -> None:
    assert TurnTiming(1, "x", "agreed", 0.2).total is None


def test_what_a_call_used_is_the_sum_of_its_events() -> None:
    events: tuple[Event, ...] = (
        TokensUsed(1, 1, 100, 0, 60),
        TokensUsed(1, 1, 0, 12, 0),
        AudioUsed(2.5, 4.0),
        AudioUsed(1.0, 0.5),
    )
    records = [Record(float(at), 1, event) for at, event in enumerate(events)]
    assert usage(records) == CallUsage(input=100, output=12, cached=60, heard=3.5, spoken=4.5)
    assert usage([]) == CallUsage()


def test_every_request_of_a_call_is_counted() -> None:
    outcome = call(
        Caller([(1.024, 3.072)], until=9),
        ScriptedSTT(texts=["Book"]),
        ScriptedLLM(replies=[["Let me see.", {"tool": "a"}], "It is done."]),
        tools=Tools({"a": (0.5, "x")}),
    )
    assert [(event.reply, event.step) for event in outcome.of(TokensUsed)] == [(1, 1), (1, 2)]
    assert usage(outcome.records).output == len("Let me see.") // 4 + len("It is done.") // 4


class CountingFirst(ScriptedLLM):
    """Tells what a request costs before it answers."""

    async def reply(
        self, chat: Chat, tools: Sequence[Tool], tool_choice: ToolChoice = "auto"
    ) -> AsyncIterator[LLMPart]:
        yield Usage(7, 0)
        async for part in super().reply(chat, tools, tool_choice):
            yield part


def test_a_count_before_the_first_token_is_no_token() -> None:
    outcome = call(
        Caller([(1.024, 2.048)], until=9),
        ScriptedSTT(texts=["Book"], delay=0.05),
        CountingFirst(replies=["Done."], first_token=0.3),
        turn=TurnPolicy(idle=IdlePolicy(after=0), preemptive=False),
    )
    [timing] = turn_timings(outcome.records)
    assert timing.first_token == pytest.approx(0.3, abs=0.001)
    assert usage(outcome.records).input > 7
