"""From a configuration to a conversation."""

import asyncio
from collections.abc import Awaitable
from datetime import date
from typing import Any, ClassVar

import pytest

from server.config.file import load
from server.wiring import make_models, opened
from tests.fakes.command_line import CLOCK, SCRIPTED, configured
from tests.fakes.loop import run
from toolhub.config.servers import ServerEntry, ServerSettings
from toolhub.conversation import ConversationInfo
from voice.events import AgentSaid, SessionStarted, ToolCallFinished, ToolServerChanged
from voice.providers.rule import RuleTurnDetector
from voice.providers.scripted import ScriptedLLM, ScriptedSTT, ScriptedTTS, ScriptedTurnDetector, ScriptedVAD

TODAY = date(2026, 11, 23)


TWO = """
[agents.reception]
instructions = "You answer the phone."
greeting = "Hello."
tools = ["today"]
[agents.sales]
name = "Max"
instructions = "You sell."
language = "de"
tools = ["shop_*"]
[agents.sales.voice]
tts = "scripted/other"
[agents.sales.voice.phrases]
filler = "Moment."
""" + SCRIPTED[SCRIPTED.index("[voice]") :]


def voice(folder, text=SCRIPTED, spoken=True):
    [made] = make_models(load(configured(folder, text)), spoken=spoken).values()
    return made


def test_a_written_conversation_needs_only_the_llm(tmp_path):
    made = voice(tmp_path, spoken=False)
    assert isinstance(made.llm, ScriptedLLM)
    assert (made.stt, made.tts, made.vad, made.audio_turn, made.text_turn) == (None,) * 5


@pytest.mark.parametrize(
    ("turn", "turn_text", "audio", "text"),
    [
        ("off", "off", type(None), type(None)),
        ("scripted/x", "auto", ScriptedTurnDetector, RuleTurnDetector),
        ("off", "rule/english", type(None), RuleTurnDetector),
        ("off", "scripted/x", type(None), ScriptedTurnDetector),
    ],
)
def test_turn_detectors_are_those_that_were_named(tmp_path, turn, turn_text, audio, text):
    named = SCRIPTED.replace('turn = "off"', f'turn = "{turn}"').replace(
        'turn_text = "off"', f'turn_text = "{turn_text}"'
    )
    made = voice(tmp_path, named)
    assert (type(made.audio_turn), type(made.text_turn)) == (audio, text)


def test_an_llm_that_can_tell_the_end_of_a_turn_is_asked(tmp_path, monkeypatch):
    monkeypatch.setattr(ScriptedLLM, "end_of_turn", ScriptedTurnDetector.end_of_turn, raising=False)
    made = voice(tmp_path, SCRIPTED.replace('turn_text = "off"', 'turn_text = "auto"'))
    assert made.text_turn is made.llm


def test_the_prompt_holds_the_agent_its_servers_and_the_date(tmp_path):
    async def prompt():
        async with opened(load(configured(tmp_path, SCRIPTED + CLOCK)), spoken=False) as app:
            [instructions] = app.hub.instructions.values()
            async with app.session(None, "7", TODAY) as session:
                return instructions, app.agents(TODAY)["agent"].instructions, session

    servers, text, session = run(prompt())
    assert text.startswith("You answer the phone.")
    assert servers in text
    assert "Today is Monday 23 November 2026" in text
    assert session.history.chat.instructions == text


# --- several agents


def models_of(folder, text):
    return make_models(load(configured(folder, text)), spoken=True)


def test_agents_share_what_they_have_in_common_and_nothing_else(tmp_path):
    made = models_of(tmp_path, TWO)
    reception, sales = made["reception"], made["sales"]
    assert (reception.llm, reception.stt, reception.vad) == (sales.llm, sales.stt, sales.vad)
    assert reception.tts is not sales.tts
    assert reception.spoken is not sales.spoken


