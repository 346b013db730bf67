"""Whole calls in virtual time: others than the LLM ask and speak."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from mcp_types import CallToolResult, ElicitRequestFormParams, ElicitRequestParams

from tests.fakes.call import QUIET, Caller, Outcome, Tools, call, text_result
from voice.agent import Agent, Models
from voice.audio import AudioFrame
from voice.chat import AgentMessage, Note, ToolCall, ToolResult, UserMessage
from voice.errors import ProviderUnavailable
from voice.events import (
    AgentSaid,
    AgentSpeechPaused,
    Event,
    QuestionAsked,
    QuestionClosed,
    ReplyEnded,
    ToolCallFinished,
    ToolProgressed,
    UserTurnEnded,
)
from voice.history_budget import tokens
from voice.llm import AnswerEnded
from voice.policy import HistoryPolicy
from voice.providers.scripted import ScriptedLLM, ScriptedSTT, ScriptedTTS
from voice.session import Session
from voice.tools import Caller as ToolCaller
from voice.tts import Speech

WHERE = "Window or terrace?"
LONG = "One two three four five six seven eight nine ten eleven twelve."


class Asking(Tools):
    """`book` asks where to sit, and books; `seconds` before it asks, and after the answer."""

    def __init__(self, before: float = 0.2, after: float = 0.2, confirm: bool = False) -> None:
        super().__init__({"book": (before, "")})
        self.after = after
        self.confirm = confirm
        self.answers: list[Any] = []

    async def run(self, name: str, arguments: dict[str, Any], caller: ToolCaller) -> CallToolResult:
        await super().run(name, arguments, caller)
        schema = {"type": "object", "properties": {"seat": {"type": "string"}}}
        request: ElicitRequestParams = ElicitRequestFormParams(message=WHERE, requested_schema=schema)
        answer = await caller.confirm("Shall I book it?") if self.confirm else await caller.elicit(request, "cafe")
        self.answers.append(answer)
        await asyncio.sleep(self.after)
        return text_result("booked")


def said(outcome: Outcome) -> list[str]:
    return [event.text for event in outcome.of(AgentSaid)]


def test_a_tool_that_asks_in_mid_call_gets_its_answer_while_the_reply_lives_on() -> None:
    tools = Asking()
    outcome = call(
        Caller([(1.024, 2.048), (6.0, 7.0)], until=12),
        ScriptedSTT(texts=["Book it", "The terrace, please"]),
        ScriptedLLM(replies=[["Let me see.", {"tool": "book"}], "It is booked."]),
        tools=tools,
    )
    assert said(outcome) == ["Let me see.", WHERE, "It is booked."]
    [answer] = tools.answers
    assert (answer.action, answer.content) == ("accept", {"seat": "The terrace, please"})
    assert len(outcome.llm.requests) == 2
    assert not any(event.interrupted for event in outcome.of(ReplyEnded))
    assert [event.text for event in outcome.of(ToolCallFinished)] == ["booked"]
    assert outcome.chat == (
        UserMessage("Book it"),
        AgentMessage("Let me see."),
        ToolCall("call-1-1", "book", {}),
        ToolResult("call-1-1", "book", "booked"),
        AgentMessage(WHERE),
        UserMessage("The terrace, please"),
        AgentMessage("It is booked."),
    )
    [asked], [closed] = outcome.of(QuestionAsked), outcome.of(QuestionClosed)
    assert (asked.call, asked.text) == ("call-1-1", WHERE)
    assert closed == QuestionClosed(asked.question, "The terrace, please")


def test_a_question_is_asked_when_what_was_being_said_is_over() -> None:
    outcome = call(
        Caller([(1.024, 2.048), (8.5, 9.0)], until=14),
        ScriptedSTT(texts=["Book it", "Window"]),
        ScriptedLLM(replies=[[LONG, {"tool": "book"}], "Done."], first_token=0.0),
        tools=Asking(before=0.1),
    )
    assert said(outcome) == [LONG, WHERE, "Done."]
    assert outcome.of(ReplyEnded)[0].heard == WHERE
    assert not outcome.of(AgentSpeechPaused)


def test_a_confirmation_is_the_callers_own_words_and_passes_no_llm() -> None:
    for text, agreed in (("Yes, please.", True), ("Rather not.", False)):
        tools = Asking(confirm=True)
        outcome = call(
            Caller([(1.024, 2.048), (6.0, 7.0)], until=12),
            ScriptedSTT(texts=["Book it", text]),
            ScriptedLLM(replies=[[{"tool": "book"}], "Fine."]),
            tools=tools,
        )
        assert tools.answers == [agreed]
        assert all(UserMessage(text) not in chat.items for chat in outcome.llm.requests)


def test_a_question_that_is_open_at_hang_up_is_cancelled_once() -> None:
    tools = Asking()
    outcome = call(
        Caller([(1.024, 2.048)], until=6),
        ScriptedSTT(texts=["Book it"]),
        ScriptedLLM(replies=[[{"tool": "book"}], "Done."]),
        tools=tools,
    )
    [closed] = outcome.of(QuestionClosed)
    assert closed.answer is None
    assert [answer.action for answer in tools.answers] == ["cancel"]
    assert outcome.reason == "hangup"


def test_a_write_that_comes_back_after_its_reply_was_interrupted_is_told_by_the_llm_when_it_is_quiet() -> None:
    outcome = call(
        Caller([(1.024, 2.048), (3.3, 4.3)], until=16),
        ScriptedSTT(texts=["Book it", "How late are you open"]),
        ScriptedLLM(replies=[[{"tool": "book"}], "Until eight.", "By the way, it is booked."], first_token=0.0),
        tools=Tools({"book": (5.0, "booked as A7")}),
    )
    assert said(outcome)[-2:] == ["Until eight.", "By the way, it is booked."]
    assert [item.text for item in outcome.chat if isinstance(item, ToolResult)] == ["booked as A7"]
    note = outcome.llm.requests[2].items[-1]
    assert isinstance(note, Note)
    assert "booked as A7" in note.text
    assert outcome.llm.choices[2] == "none"
    assert AgentMessage("By the way, it is booked.") == outcome.chat[-1]


def test_where_the_llm_fails_a_late_result_is_told_by_a_fixed_line() -> None:
    down = ProviderUnavailable("llm", "scripted", "down")
    outcome = call(
        Caller([(1.024, 2.048), (3.3, 4.3)], until=20),
        ScriptedSTT(texts=["Book it", "How late are you open"]),
        ScriptedLLM(replies=[[{"tool": "book"}], "Until eight.", [down], [down], [down]], first_token=0.0),
        tools=Tools({"book": (5.0, "code A7")}),
    )
    assert "".join(said(outcome)[-2:]).endswith("It says: code A seven")
    assert outcome.chat[-1] == AgentMessage("By the way: book has come back. It says: code A7")


def test_news_does_not_come_between_a_question_of_the_agent_and_its_answer() -> None:
    async def whisper(session: Session) -> None:
        await asyncio.sleep(3.0)
        session.note("The kitchen closes in ten minutes.", "staff", tell="The kitchen closes soon.")

    outcome = call(
        Caller([(1.024, 2.048), (6.0, 7.0)], until=14),
        ScriptedSTT(texts=["A table", "For two"]),
        ScriptedLLM(replies=["For how many people shall I look?", "For two.", "The kitchen closes soon."]),
        during=whisper,
    )
    assert said(outcome) == ["For how many people shall I look?", "For two.", "The kitchen closes soon."]


def test_a_note_is_read_by_the_model_from_the_next_turn_on() -> None:
    async def whisper(session: Session) -> None:
        await asyncio.sleep(0.5)
        session.note("The caller is a regular.", "desk")

    outcome = call(
        Caller([(1.024, 2.048)], until=6), ScriptedSTT(texts=["Hello"]), ScriptedLLM(replies=["Hi."]), during=whisper
    )
    assert outcome.llm.requests[0].items == (Note("The caller is a regular.", "desk"), UserMessage("Hello"))


@pytest.mark.parametrize("at", [1.5, 2.1, 2.6, 3.2, 4.1, 5.0, 8.0])
def test_an_announcement_never_talks_over_anybody(at: float) -> None:
    heard: list[str | None] = []

    async def announce(session: Session) -> None:
        await asyncio.sleep(at)
        heard.append(await session.say("We close soon."))

    caller = Caller([(1.024, 2.048), (4.0, 5.0)], until=16)
    outcome = call(
        caller,
        ScriptedSTT(texts=["Hello", "Mhm."]),
        ScriptedLLM(replies=[LONG], first_token=0.3),
        during=announce,
    )
    assert sorted(said(outcome)) == sorted([LONG, "We close soon."])
    assert heard == ["We close soon."]
    assert not any(event.interrupted for event in outcome.of(ReplyEnded))
    assert caller.audible(1.3, 2.2) == 0
    assert caller.audible(4.35, 5.1) == 0


def test_what_is_said_during_a_disclosure_is_kept_as_the_next_turn() -> None:
    disclosure = "This call is recorded. You may object at any time, now or later."

    async def announce(session: Session) -> None:
        session.say(disclosure, interruptible=False)

    outcome = call(
        Caller([(1.024, 2.048)], until=10),
        ScriptedSTT(texts=["I object"]),
        ScriptedLLM(replies=["As you wish."]),
        during=announce,
    )
    assert said(outcome) == ["This call is recorded.", "You may object at any time, now or later.", "As you wish."]
    assert outcome.of(AgentSpeechPaused) == []
    assert [event.text for event in outcome.of(UserTurnEnded)] == ["I object"]
    assert not any(event.interrupted for event in outcome.of(ReplyEnded))


class Telling(Tools):
    """Tells how far it is, twice, while it works; the last word comes with the result."""

    async def run(self, name: str, arguments: dict[str, Any], caller: ToolCaller) -> CallToolResult:
        await asyncio.sleep(2)
        caller.progress("Half of it is done.", 0.5)
        await asyncio.sleep(2)
        caller.progress("Nearly there.", 0.9)
        return await super().run(name, arguments, caller)


def test_progress_is_said_while_the_tool_works_and_not_after_its_result() -> None:
    outcome = call(
        Caller([(1.024, 2.048)], until=12),
        ScriptedSTT(texts=["Bake"]),
        ScriptedLLM(replies=[["Let me see.", {"tool": "bake"}], "Done."], first_token=0.0),
        tools=Telling({"bake": (0.0, "baked")}),
    )
    assert said(outcome) == ["Let me see.", "Half of it is done.", "Done."]
    assert [event.share for event in outcome.of(ToolProgressed)] == [0.5, 0.9]


def test_who_runs_the_session_may_ask_and_gets_the_next_turn() -> None:
    answers: list[str | None] = []

    async def survey(session: Session) -> None:
        answers.append(await session.ask("How did you like it?"))
        answers.append(await session.ask("Anything else?"))

    outcome = call(Caller([(3.0, 4.0)], until=10), ScriptedSTT(texts=["Very much"]), ScriptedLLM(), during=survey)
    assert answers == ["Very much", None]
    assert outcome.llm.requests == []
    assert (AgentMessage("How did you like it?"), UserMessage("Very much")) == outcome.chat[:2]


def test_a_question_may_be_withdrawn() -> None:
    async def survey(session: Session) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(3):
                await session.ask("How did you like it?")

    outcome = call(
        Caller([(4.0, 5.0)], until=10), ScriptedSTT(texts=["Hello"]), ScriptedLLM(replies=["Hi."]), during=survey
    )
    assert [event.answer for event in outcome.of(QuestionClosed)] == [None]
    assert outcome.chat[-1] == AgentMessage("Hi.")


def test_keys_of_a_telephone_are_a_turn() -> None:
    async def press(session: Session) -> None:
        await asyncio.sleep(1)
        for key in "42#":
            session.digit(key)

    outcome = call(Caller(until=6), ScriptedSTT(), ScriptedLLM(replies=["Table forty-two."]), during=press)
    assert [(event.text, event.by) for event in outcome.of(UserTurnEnded)] == [("42", "keys")]


def test_told_to_be_silent_the_agent_stops_at_once() -> None:
    async def silence(session: Session) -> None:
        await asyncio.sleep(3.5)
        session.interrupt()

    caller = Caller([(1.024, 2.048)], until=8)
    outcome = call(caller, ScriptedSTT(texts=["Count"]), ScriptedLLM(replies=[LONG]), during=silence)
    [ended] = outcome.of(ReplyEnded)
    assert ended.interrupted
    assert caller.audible(3.51, 8) == 0


class SlowToClose(ScriptedLLM):
    """A provider whose stream takes its time to close, after an interruption and after its own end."""

    def __init__(self, seconds: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.seconds = seconds

    async def reply(self, *args: Any) -> AsyncIterator[Any]:
        try:
            async for part in super().reply(*args):
                yield part
            yield AnswerEnded()
        finally:
            await asyncio.sleep(self.seconds)


class SlowToHangUp(ScriptedTTS):
    """The same of a TTS."""

    seconds = 0.0

    async def speak(self, text: AsyncIterator[str]) -> AsyncIterator[Any]:
        try:
            async for speech in super().speak(text):
                yield speech
            yield Speech("", AudioFrame(np.zeros(0, dtype=np.int16), 24_000), last=True)
        finally:
            await asyncio.sleep(self.seconds)


def first_times(seconds: float, replies: Sequence[Any], speech: Any, texts: Sequence[str]) -> list[tuple[str, float]]:
    """When the turns were decided and heard, with providers that take `seconds` to close."""
    tts = SlowToHangUp()
    tts.seconds = seconds
    llm, tools = SlowToClose(seconds, replies=replies), Tools({"look": (0.2, "there")})
    outcome = call(Caller(speech, until=11), ScriptedSTT(texts=texts), llm, tts, tools=tools)
    kinds: tuple[type[Event], ...] = (UserTurnEnded, AgentSaid, ReplyEnded, ToolCallFinished)
    return [
        (type(record.event).__name__, round(record.at, 3))
        for record in outcome.records
        if isinstance(record.event, kinds) and record.at < 11
    ]


@pytest.mark.parametrize(
    ("replies", "speech", "texts"),
    [
        ([LONG, "Okay."], [(1.024, 2.048), (4.0, 5.0)], ["Count", "Stop it please"]),
        (["Shall I book it?", "Booked."], [(1.024, 2.048), (4.5, 5.0)], ["A table", "Okay."]),
        (["One. And two.", "Three."], [(1.024, 2.048), (6.0, 6.5)], ["Count", "On"]),
        ([["Wait.", {"tool": "look"}], "There. It is.", "Bye."], [(1.024, 2.048), (7.0, 7.5)], ["Look", "Thanks"]),
    ],
    ids=["interrupted", "a question", "two sentences", "a tool"],
)
def test_a_stream_that_is_slow_to_close_delays_nothing(replies: Any, speech: Any, texts: Any) -> None:
    at_once = first_times(0.0, replies, speech, texts)
    assert first_times(5.0, replies, speech, texts) == at_once
    assert len([name for name, _ in at_once if name == "UserTurnEnded"]) == 2


def play_by_hand(*steps: tuple[float, Callable[[Session], None]]) -> Callable[[Session], Any]:
    async def hands(session: Session) -> None:
        for at, step in steps:
            await asyncio.sleep(at - asyncio.get_running_loop().time())
            step(session)

    return hands


def test_a_manual_turn_hears_what_was_said_before_the_press_and_ends_at_the_commit() -> None:
    outcome = call(
        Caller([(1.024, 2.5)], until=8),
        ScriptedSTT(texts=["Book a table"], delay=0.05),
        ScriptedLLM(replies=["Done."], first_token=0.1),
        turn=type(QUIET)(idle=QUIET.idle, manual=True),
        during=play_by_hand((1.2, Session.start_turn), (2.6, Session.commit_turn)),
    )
    [ended] = outcome.of(UserTurnEnded)
    assert (ended.text, ended.by) == ("Book a table", "manual")
    assert outcome.at(UserTurnEnded) == [pytest.approx(2.65, abs=0.002)]
    assert said(outcome) == ["Done."]


class Counting(ScriptedSTT):
    """Counts the seconds of speech that it is given."""

    seconds = 0.0

    async def transcribe(self, audio: Any) -> AsyncIterator[Any]:
        async def counted() -> AsyncIterator[Any]:
            async for item in audio:
                if isinstance(item, AudioFrame):
                    self.seconds += float((item.samples > 1000).mean()) * item.duration
                yield item

        async for transcript in super().transcribe(counted()):
            yield transcript


@pytest.mark.parametrize("press", [1.2, 1.35, 1.45])
def test_what_was_said_and_over_before_the_press_is_heard_too(press: float) -> None:
    stt = Counting(texts=["Hi"])
    call(
        Caller([(1.1, 1.3)], until=4),
        stt,
        ScriptedLLM(),
        turn=type(QUIET)(idle=QUIET.idle, manual=True),
        during=play_by_hand((press, Session.start_turn), (press + 0.5, Session.commit_turn)),
    )
    assert stt.seconds == pytest.approx(0.2, abs=0.02)


def test_without_a_press_nobody_listens_and_a_cancelled_turn_is_forgotten() -> None:
    outcome = call(
        Caller([(1.024, 2.0), (3.0, 4.0)], until=8),
        ScriptedSTT(texts=["No"], delay=0.05),
        ScriptedLLM(),
        turn=type(QUIET)(idle=QUIET.idle, manual=True),
        during=play_by_hand((3.0, Session.start_turn), (4.1, Session.cancel_turn)),
    )
    assert outcome.of(UserTurnEnded) == []
    assert outcome.llm.requests == []


class AskingLate(Asking):
    """Asks after the caller has hung up."""

    def __init__(self) -> None:
        super().__init__(before=3.0)


def test_a_tool_that_asks_after_the_end_of_the_call_gets_a_cancel_and_the_call_ends() -> None:
    tools = AskingLate()
    outcome = call(
        Caller([(1.024, 2.048)], until=4),
        ScriptedSTT(texts=["Book"]),
        ScriptedLLM(replies=[[{"tool": "book"}]]),
        tools=tools,
    )
    assert outcome.reason == "hangup"
    assert [answer.action for answer in tools.answers] == ["cancel"]


def test_what_is_offered_with_or_after_the_end_comes_back_empty() -> None:
    answers: list[str | None] = []

    async def late(session: Session) -> None:
        await asyncio.sleep(1)
        session.hang_up()
        said = session.say("One more thing.")
        answers.append(await session.ask("And?"))
        answers.append(await said)

    call(Caller(until=4), ScriptedSTT(), ScriptedLLM(), during=late)
    assert answers == [None, ""]


def test_a_question_of_which_nothing_was_heard_gets_no_answer_and_is_asked_again() -> None:
    tools = Asking()
    outcome = call(
        Caller([(1.024, 2.048), (3.2, 4.2), (9.0, 10.0)], until=16),
        ScriptedSTT(texts=["Book it", "No wait, make it four people", "The terrace"]),
        ScriptedLLM(replies=[[{"tool": "book"}], "Four it is."], first_token=0.0),
        ScriptedTTS(delay=1.0),
        tools=tools,
    )
    assert [answer.content for answer in tools.answers if answer.action == "accept"] == [{"seat": "The terrace"}]
    assert UserMessage("No wait, make it four people") in outcome.llm.requests[1].items


@pytest.mark.parametrize("at", [0.0, 0.001, 0.05, 0.1])
def test_news_that_nobody_heard_is_told_again(at: float) -> None:
    async def whisper(session: Session) -> None:
        await asyncio.sleep(1)
        session.note("The kitchen closes.", "staff", tell="The kitchen closes.")
        await asyncio.sleep(at)
        session.interrupt()

    llm = ScriptedLLM(replies=["The kitchen closes soon."] * 2, first_token=0.3)
    outcome = call(Caller(until=8), ScriptedSTT(), llm, during=whisper)
    assert said(outcome)[-1] == "The kitchen closes soon."
    assert [item for item in outcome.chat if isinstance(item, Note)] == [Note("The kitchen closes.", "staff")]


@pytest.mark.parametrize("after", range(-3, 4))
def test_a_write_that_comes_back_in_the_moment_of_the_interruption_is_told(after: int) -> None:
    """The tool comes back at 4.1; the user is heard to take the floor so many milliseconds before or after."""

    async def interrupt(session: Session) -> None:
        await asyncio.sleep(4.1 + after / 1000)
        session.interrupt()

    outcome = call(
        Caller([(1.024, 2.048)], until=14),
        ScriptedSTT(texts=["Book it"]),
        ScriptedLLM(replies=[[{"tool": "book"}], "It is booked."], first_token=0.0),
        tools=Tools({"book": (4.1 - 2.25, "booked as A7")}),
        during=interrupt,
    )
    results = [item for item in outcome.chat if isinstance(item, ToolResult)]
    assert [item.text for item in results] == ["booked as A7"]
    asked = outcome.llm.requests[1:]
    assert any("booked as A7" in str(chat.items) for chat in asked)


def test_an_agent_cannot_call_a_tool_that_is_not_its_own() -> None:
    tools = Tools({"book": (0.1, "booked"), "hours": (0.1, "nine")})

    async def restrict(session: Session) -> None:
        session.switch(replace(session.agent, tools=("hours",)))

    outcome = call(
        Caller([(1.024, 2.048)], until=8),
        ScriptedSTT(texts=["Book it"]),
        ScriptedLLM(replies=[[{"tool": "book"}], "I cannot."]),
        tools=tools,
        during=restrict,
    )
    assert tools.begun == []
    assert "you have: hours" in next(item.text for item in outcome.chat if isinstance(item, ToolResult))


def test_only_keys_of_a_telephone_are_keys() -> None:
    session = Session(Agent("x", "x", Models(ScriptedLLM())), Tools({}))
    with pytest.raises(ValueError, match="no key of a telephone"):
        session.digit("hello")


def test_a_history_whose_turns_are_all_interrupted_keeps_its_size() -> None:
    turns = 120
    llm = ScriptedLLM(replies=[LONG * 3] * turns, first_token=0.0)

    async def interrupt(session: Session) -> None:
        for number in range(turns):
            session.type(f"And what about number {number}, of which I want to know all that there is to be known?")
            await asyncio.sleep(2)
            session.interrupt()

    call(
        Caller(until=turns * 2 + 5),
        ScriptedSTT(),
        llm,
        during=interrupt,
        history=HistoryPolicy(max_tokens=500, keep_turns=2),
    )
    asked = [chat for chat in llm.requests if chat.instructions == "Be brief."]
    assert max(tokens(chat.items) for chat in asked) < 1200
