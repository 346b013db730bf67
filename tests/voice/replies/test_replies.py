"""The replies of one session: which counts, what the history keeps of it, and what the agenda hears."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from typing import Any

import pytest
from mcp_types import Tool

from tests.fakes.call import Caller, Tools
from tests.fakes.loop import run
from voice.chat import AgentMessage, Chat, ChatItem, Note, ToolCall, ToolResult, UserMessage
from voice.errors import ProviderUnavailable
from voice.events import Event, Failed, ReplyDiscarded, ReplyEnded, ReplyStarted, ToolCallStarted
from voice.history import History
from voice.llm import ToolChoice
from voice.policy import Phrases, ReplyPolicy
from voice.providers.scripted import ScriptedLLM, ScriptedTTS
from voice.replies.cascade import Cascade, Emit
from voice.replies.delivery import Delivery
from voice.replies.replies import Basis, Making, Replies
from voice.replies.reply import ReplyParts
from voice.replies.tool_calls import PENDING, ToolCalls
from voice.speaking.output import Output
from voice.speaking.phrases import SpokenPhrases
from voice.turn.events import Close, Finished, Item, Rank
from voice.turn.events import Event as AgendaEvent

DOWN = ProviderUnavailable("llm", "scripted", "down")


class NoDesk:
    """Nobody is asked and nothing is said."""

    async def ask(self, text: str, owner: str) -> str | None:
        raise NotImplementedError

    def progress(self, text: str, share: float | None, owner: str) -> None:
        raise NotImplementedError

    def settled(self, owner: str) -> None:
        pass

    def late(self, call: ToolCall, result: ToolResult, told: bool) -> None:
        pass


class Stage:
    """Replies at work with an LLM that gives `answers`, a voice of 10 characters a second, and an output."""

    def __init__(self, tasks: asyncio.TaskGroup, answers: Sequence[Any], tools: Tools) -> None:
        self.llm, self.caller, self.history = ScriptedLLM(replies=answers), Caller(), History("Be brief.")
        self.posted: list[AgendaEvent] = []
        self._news = asyncio.Event()
        self.told: list[Event] = []
        self.agent = "waiter"
        tts = ScriptedTTS(rate=10.0)
        spoken = SpokenPhrases(tts, "en")
        policy = ReplyPolicy(retries=0)
        self.parts = ReplyParts(
            responder=Cascade(self.llm, Delivery(tts, spoken, "en"), policy),
            spoken=spoken,
            phrases=Phrases(apology="Sorry."),
            tools=tools.tools().tools,
            has=lambda name: True,
            calls=ToolCalls(tools, tasks, NoDesk(), self.history.replace_result, self.told.append),
            policy=policy,
            language="en",
            emit=self.told.append,
        )
        self.output = Output(self.caller, lambda *_: None, lambda *_: None, lambda *_: None)
        self.playing = tasks.create_task(self.output.run())
        self.replies = Replies(self.making, self.history, self.output, tasks, 2, self.post, self.told.append)

    def making(self) -> Making:
        return Making(self.parts, Basis(self.agent, self.history.revision, 0), audible=True)

    def answer(self, number: int, text: str) -> None:
        """A turn that nobody foresaw."""
        self.replies.start(number, text, preemptive=False)
        self.replies.commit(number, text)

    async def until_over(self, number: int) -> None:
        async with asyncio.timeout(60):
            while not any(isinstance(event, Finished) and event.number == number for event in self.posted):
                self._news.clear()
                await self._news.wait()

    def post(self, event: AgendaEvent) -> None:
        self.posted.append(event)
        self._news.set()

    @property
    def chat(self) -> tuple[ChatItem, ...]:
        return self.history.chat.items

    @property
    def life(self) -> list[Event]:
        """How replies began and ended."""
        return [event for event in self.told if isinstance(event, ReplyStarted | ReplyEnded | ReplyDiscarded)]


def perform(scene: Callable[[Stage], Coroutine[Any, Any, None]], *answers: Any, tools: Tools | None = None) -> Stage:
    async def main() -> Stage:
        async with asyncio.TaskGroup() as tasks:
            stage = Stage(tasks, answers, tools or Tools({}))
            await scene(stage)
            stage.playing.cancel()
        return stage

    return run(main())


# From the beginning to the end


def test_a_prepared_reply_is_silent_until_its_turn_is_decided_and_costs_no_second_request() -> None:
    async def scene(stage: Stage) -> None:
        stage.replies.start(1, "Hello", preemptive=True)
        await asyncio.sleep(5)
        assert (stage.caller.played, stage.chat) == ([], ())
        stage.replies.commit(1, "Hello")
        assert stage.chat == (UserMessage("Hello"),)
        await stage.until_over(1)

    stage = perform(scene, "Good day.")
    assert len(stage.llm.requests) == 1
    assert stage.chat == (UserMessage("Hello"), AgentMessage("Good day."))
    assert stage.life == [ReplyStarted(1, True), ReplyEnded(1, "Good day.", interrupted=False)]
    assert stage.posted == [Finished(1)]


def test_a_reply_whose_basis_changed_is_made_anew() -> None:
    def news(stage: Stage) -> None:
        stage.history.note("The terrace is closed.")

    def hand_over(stage: Stage) -> None:
        stage.agent = "chef"

    for change in (news, hand_over):

        async def scene(stage: Stage, change: Callable[[Stage], None] = change) -> None:
            stage.replies.start(1, "Hello", preemptive=True)
            await asyncio.sleep(5)
            change(stage)
            stage.replies.commit(1, "Hello")
            await stage.until_over(1)

        stage = perform(scene, "Old.", "New.")
        assert stage.life == [
            ReplyStarted(1, True),
            ReplyDiscarded(1),
            ReplyStarted(1, False),
            ReplyEnded(1, "New.", interrupted=False),
        ]
        assert stage.chat[-2:] == (UserMessage("Hello"), AgentMessage("New."))
        assert stage.llm.requests[1].items == (*stage.chat[:-2], UserMessage("Hello"))


def test_a_reply_that_is_discarded_leaves_nothing_and_none_of_its_tools_ever_runs() -> None:
    tools = Tools({"book": (0.0, "booked")})

    async def scene(stage: Stage) -> None:
        stage.replies.start(1, "Book", preemptive=True)
        await asyncio.sleep(5)
        stage.replies.discard(1)
        assert stage.life == [ReplyStarted(1, True), ReplyDiscarded(1)]
        await asyncio.sleep(60)

    stage = perform(scene, [ToolCall("1", "book")], "Booked.", tools=tools)
    assert (stage.chat, stage.posted, stage.caller.played, tools.begun) == ((), [], [], [])
    assert not any(isinstance(event, ToolCallStarted) for event in stage.told)


def test_a_turn_without_words_adds_no_message() -> None:
    async def scene(stage: Stage) -> None:
        stage.answer(1, "")
        await stage.until_over(1)

    assert perform(scene, "Yes?").chat == (AgentMessage("Yes?"),)


def test_the_agenda_is_told_whether_the_last_words_are_a_question() -> None:
    async def scene(stage: Stage) -> None:
        stage.answer(1, "Hello")
        await stage.until_over(1)

    assert perform(scene, "Good day. How many are you?").posted == [Finished(1, question=True)]


# Cut short


class SlowToClose(Cascade):
    """Closing its streams takes five seconds; `closed` says when that was done."""

    closed = 0.0

    async def respond(self, chat: Chat, tools: Sequence[Tool], tool_choice: ToolChoice, emit: Emit) -> None:
        try:
            await super().respond(chat, tools, tool_choice, emit)
        finally:
            await asyncio.sleep(5)
            self.closed = asyncio.get_running_loop().time()


def test_a_cancel_is_final_at_once_and_nobody_waits_for_what_is_still_to_be_closed() -> None:
    kept = (UserMessage("Hello"), AgentMessage("One is here. Two is", interrupted=True))

    async def scene(stage: Stage) -> None:
        responder = SlowToClose(stage.llm, Delivery(ScriptedTTS(rate=10.0), stage.parts.spoken, "en"), ReplyPolicy())
        stage.parts = replace(stage.parts, responder=responder)
        stage.answer(1, "Hello")
        await asyncio.sleep(2.5)
        stage.replies.cancel(1)
        assert stage.chat == kept
        assert stage.life[-1] == ReplyEnded(1, "One is here. Two is", interrupted=True)
        await asyncio.sleep(60)
        assert responder.closed == pytest.approx(7.5)
        assert stage.caller.audible(2.5, 100) == 0

    stage = perform(scene, ["One is here. Two is there. ", 9.0, "Three is nowhere."])
    assert stage.chat == kept
    assert stage.posted == []


def test_the_history_keeps_the_call_of_a_cancelled_reply_and_takes_its_result_when_it_comes() -> None:
    call = ToolCall("1", "book")

    async def scene(stage: Stage) -> None:
        stage.answer(1, "Book")
        await asyncio.sleep(2)
        stage.replies.cancel(1)
        assert stage.chat[-2:] == (call, ToolResult("1", "book", PENDING, pending=True))
        await asyncio.sleep(60)

    stage = perform(scene, [call], tools=Tools({"book": (9.0, "booked")}, reads=["book"]))
    assert stage.chat[-1] == ToolResult("1", "book", "(cancelled: the user interrupted)", is_error=True)


def test_cutting_short_what_has_ended_changes_nothing() -> None:
    async def scene(stage: Stage) -> None:
        stage.answer(1, "Hello")
        await stage.until_over(1)
        before = list(stage.told), stage.chat
        stage.replies.cancel(1)
        stage.replies.discard(1)
        stage.replies.attach(1)
        assert (list(stage.told), stage.chat) == before

    perform(scene, "Good day.")


# What is no answer


def test_a_fixed_line_is_said_without_the_llm_and_kept() -> None:
    async def scene(stage: Stage) -> None:
        stage.replies.say(Item(1, Rank.SAY, "We close soon."))
        await stage.until_over(1)

    stage = perform(scene)
    assert (stage.chat, stage.llm.requests) == ((AgentMessage("We close soon."),), [])


def test_news_reach_the_llm_as_a_note_and_are_told_without_tools() -> None:
    async def scene(stage: Stage) -> None:
        stage.replies.tell(Item(1, Rank.NEWS, "booked", note="The booking came back.", source="news"))
        await stage.until_over(1)

    stage = perform(scene, "You have a table.", tools=Tools({"book": (0.0, "booked")}))
    assert stage.chat == (Note("The booking came back.", "news"), AgentMessage("You have a table."))
    assert stage.llm.choices == ["none"]


def test_news_are_told_in_a_fixed_line_where_the_llm_fails() -> None:
    async def scene(stage: Stage) -> None:
        stage.replies.tell(Item(1, Rank.NEWS, "It is booked.", note="The booking came back.", source="news"))
        await stage.until_over(1)

    assert perform(scene, [DOWN]).chat[-1] == AgentMessage("It is booked.")


# Failures


def test_a_reply_that_fails_ends_in_the_apology() -> None:
    async def scene(stage: Stage) -> None:
        stage.answer(1, "Hello")
        await stage.until_over(1)

    stage = perform(scene, [DOWN])
    assert stage.chat == (UserMessage("Hello"), AgentMessage("Sorry."))
    assert [event.code for event in stage.told if isinstance(event, Failed)] == ["provider_unavailable"]
    assert stage.posted == [Finished(1)]


def test_a_prepared_reply_that_fails_is_tried_again_when_it_counts() -> None:
    async def scene(stage: Stage) -> None:
        stage.replies.start(1, "Hello", preemptive=True)
        await asyncio.sleep(5)
        stage.replies.commit(1, "Hello")
        await stage.until_over(1)

    assert perform(scene, [DOWN], "Good day.").chat == (UserMessage("Hello"), AgentMessage("Good day."))


def test_failures_in_a_row_close_the_call() -> None:
    async def scene(stage: Stage) -> None:
        for number in (1, 2):
            stage.answer(number, "Hello")
            await stage.until_over(number)

    assert perform(scene, [DOWN], [DOWN]).posted == [Finished(1), Finished(2), Close("failed")]


def test_a_reply_that_succeeds_in_between_makes_failures_count_from_the_start() -> None:
    async def scene(stage: Stage) -> None:
        for number in (1, 2, 3):
            stage.answer(number, "Hello")
            await stage.until_over(number)

    assert perform(scene, [DOWN], "Good day.", [DOWN]).posted == [Finished(1), Finished(2), Finished(3)]


def test_apologies_for_what_others_failed_at_count_too() -> None:
    async def scene(stage: Stage) -> None:
        for number in (1, 2):
            stage.replies.apologize(Item(number, Rank.SAY, "Sorry."))
            await stage.until_over(number)

    stage = perform(scene)
    assert stage.posted == [Finished(1), Finished(2), Close("failed")]
    assert stage.chat == (AgentMessage("Sorry."), AgentMessage("Sorry."))