def test_agents_with_one_voice_and_language_share_its_phrases(tmp_path):
    one_voice = TWO.replace('tts = "scripted/other"', "")
    made = models_of(tmp_path, one_voice.replace('"de"', '"en"'))
    assert made["reception"].tts is made["sales"].tts
    assert made["reception"].spoken is made["sales"].spoken
    made = models_of(tmp_path, one_voice)
    assert made["reception"].tts is made["sales"].tts
    assert made["reception"].spoken is not made["sales"].spoken


def test_the_same_model_with_other_options_is_another_one(tmp_path):
    made = models_of(tmp_path, TWO + "[agents.sales.voice.llm_options]\nreplies = ['No.']\n")
    assert made["reception"].llm is not made["sales"].llm


def test_each_agent_asks_its_own_llm_whether_a_turn_has_ended(tmp_path, monkeypatch):
    monkeypatch.setattr(ScriptedLLM, "end_of_turn", ScriptedTurnDetector.end_of_turn, raising=False)
    text = TWO.replace('turn_text = "off"', 'turn_text = "auto"')
    made = models_of(tmp_path, text + "[agents.sales.voice.llm_options]\nreplies = ['No.']\n")
    assert [models.text_turn is models.llm for models in made.values()] == [True, True]
    assert made["reception"].text_turn is not made["sales"].text_turn


def opened_with(folder, text, look):
    """What `look` finds in the app of this configuration."""

    async def main():
        async with opened(load(configured(folder, text)), spoken=True) as app:
            result = look(app)
            return await result if isinstance(result, Awaitable) else result

    return run(main())


def test_agents_have_their_own_name_language_phrases_and_tools(tmp_path):
    agents = opened_with(tmp_path, TWO + CLOCK, lambda app: app.agents(TODAY))
    assert list(agents) == ["reception", "sales"]
    sales = agents["sales"]
    assert (sales.name, sales.language, sales.tools) == ("Max", "de", ("shop_*",))
    assert (sales.phrases.filler, sales.phrases.idle) == ("Moment.", "Are you still there?")
    assert sales.instructions.startswith("You sell.")
    assert agents["reception"].phrases.filler == "One moment, please."


def test_an_agent_is_told_how_to_use_only_the_servers_that_it_has_tools_of(tmp_path):
    agents, hub = opened_with(tmp_path, TWO + CLOCK, lambda app: (app.agents(TODAY), app.hub.instructions))
    assert hub["clock"] in agents["reception"].instructions
    assert hub["clock"] not in agents["sales"].instructions


@pytest.mark.parametrize(("line", "answers"), [("", "reception"), ('answered_by = "sales"\n', "Max")])
def test_the_first_agent_takes_calls_unless_another_is_named(tmp_path, line, answers):
    records: list[Any] = []

    async def hang_up():
        async with (
            opened(load(configured(tmp_path, line + TWO)), spoken=True) as app,
            app.session(None, "7", TODAY) as session,
        ):
            session.attach(records.append)
            session.hang_up()
            await session.run()

    run(hang_up())
    assert records[0].event == SessionStarted(answers)


def test_a_session_hears_of_everybodys_servers_and_of_its_own_but_of_no_other_calls(tmp_path):
    records: list[Any] = []

    async def main():
        async with (
            opened(load(configured(tmp_path, SCRIPTED)), spoken=False) as app,
            app.session(None, "7", TODAY) as session,
            app.hub.conversation(ConversationInfo("8", "x", "x", "en")) as other,
        ):
            session.attach(records.append)
            clock = ServerEntry(frontdesk=ServerSettings(module="mcp_servers.clock:create"))

            async def serve():
                await other.add("theirs", clock)
                await app.hub.add("ours", clock)
                session.hang_up()

            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(session.run())
                tasks.create_task(serve())

    run(main())
    assert {record.event.server for record in records if isinstance(record.event, ToolServerChanged)} == {"ours"}


class Warm:
    """A provider that notes with whose prompt and tools it is warmed."""

    warmed: ClassVar[list[tuple[str, str, list[str]]]] = []

    async def warm(self, chat, tools):
        told = chat.instructions.partition(".")[0]
        self.warmed.append((type(self).__bases__[1].__name__, told, [tool.name for tool in tools]))


