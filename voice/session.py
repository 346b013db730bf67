"""One call: the loop that asks the turn machine what to do and does it. This is the file to read to follow a turn.

Task tree: session -> {hearing, at most one reply that counts and one being prepared, detectors, tool calls, warming}.
Everything that happens arrives in one inbox and is carried out in order.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass

from voice.chat import Chat, ChatContext, UserMessage
from voice.errors import ProviderError, TransportClosed, VoiceError
from voice.events import (
    AgentSpeechPaused,
    AgentSpeechResumed,
    EndOfTurnScored,
    Event,
    Failed,
    Record,
    ReplyDiscarded,
    ReplyEnded,
    ReplyStarted,
    SessionEnded,
    SessionStarted,
    StateChanged,
    UserTranscript,
    UserTurnEnded,
)
from voice.hearing import Hearing
from voice.lines import Lines
from voice.llm import LLM, Warmable
from voice.policy import GatePolicy, ReplyPolicy, TurnPolicy
from voice.reply import Reply, ReplyParts
from voice.responder import Cascade
from voice.stt import STT
from voice.tool_runs import ToolRuns
from voice.tools import Toolbox
from voice.transport import Transport
from voice.tts import TTS, Unvoiced
from voice.turn import TurnTaker
from voice.turn_detector import TurnDetector, UserTurn
from voice.turn_events import (
    Apologize,
    Begin,
    CancelReply,
    Close,
    Command,
    CommitReply,
    Detector,
    DiscardReply,
    EndCall,
    EndUtterance,
    PausePlayout,
    ReplyAudible,
    ReplyDone,
    ResumePlayout,
    Say,
    Scored,
    ScoreTurn,
    StartReply,
    State,
    Transcribed,
    TurnEvent,
    Typed,
)
from voice.vad import VAD

__all__ = ["Agent", "Session", "Voice"]

_DETECTOR_TIMEOUT = 2.0
"""Seconds: longer than any silence the endpointing waits for, so a later answer could not matter."""
_STOP_TIMEOUT = 1.0
"""Seconds a reply is given to close its streams."""
_SUBSCRIBER_QUEUE = 10_000
"""Records a slow consumer may be behind before it loses the oldest; an hour of talk has fewer."""


@dataclass(frozen=True, slots=True)
class Agent:
    """Who answers. `language`: a BCP 47 tag."""

    name: str
    instructions: str
    greeting: str = ""
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Voice:
    """The models of a conversation; one instance may serve any number of sessions.

    Without `stt` or `vad` nothing is heard, without `tts` nothing is spoken: the conversation is written then.
    """

    llm: LLM
    stt: STT | None = None
    tts: TTS | None = None
    vad: VAD | None = None
    audio_turn: TurnDetector | None = None
    text_turn: TurnDetector | None = None
    lines: Lines | None = None
    """Fixed lines already synthesised with `tts`; each session makes its own where there are none."""


class Session:
    """One conversation between a user and an agent; `run` it once."""

    def __init__(
        self,
        agent: Agent,
        voice: Voice,
        toolbox: Toolbox,
        transport: Transport | None = None,
        *,
        turn: TurnPolicy = TurnPolicy(),  # noqa: B008 - frozen
        gate: GatePolicy = GatePolicy(),  # noqa: B008 - frozen
        reply: ReplyPolicy = ReplyPolicy(),  # noqa: B008 - frozen
    ) -> None:
        self.chat = ChatContext(agent.instructions)
        self._agent, self._voice, self._toolbox, self._transport = agent, voice, toolbox, transport
        self._turn_policy, self._gate_policy, self._reply_policy = turn, gate, reply
        self._inbox: asyncio.Queue[TurnEvent] = asyncio.Queue(maxsize=_SUBSCRIBER_QUEUE)
        self._subscribers: list[asyncio.Queue[Record]] = []
        self._voiced = transport is not None and voice.tts is not None
        self._lines = voice.lines or Lines(voice.tts or Unvoiced())
        self._replies: dict[int, tuple[Reply, asyncio.Task[None]]] = {}
        self._scoring: dict[Detector, asyncio.Task[None]] = {}
        self._hearing: Hearing | None = None
        self._turns = self._failures = 0
        self._reason = ""
        self._state = State.LISTENING
        self._began = 0.0
        self._turn: TurnTaker
        self._tasks: asyncio.TaskGroup
        self._runs: ToolRuns

    # --- what its owner does with it

    def subscribe(self) -> AsyncIterator[Record]:
        """All records from now on, in order; ends after SessionEnded. Call it before `run`."""
        queue: asyncio.Queue[Record] = asyncio.Queue(maxsize=_SUBSCRIBER_QUEUE)
        self._subscribers.append(queue)
        return _records(queue)

    def type(self, text: str) -> None:
        """A user turn in writing; interrupts whatever is going on."""
        if text.strip():
            self._post(Typed(text.strip()))

    def hang_up(self, reason: str = "closed") -> None:
        """End the call, whatever its state."""
        self._post(Close(reason))

    def use_voice(self, on: bool) -> None:
        """Speak from the next reply on, or only write."""
        self._voiced = on and self._transport is not None and self._voice.tts is not None

    async def run(self) -> str:
        """Hold the conversation; returns why it ended: "hangup", "user_silent", "failed" or what `hang_up` was told.

        Tool calls that may have changed something are waited for. Cancelling it cancels everything.
        """
        loop = asyncio.get_running_loop()
        self._began = loop.time()
        self._turn = TurnTaker(self._turn_policy, self._detectors(), self._began)
        self._emit(SessionStarted(self._agent.name))
        try:
            async with asyncio.TaskGroup() as self._tasks:
                self._runs = ToolRuns(self._toolbox, self._tasks, self._reply_policy.tool_timeout, self.chat.settle)
                self._background = self._tasks.create_task(self._hear_and_warm())
                self._post(Begin(self._agent.greeting))
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
            case ScoreTurn():
                self._score(command)
            case EndUtterance():
                if self._hearing:
                    self._hearing.end_utterance()
            case EndCall(reason):
                self._reason = reason
                self._background.cancel()
                for task in self._scoring.values():
                    task.cancel()
            case StartReply() | CommitReply() | Say() | Apologize():
                self._begin_reply(command)
            case _:
                await self._steer_reply(command)

    def _begin_reply(self, command: StartReply | CommitReply | Say | Apologize) -> None:
        match command:
            case StartReply(number, text, preemptive):
                self._start_reply(number, text, preemptive)
            case CommitReply():
                self._commit_reply(command)
            case Say(number, text):
                self._speak_line(number, text)
            case Apologize(number):
                self._speak_line(number, None)

    async def _steer_reply(self, command: DiscardReply | CancelReply | PausePlayout | ResumePlayout) -> None:
        reply, task = self._replies.get(command.reply, (None, None))
        if reply is None or task is None:
            return  # it has just ended by itself; the machine will hear of it next
        match command:
            case DiscardReply(number):
                await self._stop(reply, task)
                self._emit(ReplyDiscarded(number))
            case CancelReply():
                await self._interrupt(reply, task)
            case PausePlayout(number):
                reply.playout.pause()
                self._emit(AgentSpeechPaused(number))
            case ResumePlayout(number, why):
                reply.playout.resume()
                self._emit(AgentSpeechResumed(number, why))

    # --- replies

    def _start_reply(self, number: int, text: str, preemptive: bool) -> None:
        self._runs.seen()
        reply = Reply(number, self.chat.chat.plus(UserMessage(text)), self._reply_parts())
        self._emit(ReplyStarted(number, preemptive))
        self._track(reply, self._tasks.create_task(reply.run(), name=f"reply {number}"))

    def _commit_reply(self, command: CommitReply) -> None:
        self._turns += 1
        self.chat.add(UserMessage(command.text))
        self._emit(UserTurnEnded(command.text, command.by, command.silence, command.reply))
        self._replies[command.reply][0].commit()

    def _speak_line(self, number: int, text: str | None) -> None:
        reply = Reply(number, self.chat.chat, self._reply_parts())
        reply.commit()
        self._emit(ReplyStarted(number, preemptive=False))
        line = reply.apologize() if text is None else reply.say(text)
        self._track(reply, self._tasks.create_task(line, name=f"line {number}"))

    def _track(self, reply: Reply, task: "asyncio.Task[None]") -> None:
        self._replies[reply.number] = (reply, task)
        task.add_done_callback(lambda task: None if task.cancelled() else self._reply_done(reply))

    def _reply_done(self, reply: Reply) -> None:
        """It has played to its end (or failed). What it leaves goes into the chat before anything else happens."""
        if self._replies.pop(reply.number, None) is None:
            return
        heard = reply.heard
        if reply.committed:
            self.chat.add(*reply.history(interrupted=False))
            self._emit(ReplyEnded(reply.number, heard, interrupted=False))
            self._failures = self._failures + 1 if reply.failed else 0
        self._post(ReplyDone(reply.number, question=heard.endswith("?")))
        if self._failures >= self._reply_policy.max_failures:
            self._post(Close("failed"))

    async def _stop(self, reply: Reply, task: "asyncio.Task[None]") -> None:
        del self._replies[reply.number]
        task.cancel()
        # Bounded: a provider that is slow to close its stream must not hold up the conversation.
        await asyncio.wait([task], timeout=_STOP_TIMEOUT)

    async def _interrupt(self, reply: Reply, task: "asyncio.Task[None]") -> None:
        """The user took the floor: the chat keeps what was heard and what was done."""
        await self._stop(reply, task)
        reply.abandon()
        self.chat.add(*reply.history(interrupted=True))
        self._emit(ReplyEnded(reply.number, reply.heard, interrupted=True))

    def _reply_parts(self) -> ReplyParts:
        """Made for each reply, because `use_voice` counts from the next one on."""
        tts: TTS = self._voice.tts if self._voiced and self._voice.tts else Unvoiced()
        return ReplyParts(
            responder=Cascade(self._voice.llm, tts, self._reply_policy, self._agent.language),
            lines=self._lines if self._voiced else Lines(Unvoiced()),
            toolbox=self._toolbox,
            runs=self._runs,
            transport=self._transport if self._voiced else None,
            policy=self._reply_policy,
            language=self._agent.language,
            emit=self._emit,
            audible=lambda number: self._post(ReplyAudible(number)),
        )

    # --- detectors

    def _detectors(self) -> tuple[Detector, ...]:
        present: list[Detector] = []
        if self._voice.audio_turn is not None:
            present.append("audio")
        if self._voice.text_turn is not None:
            present.append("text")
        return tuple(present)

    def _score(self, command: ScoreTurn) -> None:
        before = self._scoring.pop(command.detector, None)
        if before is not None:
            before.cancel()
        self._scoring[command.detector] = self._tasks.create_task(self._ask_detector(command, self.chat.chat))

    async def _ask_detector(self, command: ScoreTurn, chat: Chat) -> None:
        detector = self._voice.audio_turn if command.detector == "audio" else self._voice.text_turn
        if detector is None or self._hearing is None:
            return
        try:
            async with asyncio.timeout(_DETECTOR_TIMEOUT):
                turn = UserTurn(command.text, self._hearing.turn_audio, chat)
                probability = await detector.end_of_turn(turn)
        except (ProviderError, TimeoutError) as error:
            self._emit(
                Failed("turn", getattr(error, "code", "provider_unavailable"), str(error) or "no answer in time")
            )
            return
        self._emit(EndOfTurnScored(command.detector, probability, command.silence))
        self._post(Scored(command.detector, command.question, probability))

    # --- around it

    async def _hear_and_warm(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._warm())
            tasks.create_task(self._listen())

    async def _warm(self) -> None:
        idle, policy = self._turn_policy.idle, self._reply_policy
        try:
            if self._voiced:
                await self._lines.prepare(
                    (self._agent.greeting, policy.filler, policy.apology, idle.prompt, idle.goodbye)
                )
            if isinstance(self._voice.llm, Warmable):
                await self._voice.llm.warm(self.chat.chat, self._toolbox.tools)
        except ProviderError as error:
            self._emit(Failed(error.stage, error.code, str(error)))

    async def _listen(self) -> None:
        voice = self._voice
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

    def _emit(self, event: Event) -> None:
        turn = self._turns + self._turn.user_turn_open
        record = Record(asyncio.get_running_loop().time() - self._began, turn, event)
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
