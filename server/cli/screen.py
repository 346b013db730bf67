"""A conversation in the terminal: what is shown and what the user's lines mean. Knows no terminal library."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from enum import Enum, auto

from server.cli.live_transcript import LiveTranscript
from server.config.problems import unknown_name
from voice.agent import Agent
from voice.events import Failed, Record, ReplyEnded, SessionEnded, StateChanged, UserTranscript, UserTurnEnded
from voice.session import Session
from voice.turn.events import State

__all__ = ["HELP", "Agents", "Console", "Said"]

HELP = """\
Type to the agent; in voice mode just speak. Both interrupt it.
  /voice  speak and listen          /text   only write
  /tools  what the agent can do     /agent  who there is; /agent NAME to go on with another one
  /help   this                      /quit   leave (or Ctrl-D)"""


class Said(Enum):
    """What became of a line."""

    SENT = auto()
    DONE = auto()
    QUIT = auto()


class Agents:
    """Who can answer in a session, by name, and who does now."""

    def __init__(self, session: Session, agents: Mapping[str, Agent], answering: str) -> None:
        self._session, self._agents, self._name = session, agents, answering

    @property
    def now(self) -> Agent:
        """The one that answers."""
        return self._agents[self._name]

    def lines(self) -> Iterator[str]:
        """A line for each; a star for the one that answers."""
        width = max(map(len, self._agents))
        for name, agent in self._agents.items():
            yield f"{'*' if name == self._name else ' '} {name:{width}}  {agent.name}"

    def switch(self, name: str) -> str:
        """Go on with the agent of this name; returns what to tell the user."""
        if name not in self._agents:
            return unknown_name("agent", name, list(self._agents))
        self._session.switch(self._agents[name])
        self._name = name
        return f"{self.now.name} answers from now on."


class Console:
    """One session's screen. `speak` switches voice on or off and returns why it cannot, or None.

    `idle` is set while the agent has nothing to do. `echo`: show typed turns too (there is no prompt that shows them).
    """

    def __init__(
        self,
        session: Session,
        agents: Agents,
        speak: Callable[[bool], str | None],
        show: Callable[[str], None],
        *,
        voiced: bool,
        echo: bool,
    ) -> None:
        self.idle = asyncio.Event()
        self.status = str(State.LISTENING)
        self.partial = ""
        self.failed = False
        self._session, self._agents, self._speak, self._show = session, agents, speak, show
        self._echo = echo
        self._live = LiveTranscript(written=not voiced)
        if not agents.now.greeting:
            self.idle.set()

    async def watch(self, records: AsyncIterator[Record], changed: Callable[[], None]) -> None:
        """Show what happens until the session ends; `changed` is called when `status` or `partial` may have."""
        async for record in records:
            self._note(record)
            if self._echo or not (isinstance(record.event, UserTurnEnded) and record.event.by == "typed"):
                for line in self._live.lines(record):
                    self._show(line)
            changed()

    def enter(self, line: str) -> Said:
        """What the user wrote: a command, or words for the agent."""
        words = line.strip()
        if words in ("/quit", "/exit"):
            self._session.hang_up("quit")
            return Said.QUIT
        if words.startswith("/"):
            self._command(words)
            return Said.DONE
        if not words:
            return Said.DONE
        self.idle.clear()
        self._session.type(words)
        return Said.SENT

    def _command(self, words: str) -> None:
        match words.split():
            case ["/voice" | "/text"]:
                self._switch(on=words == "/voice")
            case ["/agent"]:
                self._show("\n".join(self._agents.lines()))
            case ["/agent", name]:
                self._show(self._agents.switch(name))
            case ["/tools"]:
                self._show("\n".join(self._tools()) or "The agent has no tools.")
            case ["/help"]:
                self._show(HELP)
            case _:
                self._show(f"There is no command {words}.\n{HELP}")

    def _switch(self, on: bool) -> None:
        problem = self._speak(on)
        if problem:
            self._show(f"No voice here: {problem}")
            return
        self._live.written = not on
        self._show("Speaking and listening; headphones keep the agent from hearing itself." if on else "Only writing.")

    def _tools(self) -> list[str]:
        return [
            f"  {tool.name}: {(tool.description or '').strip().partition(chr(10))[0]}".rstrip(": ")
            for tool in self._session.tools
        ]

    def _note(self, record: Record) -> None:
        match record.event:
            case StateChanged(state):
                self.status = state
                if state == State.LISTENING:
                    self.idle.set()
            case UserTranscript(text):
                self.partial = text
            case UserTurnEnded() | ReplyEnded():
                self.partial = ""
            case Failed():
                self.failed = True
            case SessionEnded():
                self.idle.set()