class WarmLLM(Warm, ScriptedLLM):
    pass


class WarmSTT(Warm, ScriptedSTT):
    pass


class WarmTTS(Warm, ScriptedTTS):
    pass


def test_a_shared_model_is_warmed_once_and_an_llm_with_the_prompt_of_each_agent(tmp_path, monkeypatch):
    warm = {"llm": WarmLLM, "stt": WarmSTT, "tts": WarmTTS}
    monkeypatch.setattr("server.providers.constructor", lambda stage, name: warm.get(stage, ScriptedVAD))
    monkeypatch.setattr(Warm, "warmed", [])
    opened_with(tmp_path, TWO + CLOCK, lambda app: app.warm(TODAY))
    phone, sell = ("You answer the phone", ["today"]), ("You sell", list[str]())
    assert Warm.warmed == [
        ("ScriptedLLM", *sell),
        ("ScriptedSTT", *sell),
        ("ScriptedTTS", *sell),
        ("ScriptedLLM", *phone),
        ("ScriptedTTS", *phone),
    ]


def test_a_shared_provider_is_closed_once(tmp_path, monkeypatch):
    closed = []

    async def aclose(self):
        closed.append(self)

    for kind in (ScriptedLLM, ScriptedTTS):
        monkeypatch.setattr(kind, "aclose", aclose, raising=False)
    opened_with(tmp_path, TWO, lambda app: None)
    assert sorted(type(provider).__name__ for provider in closed) == ["ScriptedLLM", "ScriptedTTS", "ScriptedTTS"]


class Untold(ScriptedLLM):
    """An LLM whose calls may be a misunderstanding."""

    acts_only_when_told = True


def booking(folder, told, answer, monkeypatch):
    """What the agent says, and how the call ended, when an LLM books a table and the user then says `answer`."""
    kind = Untold if told else ScriptedLLM
    monkeypatch.setattr("server.providers.constructor", lambda stage, name: kind)
    db = folder / "cafe.sqlite"
    text = f"""{SCRIPTED}
[voice.llm_options.replies]
[mcpServers.cafe.frontdesk]
module = "mcp_servers.cafe:create"
options = {{ db = "{db}" }}
"""
    arguments = '{ date = "tomorrow", time = "12:00", people = 2, name = "Lee" }'
    replies = f'[voice.llm_options]\nreplies = [[{{ tool = "book_table", arguments = {arguments} }}], "Well."]'
    config = load(configured(folder, text.replace("[voice.llm_options.replies]", replies)))

    async def talk(session):
        await asyncio.sleep(2)
        session.type("Book a table.")
        await asyncio.sleep(4)
        session.type(answer)
        await asyncio.sleep(4)
        session.hang_up()

    async def main():
        records: list[Any] = []
        async with opened(config, spoken=False) as app, app.session(None, "7", TODAY) as session:
            session.attach(records.append)
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(talk(session))
                await session.run()
        events = [record.event for record in records]
        said = [event.text.strip() for event in events if isinstance(event, AgentSaid)]
        return said, [event.is_error for event in events if isinstance(event, ToolCallFinished)]

    return run(main())


READ_BACK = "Shall I book a table: tomorrow, 12:00, two people, name Lee?"


@pytest.mark.parametrize(("answer", "failed"), [("Yes, please.", False), ("No.", True)])
def test_what_an_llm_calls_that_acts_only_when_told_is_read_back_and_needs_a_yes(tmp_path, monkeypatch, answer, failed):
    said, ended = booking(tmp_path, told=True, answer=answer, monkeypatch=monkeypatch)
    assert READ_BACK in said
    assert ended == [failed]


def test_what_another_llm_calls_is_not(tmp_path, monkeypatch):
    said, ended = booking(tmp_path, told=False, answer="Thanks.", monkeypatch=monkeypatch)
    assert READ_BACK not in said
    assert ended == [False]
