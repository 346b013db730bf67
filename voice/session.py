"""One call: the loop that asks the agenda what to do and does it. This is the file to read to follow a turn.

Task tree: session -> {hearing, output, replies, detectors, tool calls, warming, summary}. Everything that happens
arrives in one inbox and is carried out in order; nothing in the loop waits for anything but the inbox.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

from mcp_types import Tool

from voice.agent import Agent
from voice.errors import TransportClosed, VoiceError
from voice.event_stream import EventStream
from voice.events import (
    AgentSaid,
    AgentSpeechPaused,
    AgentSpeechResumed,
    AgentSpeechStarted,
    AgentSwitched,
    AudioUsed,
    Event,
    Failed,
    NoteTaken,
    Record,
    ReplyEnded,
    SessionEnded,
    SessionStarted,
    StateChanged,
    UserTranscript,
    UserTurnEnded,
)
from voice.hearing.detectors import Detectors, detectors_of
from voice.hearing.hearing import Hearing
from voice.history import History
from voice.offers import Offers
from voice.policy import GatePolicy, HistoryPolicy, ReplyPolicy, TurnPolicy
from voice.replies.cascade import Cascade
from voice.replies.delivery import Delivery, spoken, written
from voice.replies.replies import Basis, Making, Replies
from voice.replies.reply import ReplyParts
from voice.replies.summary import Summariser
from voice.replies.tool_calls import ToolCalls
from voice.replies.warming import Warming
from voice.speaking.output import Output
from voice.speaking.phrases import SpokenPhrases
from voice.stt import STT
from voice.tools import Toolbox
from voice.transport import Transport
from voice.tts import Unvoiced
from voice.turn.agenda import Agenda
from voice.turn.events import (
    Answer,
    Apologize,
    AskDetector,
    Attach,
    Audible,
    Begin,
    CancelQuestion,
    CancelReply,
    CancelTurn,
    Close,
    Command,
    CommitReply,
    CommitTurn,
    Digit,
    DiscardReply,
    Drained,
    Drop,
    EndCall,
    EndUtterance,
    FlushUtterance,
    Interrupt,
    Item,
    PausePlayout,
    Rank,
    ResumePlayout,
    Speak,
    StartReply,
    StartTurn,
    State,
    Stop,
    Transcribed,
    Typed,
)
from voice.turn.events import Event as AgendaEvent
from voice.turn_detector import UserTurn

__all__ = ["Session"]

_KEYS = "0123456789*#ABCD"
_INBOX = 10_000
"""Events that may wait: a loop that is so far behind does not come back."""


class Session:
    """One conversation between a user and an agent; `run` it once. `call_id` is on every record."""

    def __init__(
        self,
        agent: Agent,
        toolbox: Toolbox,
        transport: Transport | None = None,
        *,
        turn: TurnPolicy = TurnPolicy(),  # noqa: B008 - frozen
        gate: GatePolicy = GatePolicy(),  # noqa: B008 - frozen
        reply: ReplyPolicy = ReplyPolicy(),  # noqa: B008 - frozen
        history: HistoryPolicy = HistoryPolicy(),  # noqa: B008 - frozen
        call_id: str = "",
    ) -> None:
        self.agent = agent
        """Who answers the next turn."""
        self.history = History(agent.instructions)
        self._agenda = Agenda(
            turn, tuple(detectors_of(agent.models)), phrases=agent.phrases, words=agent.models.stt is not None
        )
        self._offers = Offers(
            self._agenda.number, self._post, self.history, self._emit, lambda: self.agent.phrases.late_result
        )
        self._toolbox, self._transport = toolbox, transport
        self._turn_policy, self._gate_policy, self._reply_policy, self._history_policy = turn, gate, reply, history
        self._events = EventStream(call_id)
        self._inbox: asyncio.Queue[AgendaEvent] = asyncio.Queue(maxsize=_INBOX)
        self._voiced = transport is not None
        self._phrases: dict[tuple[int, str], SpokenPhrases] = {}
        """Those of agents that bring none, by the identity of their TTS."""
        self._hearing: Hearing | None = None
        self._output = Output(transport, self._audible, self._said, lambda number: self._post(Drained(number)))
        self._turns = 0
        self._reason = ""
        self._state = State.LISTENING
        self._began = 0.0
        self._running = False
        # Made when it runs:
        self._tasks: asyncio.TaskGroup
        self._calls: ToolCalls
        self._replies: Replies
        self._detectors: Detectors
        self._warming: Warming
        self._summariser: Summariser
        self._beside: list[asyncio.Task[None]] = []

    # --- what its owner does with it

    @property
    def tools(self) -> tuple[Tool, ...]:
        """What the agent may call now."""
        return self.agent.choose(self._toolbox.tools().tools)

    def subscribe(self) -> AsyncIterator[Record]:
        """All records from now on, in order; ends after SessionEnded. Call it before `run`. Who is too slow is told."""
        return self._events.subscribe()

    def attach(self, sink: Callable[[Record], None]) -> None:
        """Call `sink` with every record, at once: nothing is lost. Call it before `run`."""
        self._events.attach(sink)

    def report(self, event: Event) -> None:
        """Put an event of the world around the session (a tool server that is gone, say) into its stream."""
        if self._running:
            self._emit(event)

    def type(self, text: str) -> None:
        """A user turn in writing; interrupts whatever can be interrupted."""
        if text.strip():
            self._post(Typed(text.strip()))

    def digit(self, key: str) -> None:
        """The user pressed a key of a telephone: 0 to 9, *, # or A to D. Raises ValueError for anything else."""
        if len(key) != 1 or key not in _KEYS:
            raise ValueError(f"no key of a telephone: {key!r}")
        self._post(Digit(key))

    def say(self, text: str, *, interruptible: bool = True) -> "asyncio.Future[str | None]":
        """Say `text` when nobody speaks; the future brings what was heard of it ("" for nothing)."""
        return self._offers.say(text, interruptible)

    async def ask(self, text: str) -> str | None:
        """Ask the user; the next turn is the answer, as it was said. None if there is none: the call has ended.

        Cancelling it withdraws the question.
        """
        return await self._offers.ask(text)

    def interrupt(self) -> None:
        """Be silent, as if the user had taken the floor; what must be heard to its end goes on."""
        self._post(Interrupt())

    def note(self, text: str, source: str = "", *, tell: str = "") -> None:
        """Let the model know `text` from the next turn on; `source` says who tells it.

        With `tell` the user is told at the next quiet moment: by the LLM, or by the words of `tell` where it fails.
        """
        self._emit(NoteTaken(text, source))
        if tell:
            self._offers.tell(text, tell, source)
        else:
            self.history.note(text, source)

    def start_turn(self) -> None:
        """With manual turns: the user begins to speak now; what was said just before counts."""
        self._post(StartTurn(self._hearing.open_utterance() if self._hearing else 0))

    def commit_turn(self) -> None:
        """With manual turns: the user has finished."""
        self._post(CommitTurn())

    def cancel_turn(self) -> None:
        """With manual turns: forget what was said."""
        self._post(CancelTurn())

    def switch(self, agent: Agent) -> None:
        """Have `agent` answer from the next turn on: history, tools and connections stay."""
        self.agent = agent
        self.history.instruct(agent.instructions)
        self._agenda.switch(agent.phrases, tuple(detectors_of(agent.models)), agent.models.stt is not None)
        if self._running:
            self._warm_up(agent)
        self._emit(AgentSwitched(agent.name))

    def hang_up(self, reason: str = "closed") -> None:
        """End the call, whatever its state."""
        self._post(Close(reason))

    def use_voice(self, on: bool) -> None:
        """Speak from the next reply on, or only write."""
        self._voiced = on and self._transport is not None

    async def run(self) -> str:
        """Hold the conversation; returns why it ended: "hangup", "user_silent", "failed" or what `hang_up` was told.

        Tool calls that may have changed something are waited for. Cancelling it cancels everything.
        """
        self._began = asyncio.get_running_loop().time()
        self._running = True
        try:
            async with asyncio.TaskGroup() as self._tasks:
                self._begin()
                await self._converse()
                await self._calls.finish()
        finally:
            self._emit(AudioUsed(self._hearing.seconds if self._hearing else 0.0, self._output.seconds))
            self._emit(SessionEnded(self._reason or "cancelled"))
            self._running = False
        return self._reason

    # --- the loop

    async def _converse(self) -> None:
        loop = asyncio.get_running_loop()
        while self._agenda.state is not State.CLOSED:
            try:
                async with asyncio.timeout_at(self._agenda.deadline):
                    event = await self._inbox.get()
            except TimeoutError:
                self._obey(self._agenda.tick(loop.time()))
            else:
                self._tell(event)
                self._obey(self._agenda.hear(event, loop.time()))

    def _obey(self, commands: list[Command]) -> None:
        for command in commands:
            self._carry_out(command)
        if self._agenda.state is not self._state:
            self._state = self._agenda.state
            self._emit(StateChanged(self._state))
            if self._hearing:
                self._hearing.over_agent(self._state in (State.SPEAKING, State.OVERLAP, State.FALSE_INTERRUPTION))
            if self._state not in (State.OVERLAP, State.FALSE_INTERRUPTION):
                self._output.resume()

    def _carry_out(self, command: Command) -> None:
        match command:
            case AskDetector(text=text):
                if self._hearing:
                    turn = UserTurn(text, self._hearing.turn_audio, self.history.chat)
                    self._detectors.ask(command, self.agent.models, turn)
            case FlushUtterance() if self._hearing:
                self._hearing.flush()
            case EndUtterance() if self._hearing:
                self._hearing.end_utterance()
            case Answer(question, text, by, silence):
                self._turns += 1
                self._emit(UserTurnEnded(text, by, silence, 0))
                self._offers.answered(question, text)
            case CancelQuestion(question):
                self._offers.cancelled(question)
            case Drop(number):
                self._offers.said(number, "")
            case EndCall(reason):
                self._reason = reason
                self._offers.close()
                for task in self._beside:
                    task.cancel()
                self._detectors.stop()
                self._warming.stop()
                self._summariser.stop()
            case _:
                self._direct_speech(command)

    def _direct_speech(self, command: Command) -> None:
        match command:
            case StartReply(number, text, preemptive):
                self._replies.start(number, text, preemptive)
            case CommitReply(number, text, by, silence):
                self._turns += 1
                self._emit(UserTurnEnded(text, by, silence, number))
                self._replies.commit(number, text)
            case DiscardReply(number):
                self._replies.discard(number)
            case CancelReply(number) | Stop(number):
                self._replies.cancel(number)
            case Attach(number):
                self._replies.attach(number)
            case Apologize(item):
                self._replies.apologize(item)
            case Speak(item):
                self._speak(item)
            case PausePlayout():
                self._output.pause()
                self._emit(AgentSpeechPaused(self._mouth))
            case ResumePlayout(why):
                self._output.resume()
                self._emit(AgentSpeechResumed(self._mouth, why))

    def _speak(self, item: Item) -> None:
        if self._agenda.reply is not None:
            self._replies.record(self._agenda.reply.number)
        if item.rank is Rank.QUESTION:
            self._offers.asked(item)
        if item.rank is Rank.NEWS:
            self._replies.tell(item)
        else:
            self._replies.say(item)

    @property
    def _mouth(self) -> int:
        return self._agenda.mouth.number if self._agenda.mouth else 0

    def _audible(self, number: int, first: bool) -> None:
        if first:
            self._emit(AgentSpeechStarted(number))
        self._post(Audible(number))

    def _said(self, number: int, text: str) -> None:
        self._emit(AgentSaid(number, text))

    # --- what a reply is made with

    def _making(self) -> Making:
        agent, tools = self.agent, self._toolbox.tools()
        delivery = self._delivery(agent)
        parts = ReplyParts(
            responder=Cascade(agent.models.llm, delivery, self._reply_policy, self._tasks.create_task),
            spoken=delivery.phrases,
            phrases=agent.phrases,
            tools=agent.choose(tools.tools),
            has=agent.has,
            calls=self._calls,
            policy=self._reply_policy,
            language=agent.language,
            emit=self._emit,
        )
        return Making(parts, Basis(agent.name, self.history.revision, tools.revision), delivery.audible)

    def _delivery(self, agent: Agent) -> Delivery:
        return spoken(agent, self._phrases_of(agent)) if self._voiced and agent.models.tts else written()

    def _phrases_of(self, agent: Agent) -> SpokenPhrases:
        models = agent.models
        made = SpokenPhrases(models.tts or Unvoiced(), agent.language)
        return models.spoken or self._phrases.setdefault((id(models.tts), agent.language), made)

    # --- around it

    def _begin(self) -> None:
        """Make the parts and start what runs beside the loop."""
        agent, tasks = self.agent, self._tasks
        self._calls = ToolCalls(self._toolbox, tasks, self._offers, self.history.replace_result, self._emit)
        self._replies = Replies(
            self._making, self.history, self._output, tasks, self._reply_policy.max_failures, self._post, self._emit
        )
        self._detectors = Detectors(tasks, self._post, self._emit)
        self._warming = Warming(tasks, self._emit)
        self._summariser = Summariser(
            lambda: self.agent.models.llm,
            self._history_policy,
            tasks,
            self._emit,
            lambda chat: self._warm_up(self.agent),
        )
        self._beside = [tasks.create_task(self._listen()), tasks.create_task(self._output.run())]
        self._warm_up(agent)
        self._emit(SessionStarted(agent.name))
        self._post(Begin(agent.greeting, agent.greeting_interruptible))

    def _warm_up(self, agent: Agent) -> None:
        said = agent.phrases
        texts = (agent.greeting, said.filler, said.apology, said.idle, said.goodbye, said.not_understood)
        phrases = self._delivery(agent).phrases
        self._warming.begin(agent.models.llm, self.history.chat, self.tools, phrases, texts)

    async def _listen(self) -> None:
        models = self.agent.models
        if self._transport is None or models.vad is None:
            return
        self._hearing = Hearing(
            models.vad,
            lambda: self.agent.models.stt,
            self._gate_policy,
            self._reply_policy,
            post=self._post,
            emit=self._emit,
            manual=self._turn_policy.manual,
            min_overlap=self._turn_policy.interruption.min_speech,
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

    def _stt(self) -> STT | None:
        return self.agent.models.stt

    def _post(self, event: AgendaEvent) -> None:
        if self._inbox.full() and isinstance(event, Close):
            self._inbox.get_nowait()  # the end of the call is worth more than the oldest of ten thousand events
        with suppress(asyncio.QueueFull):  # ten thousand unread events: the loop is gone
            self._inbox.put_nowait(event)

    def _tell(self, event: AgendaEvent) -> None:
        if isinstance(event, Transcribed):
            self._emit(UserTranscript(event.text, event.final))
            if self._agenda.state is State.USER_SPEAKING and event.text:
                agent = self.agent
                self._warming.read_along(agent.models.llm, self.history.chat, self.tools, event.text)

    def _emit(self, event: Event) -> None:
        at = asyncio.get_running_loop().time() - self._began
        self._events.emit(event, at, self._turns + self._agenda.user_turn_open)
        if isinstance(event, ReplyEnded):
            self._offers.said(event.reply, event.heard)
            self._summariser.consider(self.history)
