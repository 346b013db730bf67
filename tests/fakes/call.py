"""A scripted phone call: when the caller makes sound, what the providers do, and what came of it."""

import asyncio
from bisect import bisect_right
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
from mcp_types import CallToolRequestParams, CallToolResult, TextContent, Tool, ToolAnnotations

from tests.fakes.loop import run
from voice.agent import Agent, Models
from voice.audio import AudioFrame
from voice.chat import ChatItem
from voice.events import Record
from voice.policy import GatePolicy, HistoryPolicy, IdlePolicy, Phrases, ReplyPolicy, TurnPolicy
from voice.providers.scripted import ScriptedLLM, ScriptedSTT, ScriptedTTS, ScriptedVAD
from voice.replies.tool_calls import CANCELLED_MARK, PENDING_MARK
from voice.session import Session
from voice.tools import Caller as ToolCaller
from voice.tools import NoTools, Toolbox
from voice.tools import Tools as ToolSet

E = TypeVar("E")
LOUD = 8000
FRAME = 0.016


class Caller:
    """An in-memory transport: loud during `speech` ((from, to) in seconds), quiet otherwise, hangs up at `until`."""

    rate = 24_000

    def __init__(self, speech: Sequence[tuple[float, float]] = (), until: float = 30.0, frame: float = FRAME) -> None:
        self._edges = [edge - 1e-6 for span in speech for edge in span]
        self.until = until
        self._frame = frame
        self.played: list[tuple[float, float]] = []
        """(when it began to sound, seconds) of each frame, as far as it was heard."""

    async def microphone(self) -> AsyncIterator[AudioFrame]:
        loop = asyncio.get_running_loop()
        start, position = loop.time(), 0.0
        size = round(self._frame * 16_000)
        while position < self.until:
            loud = bisect_right(self._edges, position) % 2 == 1
            position += self._frame
            await asyncio.sleep(max(0.0, start + position - loop.time()))
            yield AudioFrame(np.full(size, LOUD if loud else 0, dtype=np.int16), 16_000)

    def play(self, frame: AudioFrame) -> None:
        self.played.append((max(asyncio.get_running_loop().time(), self._sounds_until), frame.duration))

    def clear(self) -> None:
        now = asyncio.get_running_loop().time()
        self.played = [(at, min(seconds, now - at)) for at, seconds in self.played if at < now]

    @property
    def delay(self) -> float:
        return max(0.0, self._sounds_until - asyncio.get_running_loop().time())

    @property
    def _sounds_until(self) -> float:
        return sum(self.played[-1]) if self.played else 0.0

    def audible(self, begin: float, end: float) -> float:
        """Seconds of audio played between two times."""
        return sum(seconds for at, seconds in self.played if begin <= at < end)


class Tools:
    """A toolbox of functions: name -> (seconds it takes, text); those in `reads` only read.

    A scripted one, with the rules that `voice.tools.Toolbox` tells: what the hub really does is tested in
    tests/toolhub and tests/sessions/test_hub.py.
    """

    def __init__(self, tools: Mapping[str, tuple[float, str]], reads: Sequence[str] = ()) -> None:
        self._tools = dict(tools)
        self._revision = 0
        self._reads = reads
        self.begun: list[tuple[str, dict[str, Any]]] = []
        self.finished: list[str] = []
        self._late: set[asyncio.Task[None]] = set()

    def tools(self) -> ToolSet:
        return ToolSet(
            tuple(
                Tool(
                    name=name,
                    input_schema={"type": "object"},
                    annotations=ToolAnnotations(read_only_hint=name in self._reads),
                )
                for name in self._tools
            ),
            self._revision,
        )

    def add(self, name: str) -> None:
        """One more tool, which takes no time."""
        self._tools[name] = (0.0, "done")
        self._revision += 1

    async def call(
        self, request: CallToolRequestParams, caller: ToolCaller, committed: Awaitable[None]
    ) -> CallToolResult:
        await committed
        work = asyncio.get_running_loop().create_task(self.run(request.name, dict(request.arguments or {}), caller))
        gone = asyncio.get_running_loop().create_task(caller.gone())
        try:
            await asyncio.wait([work, gone], return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                return work.result()
            if request.name in self._reads:
                return text_result("(cancelled: the user interrupted)", is_error=True, _meta={CANCELLED_MARK: True})
            self._late.add(asyncio.get_running_loop().create_task(self._tell(work, caller)))
            return text_result("(still running)", _meta={PENDING_MARK: True})
        finally:
            gone.cancel()
            if not self._late:
                work.cancel()

    async def run(self, name: str, arguments: dict[str, Any], caller: ToolCaller) -> CallToolResult:
        """What a call does; for subclasses that do more."""
        if name not in self._tools:
            return text_result(f"there is no tool {name}; there are: {', '.join(self._tools)}", is_error=True)
        self.begun.append((name, arguments))
        seconds, text = self._tools[name]
        await asyncio.sleep(seconds)
        self.finished.append(name)
        return text_result(text)

    async def _tell(self, work: "asyncio.Future[CallToolResult]", caller: ToolCaller) -> None:
        caller.returned(await work, told=False)

    async def drain(self) -> None:
        await asyncio.gather(*self._late)


def text_result(text: str, **fields: Any) -> CallToolResult:
    return CallToolResult(content=[TextContent(type="text", text=text)], **fields)


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
    stt: ScriptedSTT | None,
    llm: ScriptedLLM,
    tts: ScriptedTTS | None = None,
    *,
    tools: Toolbox | None = None,
    turn: TurnPolicy = QUIET,
    reply: ReplyPolicy = ReplyPolicy(),  # noqa: B008
    history: HistoryPolicy = HistoryPolicy(),  # noqa: B008
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
        history=history,
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
    return Outcome(reason, records, session.history.chat.items, caller, llm, session, toolbox)


def call(*args: Any, **kwargs: Any) -> Outcome:
    """`hold` in virtual time."""
    return run(hold(*args, **kwargs))
