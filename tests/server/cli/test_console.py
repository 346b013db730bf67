"""`frontdesk console`: what a line means, what is shown, and that pipes work."""

import asyncio

import pytest

from server.cli.screen import Agents, Console, Said
from tests.fakes.call import QUIET, Tools
from tests.fakes.command_line import CLOCK, SCRIPTED, configured, frontdesk, here
from tests.fakes.loop import run
from voice.agent import Agent, Models
from voice.providers.scripted import ScriptedLLM
from voice.session import Session


class Screen:
    """A console on a written conversation, and all it has shown."""

    def __init__(self, replies, tools=None, *, echo=False, speak=lambda on: None, token=0.0, others=None):
        self.shown: list[str] = []
        self.changes = 0
        self.toolbox = tools or Tools({})
        agent = Agent("Mira", "Be brief.", Models(llm=ScriptedLLM(replies=replies, token=token)))
        self.session = Session(agent, self.toolbox, turn=QUIET)
        agents = Agents(self.session, {"reception": agent, **(others or {})}, "reception")
        self.console = Console(self.session, agents, speak, self.shown.append, voiced=False, echo=echo)

    def _changed(self):
        self.changes += 1

    def enter(self, *lines, wait=3.0):
        """Enter each line, `wait` seconds apart; what became of each."""

        async def type_lines():
            said = []
            for line in lines:
                said.append(self.console.enter(line))
                await asyncio.sleep(wait)
            self.session.hang_up()
            return said

        async def main():
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self.console.watch(self.session.subscribe(), self._changed))
                typing = tasks.create_task(type_lines())
                await self.session.run()
            return typing.result()

        return run(main())


def words(shown):
    """The lines without their times."""
    return [line[9:] if line[:7].strip().replace(".", "").isdigit() else line for line in shown]


def test_a_line_is_answered():
    screen = Screen(["Fine, and you?"])
    assert screen.enter("How are you?") == [Said.SENT]
    assert words(screen.shown) == ["agent   Fine, and you?"]
    assert screen.changes > 3


def test_typed_words_are_shown_where_there_is_no_prompt_that_does():
    screen = Screen(["Fine."], echo=True)
    screen.enter("How are you?")
    assert words(screen.shown) == ["caller  How are you?", "agent   Fine."]


def test_a_tool_call_is_shown_with_arguments_result_and_time():
    tools = Tools({"book": (0.5, "booked as A7")})
    screen = Screen([["Let me see. ", 0.1, {"tool": "book", "arguments": {"guests": 2}}], "It is A7."], tools)
    screen.enter("Book")
    assert words(screen.shown) == [
        "agent   Let me see.",
        "tool    book(guests=2)",
        "tool    book -> booked as A7 (0.50 s)",
        "agent   It is A7.",
    ]


def test_typing_interrupts_an_answer_that_is_being_written():
    screen = Screen(["one two three four five six seven", "Stopped."], token=1.0)
    screen.enter("Count", "Stop", wait=3.5)
    assert words(screen.shown)[-1] == "agent   Stopped."
    assert any("(interrupted; the caller heard: 'one two" in line for line in screen.shown)


def test_an_empty_line_says_nothing():
    screen = Screen([])
    assert screen.enter("  ") == [Said.DONE]
    assert screen.shown == []


def test_the_tools_can_be_listed():
    screen = Screen([], Tools({"book": (0, ""), "cancel": (0, "")}))
    screen.enter("/tools")
    assert screen.shown == ["  book\n  cancel"]


def sales(*replies):
    return {"sales": Agent("Max", "Sell.", Models(llm=ScriptedLLM(replies=replies)), tools=("shop_*",))}


def test_the_agents_can_be_listed_with_the_one_that_answers():
    screen = Screen([], others=sales())
    screen.enter("/agent")
    assert screen.shown == ["* reception  Mira\n  sales      Max"]


