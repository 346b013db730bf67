"""A long conversation is made short beside the turns, and loses nothing that must stay."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from itertools import pairwise
from typing import Any

import pytest
from mcp_types import Tool

from tests.fakes.anthropic_server import problem_of
from tests.fakes.loop import run
from voice.chat import CONFIRMED, AgentMessage, Chat, ChatItem, Note, Summary, ToolCall, ToolResult, UserMessage
from voice.errors import ProviderUnavailable
from voice.events import Event, Failed, TokensUsed
from voice.history import History
from voice.history_budget import tokens
from voice.llm import LLMPart, TextDelta, ToolChoice
from voice.policy import HistoryPolicy
from voice.providers.anthropic.request import messages
from voice.providers.scripted import ScriptedLLM
from voice.providers.tool_names import ToolNames
from voice.replies.summary import Summariser

POLICY = HistoryPolicy(max_tokens=800, keep_turns=3)
DOWN = ProviderUnavailable("llm", "scripted", "down")


class SmallLLM(ScriptedLLM):
    """For answers only."""

    answers_only = True


class EndlessLLM(ScriptedLLM):
    """Writes and writes."""

    written = 0

    async def reply(
        self, chat: Chat, tools: Sequence[Tool], tool_choice: ToolChoice = "auto"
    ) -> AsyncIterator[LLMPart]:
        while True:
            self.written += 1
            yield TextDelta("and so on ")


class Talk:
    """A history, its summariser, and what they tell."""

    def __init__(self, llm: Any, tasks: asyncio.TaskGroup, policy: HistoryPolicy = POLICY) -> None:
        self.history = History("Be brief.")
        self.events: list[Event] = []
        self.shorter: list[Chat] = []
        self.summariser = Summariser(lambda: llm, policy, tasks, self.events.append, self.shorter.append)

    def turn(self, number: int, *between: ChatItem) -> None:
        said = f"Question number {number} of a caller who has many of them and asks them all."
        self.history.add(UserMessage(said), *between, AgentMessage(f"Answer {number}. " * 4))
        self.summariser.consider(self.history)

    @property
    def items(self) -> tuple[ChatItem, ...]:
        return self.history.chat.items

    @property
    def summaries(self) -> list[str]:
        return [item.text for item in self.items if isinstance(item, Summary)]


async def talk(llm: Any, turns: int = 28, pause: float = 1.0) -> Talk:
    """A talk of so many turns, `pause` seconds apart, and a while after it."""
    async with asyncio.TaskGroup() as tasks:
        one = Talk(llm, tasks)
        for number in range(turns):
            one.turn(number)
            await asyncio.sleep(pause)
        await asyncio.sleep(60)
    return one


def test_the_llm_reads_the_older_turns_and_its_summary_takes_their_place() -> None:
    llm = ScriptedLLM(replies=["The caller asks a lot."])
    one = run(talk(llm))
    assert one.summaries == ["The caller asks a lot."]
    [request] = llm.requests
    [record] = request.items
    assert isinstance(record, UserMessage)
    assert record.text.startswith("Caller: Question number 0 of")
    assert llm.choices == ["none"]
    assert one.shorter[0].items[0] == Summary("The caller asks a lot.")


def test_what_the_summary_cost_is_told() -> None:
    one = run(talk(ScriptedLLM(replies=["Short."])))
    [used] = [event for event in one.events if isinstance(event, TokensUsed)]
    assert (used.reply, used.step) == (0, 0)
    assert used.input > 100


def test_turns_that_happened_meanwhile_stay() -> None:
    one = run(talk(ScriptedLLM(replies=["Short."], first_token=4.5)))
    assert one.summaries == ["Short."]
    left = [int(item.text.split()[2]) for item in one.items if isinstance(item, UserMessage)]
    assert left == list(range(left[0], 28))
    assert len(left) > POLICY.keep_turns + 3


def test_one_summary_is_asked_for_at_a_time() -> None:
    llm = ScriptedLLM(replies=["Short."] * 9, first_token=15.0)
    run(talk(llm, turns=40, pause=0.1))
    assert len(llm.requests) == 1


@pytest.mark.parametrize(
    "answer",
    [[DOWN], ["The ", DOWN], [], ["   "], [100.0, "Late."], ["x" * 5000]],
    ids=["down", "cut off", "empty", "blank", "late", "too long"],
)
def test_without_a_usable_summary_the_turns_are_cut_by_rule(answer: list[Any]) -> None:
    one = run(talk(ScriptedLLM(replies=[answer])))
    [summary] = one.summaries
    assert "Caller: Question number" in summary
    assert [event.stage for event in one.events if isinstance(event, Failed)] == ["llm"]


def test_no_more_is_read_of_a_summary_than_shows_that_it_is_too_long() -> None:
    llm = EndlessLLM()
    one = run(talk(llm))
    assert llm.written < 100
    assert len(one.summaries) == 1


def test_an_llm_for_answers_only_is_not_asked() -> None:
    llm = SmallLLM()
    one = run(talk(llm))
    assert llm.requests == []
    assert "Caller: Question number" in one.summaries[0]
    assert [event for event in one.events if isinstance(event, Failed)] == []


def test_a_stopped_summariser_changes_nothing_more() -> None:
    async def scenario() -> Talk:
        async with asyncio.TaskGroup() as tasks:
            one = Talk(ScriptedLLM(first_token=5.0), tasks)
            for number in range(28):
                one.turn(number)
            await asyncio.sleep(1)
            one.summariser.stop()
        return one

    assert run(scenario()).summaries == []


def test_a_short_conversation_is_left_alone() -> None:
    llm = ScriptedLLM()
    one = run(talk(llm, turns=5))
    assert (llm.requests, one.summaries) == ([], [])


@pytest.mark.parametrize("llm", [ScriptedLLM(first_token=3.0), SmallLLM()], ids=["by the LLM", "by rule"])
def test_two_hours_of_talk_keep_the_request_small_and_lose_no_note_fact_or_open_call(llm: ScriptedLLM) -> None:
    """1500 turns: every third calls a tool, some calls come back turns later, a note now and then, facts."""
    sizes: list[int] = []

    async def scenario() -> None:
        async with asyncio.TaskGroup() as tasks:
            one = Talk(llm, tasks, HistoryPolicy())
            told: list[Note] = []
            pending: dict[str, int] = {}
            for number in range(1500):
                for call in [call for call, due in pending.items() if due == number]:
                    del pending[call]
                    one.history.replace_result(ToolResult(call, "book", "booked"))
                    told.append(Note(f"{call} is booked.", "late result"))
                    one.history.note(told[-1].text, told[-1].source)
                if number % 50 == 0:
                    told.append(Note(f"The caller has confirmed fact {number}.", CONFIRMED))
                    one.history.note(told[-1].text, told[-1].source)
                one.turn(number, *_tools(number, pending))
                held = one.items
                assert [item for item in held if isinstance(item, Note)] == told
                assert {item.id for item in held if isinstance(item, ToolResult) and item.pending} == set(pending)
                assert set(pending) <= {item.id for item in held if isinstance(item, ToolCall)}
                sizes.append(tokens(held) - tokens(told))
                if number % 10 == 0:
                    assert problem_of({"messages": messages(one.history.chat, ToolNames(["find", "book"]), {})}) is None
                await asyncio.sleep(4.8)

    run(scenario())
    # A fold takes a few seconds, in which one or two turns come on top.
    assert max(sizes) <= HistoryPolicy().max_tokens + 500
    assert max(sizes[750:]) <= max(sizes[:750]) + 100
    assert sum(later < earlier for earlier, later in pairwise(sizes)) < len(sizes) / 10


def _tools(number: int, pending: dict[str, int]) -> list[ChatItem]:
    call = ToolCall(f"call-{number}", "book" if number % 40 == 0 else "find", {"number": number})
    if number % 40 == 0:
        pending[call.id] = number + 35
        return [call, ToolResult(call.id, "book", "(still running)", pending=True)]
    result = ToolResult(call.id, "find", json.dumps({"tables": list(range(number % 60))}))
    return [call, result] if number % 3 == 0 else []
