"""A conversation in the terminal: what is shown and what the user's lines mean. Knows no terminal library."""

import asyncio
from collections.abc import AsyncIterator, Callable
from enum import Enum, auto

from server.cli.live_transcript import LiveTranscript
from toolhub.hub import ToolHub
from voice.events import Failed, Record, ReplyEnded, SessionEnded, StateChanged, UserTranscript, UserTurnEnded
from voice.session import Session
from voice.turn.events import State

__all__ = ["HELP", "Console", "Said"]

HELP = """\
Type to the agent; in voice mode just speak. Both interrupt it.
  /voice  speak and listen          /text   only write
  /tools  what the agent can do     /help   this     /quit   leave (or Ctrl-D)"""


class Said(Enum):
    """What became of a line."""

    SENT = auto()
    DONE = auto()
    QUIT = auto()


class Console:
    """One session's screen. `speak` switches voice on or off and returns why it cannot, or None.

    `idle` is set while the agent has nothing to do. `echo`: show typed turns too (there is no prompt that shows them).
    """

    def __init__(
        self,
        session: Session,
        hub: ToolHub,
        speak: Callable[[bool], str | None],
        show: Callable[[str], None],
        *,
        voiced: bool,
        greeted: bool,
        echo: bool,
    ) -> None:
        self.idle = asyncio.Event()
        self.status = str(State.LISTENING)
        self.partial = ""
        self.failed = False
        self._session, self._hub, self._speak, self._show = session, hub, speak, show
        self._echo = echo
        self._live = LiveTranscript(written=not voiced)
        if not greeted:
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
        match words:
            case "/voice" | "/text":
                self._switch(on=words == "/voice")
            case "/tools":
                self._show("\n".join(self._tools()) or "The agent has no tools.")
            case "/help":
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
            for tool in self._hub.tools
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