def test_another_agent_can_go_on_with_its_own_model_and_tools():
    screen = Screen(["Mira here."], Tools({"book": (0, ""), "shop_find": (0, "")}), others=sales("Max here."))
    screen.enter("Hello", "/agent sales", "/tools", "/agent", "Hello")
    assert words(screen.shown) == [
        "agent   Mira here.",
        "Max answers from now on.",
        "  shop_find",
        "  reception  Mira\n* sales      Max",
        "agent   Max here.",
    ]


def test_an_agent_that_does_not_exist_is_answered_with_those_that_do():
    screen = Screen([], others=sales())
    screen.enter("/agent sails", "/agent")
    assert screen.shown[0] == "there is no agent 'sails'; did you mean 'sales'? There are: reception, sales"
    assert screen.shown[1].startswith("* reception")


def test_a_wrong_command_shows_the_right_ones():
    screen = Screen([])
    assert screen.enter("/vioce") == [Said.DONE]
    assert screen.shown[0].startswith("There is no command /vioce.\n")
    assert "/voice" in screen.shown[0]


def test_quitting_ends_the_session():
    screen = Screen([])
    assert screen.enter("/quit", wait=0.1) == [Said.QUIT]


def test_voice_that_cannot_be_had_is_explained():
    screen = Screen([], speak=lambda on: "PortAudio is missing" if on else None)
    screen.enter("/voice")
    assert screen.shown == ["No voice here: PortAudio is missing"]


def test_voice_can_be_switched_while_running():
    switched: list[bool] = []
    screen = Screen(["Fine."], speak=switched.append)
    screen.enter("/voice", "/text", "Hello")
    assert switched == [True, False]
    assert [line.partition(";")[0] for line in words(screen.shown)] == [
        "Speaking and listening",
        "Only writing.",
        "agent   Fine.",
    ]


# --- the command


def test_lines_of_a_pipe_are_answered_one_after_the_other(tmp_path):
    configured(tmp_path, SCRIPTED + "[voice.llm_options]\ntoken = 0.02\n" + CLOCK)
    done = frontdesk("console", "--text", cwd=tmp_path, stdin="one two\n\n/tools\nlast one")
    assert (done.code, done.err) == (0, "")
    assert [line[9:] for line in done.out.splitlines() if not line.startswith("  next")][:3] == [
        "agent   Hello, this is Mira.",
        "caller  one two",
        "agent   You said: one two",
    ]
    assert done.out.splitlines()[-1].endswith("agent   You said: last one")
    assert "  today: Tell today's date" in done.out


def test_quit_in_a_pipe_leaves_the_rest_unread(tmp_path):
    configured(tmp_path)
    done = frontdesk("console", "--text", cwd=tmp_path, stdin="/quit\nhello\n")
    assert done.code == 0
    assert "hello" not in done.out


def test_an_agent_that_cannot_answer_a_pipe_ends_with_1(tmp_path):
    text = SCRIPTED.replace("scripted/echo", "openai/x") + "[voice.llm_options]\nbase_url = 'http://127.0.0.1:9/v1'\n"
    configured(tmp_path, text + "[voice.reply]\nretries = 0\n")
    done = frontdesk("console", "--text", cwd=tmp_path, stdin="hello\n")
    assert done.code == 1
    assert "failed  llm openai: " in done.out
    assert "technical problem" in done.out


@pytest.mark.parametrize(
    ("module", "remedy"),
    [
        ("raise ImportError('no')", ".venv/bin/python -m pip install -e '.[audio]'"),
        ("raise OSError('no')", "apt install libportaudio2"),
    ],
)
def test_voice_without_its_libraries_is_refused_with_the_remedy(tmp_path, monkeypatch, module, remedy):
    (tmp_path / "sounddevice.py").write_text(module)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(__import__("sys").modules, "sounddevice", raising=False)
    configured(tmp_path)
    done = here("console", "--voice", cwd=tmp_path)
    assert (done.code, remedy in done.err) == (1, True)
    assert remedy in here("console", "--list-devices", cwd=tmp_path).out
    assert remedy in here("doctor", cwd=tmp_path).out
