"""A conversation in writing: no transport, no STT, no TTS."""

import asyncio
from collections.abc import AsyncIterator

from tests.fakes.call import QUIET, Caller, Tools, call
from tests.fakes.loop import run
from voice.agent import Agent, Models
from voice.chat import AgentMessage, UserMessage
from voice.events import AgentSaid, Record, ReplyEnded
from voice.policy import IdlePolicy, Phrases, TurnPolicy
from voice.providers.scripted import ScriptedLLM, ScriptedSTT
from voice.session import Session


async def converse(
    llm: ScriptedLLM, *lines: tuple[float, str], tools: Tools | None = None
) -> tuple[Session, list[Record]]:
    session = Session(Agent("test", "Be brief.", Models(llm=llm), "Hello."), tools or Tools({}), turn=QUIET)
    records: list[Record] = []

    async def watch(events: AsyncIterator[Record]) -> None:
        async for record in events:
            records.append(record)

    async def write() -> None:
        for wait, line in lines:
            await asyncio.sleep(wait)
            session.type(line)
        await asyncio.sleep(5)
        session.hang_up()

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(watch(session.subscribe()))
        tasks.create_task(write())
        await session.run()
    return session, records


def test_typed_turns_are_answered_in_writing() -> None:
    session, records = run(converse(ScriptedLLM(replies=["Fine."]), (1.0, "How are you?")))
    assert session.history.chat.items == (AgentMessage("Hello."), UserMessage("How are you?"), AgentMessage("Fine."))
    said = [record.event.text for record in records if isinstance(record.event, AgentSaid)]
    assert "".join(said).replace(" ", "") == "Hello.Fine."


def test_tools_run_in_a_written_conversation_too() -> None:
    tools = Tools({"book": (0.5, "A7")})
    session, _ = run(converse(ScriptedLLM(replies=[[{"tool": "book"}], "Done."]), (1.0, "Book"), tools=tools))
    assert tools.finished == ["book"]
    assert session.history.chat.items[-1] == AgentMessage("Done.")


def test_a_second_line_interrupts_an_answer_that_is_still_being_written() -> None:
    llm = ScriptedLLM(replies=["one two three four five six", "Stopped."], token=1.0)
    _, records = run(converse(llm, (1.0, "Count"), (3.0, "Stop")))
    [first, second] = [r.event for r in records if isinstance(r.event, ReplyEnded)][1:]
    assert first.interrupted
    assert "one two three four five six".startswith(first.heard)
    assert second.heard == "Stopped."


def test_numbers_and_markdown_stay_as_they_are_in_writing() -> None:
    session, _ = run(converse(ScriptedLLM(replies=["**12** tables at 18:30."]), (1.0, "How many?")))
    assert session.history.chat.items[-1] == AgentMessage("**12** tables at 18:30.")


def test_a_sign_without_words_is_an_answer_in_writing() -> None:
    session, _ = run(converse(ScriptedLLM(replies=["👍"]), (1.0, "Fine?")))
    assert session.history.chat.items[-1] == AgentMessage("👍")


def test_after_switching_to_writing_fixed_lines_are_written_too() -> None:
    caller = Caller(until=9)

    async def switch(session: Session) -> None:
        await asyncio.sleep(2)
        session.use_voice(False)
        await asyncio.sleep(4)
        session.use_voice(True)

    outcome = call(
        caller,
        ScriptedSTT(),
        ScriptedLLM(),
        greeting="Hello.",
        turn=TurnPolicy(idle=IdlePolicy(after=3.0, prompts=9)),
        phrases=Phrases(idle="Still there?"),
        during=switch,
    )
    prompts = [record.at for record in outcome.records if record.event == AgentSaid(2, "Still there?")]
    assert len(prompts) == 1
    assert caller.audible(0, 2) > 0
    assert caller.audible(2, 6) == 0
    assert caller.audible(6, 9) > 0


def test_in_writing_an_emoji_is_an_answer() -> None:
    session, _ = run(converse(ScriptedLLM(replies=["👍"]), (1.0, "Fine?")))
    assert session.history.chat.items[-1] == AgentMessage("👍")
