"""One call: the loop that asks the turn machine what to do and does it. This is the file to read to follow a turn.

Task tree: session -> {hearing, at most one reply that counts and one being prepared, detectors, tool calls, warming}.
Everything that happens arrives in one inbox and is carried out in order.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

from voice.agent import Agent
from voice.chat import ChatContext, UserMessage
from voice.errors import TransportClosed, VoiceError
from voice.events import (
    Event,
    Failed,
    Record,
    SessionEnded,
    SessionStarted,
    StateChanged,
    UserTranscript,
    UserTurnEnded,
)
from voice.hearing.detectors import Detectors
from voice.hearing.hearing import Hearing
from voice.policy import GatePolicy, ReplyPolicy, TurnPolicy
from voice.replies.cascade import Cascade
from voice.replies.replies import Replies
from voice.replies.reply import ReplyParts
from voice.replies.tool_runs import ToolRuns
from voice.replies.warming import Warming
from voice.speaking.phrases import SpokenPhrases
from voice.tools import Toolbox
from voice.transport import Transport
from voice.tts import TTS, Unvoiced
from voice.turn.events import (
    Apologize,
    Begin,
    CancelReply,
    Close,
    Command,
    CommitReply,
    DiscardReply,
    EndCall,
    EndUtterance,
    PausePlayout,
    ReplyAudible,
    ResumePlayout,
    Say,
    ScoreTurn,
    StartReply,
    State,
    Transcribed,
    TurnEvent,
    Typed,
)
from voice.turn.taker import TurnTaker
from voice.turn_detector import UserTurn

__all__ = ["Session"]

_SUBSCRIBER_QUEUE = 10_000
"""Records a slow consumer may be behind before it loses the oldest; an hour of talk has fewer."""


class Session:
    """One conversation between a user and an agent; `run` it once."""

    def __init__(
        self,
        agent: Agent,
        toolbox: Toolbox,
        transport: Transport | None = None,
        *,
        turn: TurnPolicy = TurnPolicy(),  # noqa: B008 - frozen
        gate: GatePolicy = GatePolicy(),  # noqa: B008 - frozen
        reply: ReplyPolicy = ReplyPolicy(),  # noqa: B008 - frozen
    ) -> None:
        self.chat = ChatContext(agent.instructions)
        self._agent, self._toolbox, self._transport = agent, toolbox, transport
        self._turn_policy, self._gate_policy, self._reply_policy = turn, gate, reply
        self._inbox: asyncio.Queue[TurnEvent] = asyncio.Queue(maxsize=_SUBSCRIBER_QUEUE)
        self._subscribers: list[asyncio.Queue[Record]] = []
        self._sinks: list[Callable[[Record], None]] = []
        self._voiced = transport is not None and agent.models.tts is not None
        self._spoken = agent.models.spoken or SpokenPhrases(agent.models.tts or Unvoiced())
        self._hearing: Hearing | None = None
        self._turns = 0
        self._reason = ""
        self._state = State.LISTENING
        self._began = 0.0
        # Made when it runs:
        self._tasks: asyncio.TaskGroup
        self._turn: TurnTaker
        self._runs: ToolRuns
        self._replies: Replies
        self._detectors: Detectors
        self._warming: Warming
        self._listening: asyncio.Task[None]

    # --- what its owner does with it

    def subscribe(self) -> AsyncIterator[Record]:
        """All records from now on, in order; ends after SessionEnded. Call it before `run`."""
        queue: asyncio.Queue[Record] = asyncio.Queue(maxsize=_SUBSCRIBER_QUEUE)
        self._subscribers.append(queue)
        return _records(queue)

    def attach(self, sink: Callable[[Record], None]) -> None:
        """Call `sink` with each record from now on, at once; none is lost. Call it before `run`."""
        self._sinks.append(sink)

    def switch(self, agent: Agent) -> None:
        """Go on with another agent from the next reply on."""
        self._agent = agent

    def type(self, text: str) -> None:
        """A user turn in writing; interrupts whatever is going on."""
        if text.strip():
            self._post(Typed(text.strip()))

    def hang_up(self, reason: str = "closed") -> None:
        """End the call, whatever its state."""
        self._post(Close(reason))

    def use_voice(self, on: bool) -> None:
        """Speak from the next reply on, or only write."""
        self._voiced = on and self._transport is not None and self._agent.models.tts is not None

    async def run(self) -> str:
        """Hold the conversation; returns why it ended: "hangup", "user_silent", "failed" or what `hang_up` was told.

        Tool calls that may have changed something are waited for. Cancelling it cancels everything.
        """
        self._began = asyncio.get_running_loop().time()
        try:
            async with asyncio.TaskGroup() as self._tasks:
                self._begin()
                await self._converse()
        finally:
            self._emit(SessionEnded(self._reason or "cancelled"))
        return self._reason

    # --- the loop

    async def _converse(self) -> None:
        loop = asyncio.get_running_loop()
        while self._turn.state is not State.CLOSED:
            try:
                async with asyncio.timeout_at(self._turn.deadline):
                    event = await self._inbox.get()
            except TimeoutError:
                commands = self._turn.tick(loop.time())
            else:
                self._tell(event)
                commands = self._turn.hear(event, loop.time())
            for command in commands:
                await self._carry_out(command)
            if self._turn.state is not self._state:
                self._state = self._turn.state
                self._emit(StateChanged(self._state))

    async def _carry_out(self, command: Command) -> None:
        match command:
            case ScoreTurn(text=text):
                if self._hearing:
                    self._detectors.ask(command, UserTurn(text, self._hearing.turn_audio, self.chat.chat))
            case EndUtterance():
                if self._hearing:
                    self._hearing.end_utterance()
            case EndCall(reason):
                self._reason = reason
                self._listening.cancel()
                self._detectors.stop()
                self._warming.stop()
            case _:
                await self._carry_out_reply(command)

    async def _carry_out_reply(self, command: Command) -> None:
        match command:
            case StartReply(number, text, preemptive):
                self._replies.start(number, text, preemptive)
            case CommitReply(number, text, by, silence):
                self._turns += 1
                self.chat.add(UserMessage(text))
                self._emit(UserTurnEnded(text, by, silence, number))
                self._replies.commit(number)
            case Say(number, text):
                self._replies.say(number, text)
            case Apologize(number):
                self._replies.apologize(number)
            case DiscardReply(number):
                await self._replies.discard(number)
            case CancelReply(number):
                await self._replies.cancel(number)
            case PausePlayout(number):
                self._replies.pause(number)
            case ResumePlayout(number, why):
                self._replies.resume(number, why)

    # --- what its parts are made with

    def _reply_parts(self) -> ReplyParts:
        """Made for each reply, because `use_voice` counts from the next one on."""
        tts: TTS = self._agent.models.tts if self._voiced and self._agent.models.tts else Unvoiced()
        return ReplyParts(
            responder=Cascade(self._agent.models.llm, tts, self._reply_policy, self._agent.language),
            spoken=self._spoken if self._voiced else SpokenPhrases(Unvoiced()),
            phrases=self._agent.phrases,
            toolbox=self._toolbox,
            runs=self._runs,
            transport=self._transport if self._voiced else None,
            policy=self._reply_policy,
            language=self._agent.language,
            emit=self._emit,
            audible=lambda number: self._post(ReplyAudible(number)),
        )

    # --- around it

    def _begin(self) -> None:
        """Make the parts and start what runs beside the loop."""
        policy = self._reply_policy
        self._runs = ToolRuns(self._toolbox, self._tasks, policy.tool_timeout, self.chat.settle)
        self._replies = Replies(self._reply_parts, self.chat, self._tasks, policy.max_failures, self._post, self._emit)
        self._detectors = Detectors(
            {"audio": self._agent.models.audio_turn, "text": self._agent.models.text_turn},
            self._tasks,
            self._post,
            self._emit,
        )
        self._turn = TurnTaker(self._turn_policy, self._detectors.present, self._began, self._agent.phrases)
        self._warming = Warming(self._agent.models.llm, self._toolbox, self._tasks, self._emit)
        said = self._agent.phrases
        lines = (self._agent.greeting, said.filler, said.apology, said.idle, said.goodbye)
        self._warming.begin(self.chat.chat, self._spoken, lines if self._voiced else ())
        self._listening = self._tasks.create_task(self._listen())
        self._emit(SessionStarted(self._agent.name))
        self._post(Begin(self._agent.greeting))

    async def _listen(self) -> None:
        voice = self._agent.models
        if self._transport is None or voice.stt is None or voice.vad is None:
            return
        self._hearing = Hearing(
            voice.vad, voice.stt, self._gate_policy, self._reply_policy, post=self._post, emit=self._emit
        )
        reason = "hangup"
        try:
            await self._hearing.run(self._transport.microphone())
        except* TransportClosed:
            pass
        except* VoiceError as group:
            self._emit(Failed("vad", VoiceError.code, str(group.exceptions[0])))
            reason = "failed"
        self._post(Close(reason))

    def _post(self, event: TurnEvent) -> None:
        with suppress(asyncio.QueueFull):  # ten thousand unread events: the loop is gone
            self._inbox.put_nowait(event)

    def _tell(self, event: TurnEvent) -> None:
        if isinstance(event, Transcribed):
            self._emit(UserTranscript(event.text, event.final))
            if self._turn.state is State.USER_SPEAKING and event.text:
                self._warming.read_along(self.chat.chat, event.text)

    def _emit(self, event: Event) -> None:
        turn = self._turns + self._turn.user_turn_open
        record = Record(asyncio.get_running_loop().time() - self._began, turn, event)
        for sink in self._sinks:
            sink(record)
        for queue in self._subscribers:
            if queue.full():
                queue.get_nowait()
            queue.put_nowait(record)


async def _records(queue: "asyncio.Queue[Record]") -> AsyncIterator[Record]:
    while True:
        record = await queue.get()
        yield record
        if isinstance(record.event, SessionEnded):
            return
