"""A scripted phone call: when the caller makes sound, what the providers do, and what came of it."""

import asyncio
from bisect import bisect_right
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
from mcp_types import CallToolResult, TextContent, Tool, ToolAnnotations

from tests.fakes.loop import run
from voice.agent import Agent, Models
from voice.audio import AudioFrame
from voice.chat import ChatItem
from voice.events import Record
from voice.policy import GatePolicy, IdlePolicy, Phrases, ReplyPolicy, TurnPolicy
from voice.providers.scripted import ScriptedLLM, ScriptedSTT, ScriptedTTS, ScriptedVAD
from voice.session import Session
from voice.tools import NoTools, Toolbox

E = TypeVar("E")
LOUD = 8000
FRAME = 0.016


class Caller:
    """An in-memory transport: loud during `speech` ((from, to) in seconds), quiet otherwise, hangs up at `until`."""

    rate = 24_000

    def __init__(self, speech: Sequence[tuple[float, float]] = (), until: float = 30.0) -> None:
        self._edges = [edge - 1e-6 for span in speech for edge in span]
        self.until = until
        self.played: list[tuple[float, float]] = []

    async def microphone(self) -> AsyncIterator[AudioFrame]:
        loop = asyncio.get_running_loop()
        start, position = loop.time(), 0.0
        size = round(FRAME * 16_000)
        while position < self.until:
            loud = bisect_right(self._edges, position) % 2 == 1
            position += FRAME
            await asyncio.sleep(max(0.0, start + position - loop.time()))
            yield AudioFrame(np.full(size, LOUD if loud else 0, dtype=np.int16), 16_000)

    def play(self, frame: AudioFrame) -> None:
        self.played.append((asyncio.get_running_loop().time(), frame.duration))

    def audible(self, begin: float, end: float) -> float:
        """Seconds of audio played between two times."""
        return sum(seconds for at, seconds in self.played if begin <= at < end)


class Tools:
    """A toolbox of functions: name -> (seconds it takes, text or exception to raise); those in `reads` only read."""

    def __init__(self, tools: Mapping[str, tuple[float, str]], reads: Sequence[str] = ()) -> None:
        self._tools = tools
        self._reads = reads
        self.begun: list[tuple[str, dict[str, Any]]] = []
        self.finished: list[str] = []

    @property
    def tools(self) -> Sequence[Tool]:
        return [
            Tool(
                name=name,
                input_schema={"type": "object"},
                annotations=ToolAnnotations(read_only_hint=name in self._reads),
            )
            for name in self._tools
        ]

    async def call(self, name: str, arguments: Mapping[str, Any]) -> CallToolResult:
        if name not in self._tools:
            text = f"there is no tool {name}; there are: {', '.join(self._tools)}"
            return CallToolResult(content=[TextContent(type="text", text=text)], is_error=True)
        self.begun.append((name, dict(arguments)))
        seconds, text = self._tools[name]
        await asyncio.sleep(seconds)
        self.finished.append(name)
        return CallToolResult(content=[TextContent(type="text", text=text)])


@dataclass
class Outcome:
    """What came of a call."""

    reason: str
    records: list[Record]
    chat: tuple[ChatItem, ...]
    caller: Caller
    llm: ScriptedLLM
    session: Session
    tools: Toolbox = field(default_factory=NoTools)

    def of(self, kind: type[E]) -> list[E]:
        """The events of one kind, in order."""
        return [record.event for record in self.records if isinstance(record.event, kind)]

    def at(self, kind: type) -> list[float]:
        """When events of one kind happened, rounded to milliseconds."""
        return [round(record.at, 3) for record in self.records if isinstance(record.event, kind)]


QUIET = TurnPolicy(idle=IdlePolicy(after=0))


async def hold(
    caller: Any,
    stt: ScriptedSTT,
    llm: ScriptedLLM,
    tts: ScriptedTTS | None = None,
    *,
    tools: Toolbox | None = None,
    turn: TurnPolicy = QUIET,
    reply: ReplyPolicy = ReplyPolicy(),  # noqa: B008
    phrases: Phrases = Phrases(),  # noqa: B008
    greeting: str = "",
    detectors: Mapping[str, Any] | None = None,
    vad: Any = None,
    during: Callable[[Session], Any] | None = None,
) -> Outcome:
    """Hold the call of a Transport to its end.

    `during` may return a coroutine that steers the session meanwhile.
    """
    toolbox = tools or NoTools()
    models = Models(llm=llm, stt=stt, tts=tts or ScriptedTTS(), vad=vad or ScriptedVAD(), **(detectors or {}))
    session = Session(
        Agent("test", "Be brief.", models, greeting, phrases=phrases),
        toolbox,
        caller,
        turn=turn,
        gate=GatePolicy(),
        reply=reply,
    )
    records: list[Record] = []

    async def watch(events: AsyncIterator[Record]) -> None:
        async for record in events:
            records.append(record)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(watch(session.subscribe()))
        if during is not None:
            tasks.create_task(during(session))
        reason = await session.run()
    return Outcome(reason, records, session.chat.chat.items, caller, llm, session, toolbox)


def call(*args: Any, **kwargs: Any) -> Outcome:
    """`hold` in virtual time."""
    return run(hold(*args, **kwargs))
