"""A session played for the agenda: it gives consistent events and checks every command that comes out."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from voice.policy import IdlePolicy, TurnPolicy
from voice.turn.agenda import Agenda
from voice.turn.backchannel import normalized
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
    Finished,
    FloorCommand,
    Interrupt,
    Item,
    MaybeSpeech,
    Offer,
    PausePlayout,
    Rank,
    ResumePlayout,
    Settled,
    Speak,
    SpeechStarted,
    SpeechStopped,
    StartReply,
    StartTurn,
    State,
    Stop,
    Transcribed,
    TranscriptionFailed,
    TurnEvent,
    Typed,
    Voted,
    Withdrawn,
)
from voice.turn.taker import Tick, TurnTaker

T = TypeVar("T")
POLICY = TurnPolicy(idle=IdlePolicy(after=10.0, prompts=1))
MANUAL = TurnPolicy(idle=IdlePolicy(after=10.0, prompts=1), manual=True)
USER = (State.USER_SPEAKING, State.ENDPOINTING)
OVER = (State.OVERLAP, State.FALSE_INTERRUPTION)


class World:
    """`step` takes the name of an input; whatever breaks a rule of the agenda fails."""

    def __init__(self, policy: TurnPolicy = POLICY, detectors: tuple[str, ...] = ("audio", "text")) -> None:
        self.agenda = Agenda(policy, detectors)
        self.agenda._turn = WatchedTaker(policy, detectors)
        self.count_from(0)
        self.now = 0.0
        self.utterance = 0
        self.user_speaking = False
        self.asked: dict[str, int] = {}
        self.prepared: int | None = None
        self.prepared_text = ""
        self.mouth: Item | None = None
        self.reply: int | None = None
        self.resting = False
        self.heard = False
        """Something of the item that has the mouth was heard."""
        self.paused = False
        self.ended = 0
        self.items: dict[int, Item] = {}
        self.fate: dict[int, tuple[str, ...]] = {}
        self.replies: dict[int, tuple[str, ...]] = {}
        self.call = 0
        """The tool call of the live reply is `call-<this>`; one is running while the reply rests."""

    @property
    def seen(self) -> "list[tuple[State, TurnEvent | Tick, State, list[FloorCommand]]]":
        """What the turn machine did since the world was made or copied."""
        assert isinstance(self.agenda._turn, WatchedTaker)
        return self.agenda._turn.seen

    def count_from(self, last: int) -> None:
        """The number after `last` is the next one for the agenda and its turn machine."""
        self.numbers = self.agenda.number = self.agenda._turn._number = Numbers(last)

    def copy(self) -> "World":
        """A world that goes on from here on its own, and has seen nothing."""
        twin = _copy(self)
        twin.agenda = _copy(self.agenda)
        turn = twin.agenda._turn = _copy(self.agenda._turn)
        turn._endpointing = _copy(turn._endpointing)
        twin.count_from(self.numbers.last)
        twin.seen.clear()
        return twin

    # --- playing

    def step(self, name: str) -> bool:
        """Returns whether it happened: what would make no sense does not."""
        agenda = self.agenda
        before = agenda.state
        if name == "deadline":
            if agenda.deadline is not None:
                self.now = max(self.now, agenda.deadline)
            commands = agenda.tick(self.now)
        else:
            self.now = round(self.now + 0.15, 6)
            event = INPUTS[name](self)
            if event is None:
                self.now = round(self.now - 0.15, 6)
                return name == "later"
            commands = agenda.hear(event, self.now)
        if before is State.CLOSED:
            assert all(isinstance(command, Drop | CancelQuestion) for command in commands)
        for command in commands:
            self.obey(command, before)
        self.check()
        if name == "deadline" and agenda.deadline is not None:
            assert agenda.deadline > self.now, "a deadline that does not move would spin"
        return True

    def close(self) -> None:
        """The end: every item has had its fate, exactly one."""
        for command in self.agenda.hear(Close("over"), self.now):
            self.obey(command, self.agenda.state)
        assert self.agenda.state is State.CLOSED
        for number, item in self.items.items():
            fates = self.fate[number]
            if item.rank is Rank.QUESTION:
                assert sum(fate in ("answered", "cancelled") for fate in fates) == 1, f"{item}: {fates}"
                assert "dropped" not in fates
            else:
                assert len([fate for fate in fates if fate in ("spoken", "dropped")]) == 1, f"{item}: {fates}"
        for number, fates in self.replies.items():
            assert len(fates) == 1, f"reply {number}: {fates}"

    # --- rules

    def obey(self, command: Command, before: State) -> None:
        match command:
            case StartReply() | CommitReply() | DiscardReply() | CancelReply() | Attach():
                self.obey_reply(command)
            case Speak(item) | Apologize(item):
                self.give_mouth(item)
                if isinstance(command, Speak):
                    assert item.rank is not Rank.NEWS or self.reply is None, "news while a reply is alive"
                    if item.number in self.fate:
                        self.fate[item.number] += ("spoken",)
            case Stop(number):
                assert self.mouth is not None
                assert self.mouth.number == number
                assert self.mouth.rank is not Rank.REPLY
                if (
                    not self.heard
                    and self.mouth.rank in (Rank.QUESTION, Rank.NEWS)
                    and self.agenda.state is not State.CLOSED
                ):
                    self.fate[number] = self.fate[number][:-1]  # it may be said again
                self.mouth = None
            case Drop(number):
                assert self.items[number].rank is not Rank.QUESTION
                self.fate[number] += ("dropped",)
            case Answer(question):
                assert "spoken" in self.fate[question], "an answer to a question that was not asked"
                self.fate[question] += ("answered",)
            case CancelQuestion(question):
                self.fate[question] += ("cancelled",)
            case PausePlayout():
                assert not self.paused, "paused twice"
                assert self.mouth is None or self.mouth.interruptible
                self.paused = True
            case ResumePlayout():
                assert self.paused, "resumed what was not paused"
                self.paused = False
            case AskDetector(detector, question):
                self.asked[detector] = question
            case EndUtterance():
                self.utterance += 1
            case EndCall():
                self.ended += 1

    def obey_reply(self, command: Any) -> None:
        match command:
            case StartReply(reply, text):
                assert self.prepared is None, "two prepared replies"
                assert reply not in self.replies
                assert self.agenda.open is None, "an answer to a question was taken for a prompt"
                self.prepared_text = text
                self.prepared = reply
                self.replies[reply] = ()
            case CommitReply(reply, text, by=by):
                assert normalized(text) == normalized(self.prepared_text), "the reply answers something else"
                assert self.reply is None, "two replies"
                assert reply == self.prepared, "committed a reply that was not being prepared"
                assert by in ("typed", "keys", "manual") or not self.user_speaking, "a reply over the user"
                self.prepared, self.reply, self.resting = None, reply, False
                self.give_mouth(Item(reply, Rank.REPLY))
            case DiscardReply(reply):
                assert reply == self.prepared
                self.prepared = None
                self.replies[reply] += ("discarded",)
            case CancelReply(reply):
                assert reply == self.reply
                self.replies[reply] += ("cancelled",)
                self.reply = None
                if self.mouth is not None and self.mouth.number == reply:
                    self.mouth = None
            case Attach(reply):
                assert reply == self.reply
                self.give_mouth(Item(reply, Rank.REPLY))

    def give_mouth(self, item: Item) -> None:
        lent = self.mouth is not None and self.mouth.number == self.reply and self.resting
        assert self.mouth is None or lent, f"{item} speaks over {self.mouth}"
        assert self.prepared is None, "somebody speaks while a reply is only prepared"
        self.mouth = item
        self.heard = False

    def check(self) -> None:
        agenda, state = self.agenda, self.agenda.state
        self.paused = self.paused and state in OVER  # interrupting or stopping the mouth ends its pause
        assert self.ended == (state is State.CLOSED)
        waiting: list[Item] = getattr(agenda, "_waiting")  # noqa: B009
        late = [item for item in waiting if item.rank is Rank.PROGRESS]
        assert not (late and state in (*USER, *OVER)), "progress waits while the user speaks: it will come late"
        assert agenda.mouth == self.mouth
        assert (agenda.reply.number if agenda.reply else None) == self.reply
        agent = (State.THINKING, State.SPEAKING, *OVER)
        assert (self.mouth is not None) == (state in agent), f"{self.mouth} in {state}"
        assert self.prepared is None or state in USER
        assert self.paused == (state in OVER and self.mouth is not None and self.mouth.interruptible), f"paused {state}"
        if state is State.ENDPOINTING or (state in OVER and self.paused):
            assert agenda.deadline is not None, f"no deadline in {state}"

    # --- small change

    def offer(self, rank: Rank, owner: str = "", interruptible: bool = True) -> Offer:
        number = self.agenda.number()
        item = self.items[number] = Item(number, rank, rank.name, owner, interruptible)
        self.fate[number] = ()
        return Offer(item)

    def waits_for_tool(self) -> bool:
        return self.reply is not None and self.resting


class Numbers:
    """The numbers after `last`, one by one."""

    def __init__(self, last: int) -> None:
        self.last = last

    def __call__(self) -> int:
        self.last += 1
        return self.last


class WatchedTaker(TurnTaker):
    """`seen`: what it did: state before, event, state after, commands."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.seen: list[tuple[State, TurnEvent | Tick, State, list[FloorCommand]]] = []

    def hear(self, event: TurnEvent, now: float) -> list[FloorCommand]:
        before, commands = self.state, super().hear(event, now)
        self.seen.append((before, event, self.state, commands))
        return commands

    def tick(self, now: float) -> list[FloorCommand]:
        before, due, commands = self.state, self.deadline, super().tick(now)
        if due is not None and now >= due:
            self.seen.append((before, Tick(), self.state, commands))
        return commands


_CHANGING: dict[type, tuple[str, ...]] = {}
"""Per class the attributes that are lists or dicts."""


def _copy(thing: T) -> T:
    """A copy with lists and dicts of its own; everything else that it has is shared."""
    attributes = vars(thing)
    if type(thing) not in _CHANGING:
        _CHANGING[type(thing)] = tuple(key for key, value in attributes.items() if isinstance(value, list | dict))
    twin: T = object.__new__(type(thing))
    own = vars(twin)
    own.update(attributes)
    for key in _CHANGING[type(thing)]:
        own[key] = own[key].copy()
    return twin


def explore(
    names: Sequence[str],
    depth: int,
    start: Sequence[str] = (),
    policy: TurnPolicy = POLICY,
    detectors: tuple[str, ...] = ("audio", "text"),
) -> Iterator[tuple[tuple[str, ...], World]]:
    """Play every sequence of up to `depth` of `names` after `start`, and yield each with a world that was there.

    Sequences that lead to the same state (`fingerprint`) have the same future, so only the first of them is continued.
    """
    root = World(policy, detectors)
    for name in start:
        root.step(name)
    seen = {fingerprint(root)}
    frontier: list[tuple[tuple[str, ...], World]] = [(tuple(start), root.copy())]
    yield tuple(start), root
    for length in range(1, depth + 1):
        longer = []
        for sequence, before in frontier:
            for name in names:
                world = before.copy()
                if not world.step(name):
                    continue
                if length < depth and (state := fingerprint(world)) not in seen:
                    seen.add(state)
                    longer.append(((*sequence, name), world.copy()))
                yield (*sequence, name), world
        frontier = longer


def _speech_started(world: World) -> SpeechStarted | None:
    if world.user_speaking:
        return SpeechStarted(world.now, world.utterance)
    world.user_speaking = True
    return SpeechStarted(world.now, world.utterance)


def _later(world: World) -> None:
    """Time passes, and no timer fires: a loop that is held up."""
    world.now = round(world.now + 3.0, 6)


def _speech_stopped(world: World) -> SpeechStopped:
    world.user_speaking = False
    return SpeechStopped(world.now - 0.1)


def _speech_stopped_long_ago(world: World) -> SpeechStopped:
    world.user_speaking = False
    return SpeechStopped(world.now - 4.0)


def _typed(world: World) -> Typed:
    world.user_speaking = False
    return Typed("stop that")


def _finished(world: World, question: bool = False) -> Finished | None:
    """The mouth is done. (A reply that lent its mouth is not done before it has it back.)"""
    mouth = world.mouth
    if mouth is None:
        return None
    world.mouth = None
    if mouth.number == world.reply:
        world.replies[mouth.number] += ("finished",)
        world.reply = None
    return Finished(mouth.number, question)


def _drained(world: World) -> Drained | None:
    if world.reply is None or world.resting or world.mouth is None or world.mouth.number != world.reply:
        return None
    world.resting = True
    world.call += 1
    return Drained(world.reply)


def _audible(world: World) -> Audible | None:
    if world.mouth is None or world.paused:
        return None
    world.heard = True
    if world.mouth.number == world.reply:
        world.resting = False
    return Audible(world.mouth.number)


def _tool_asks(world: World) -> Offer | None:
    return world.offer(Rank.QUESTION, f"call-{world.call}") if world.waits_for_tool() else None


def _progress(world: World) -> Offer | None:
    return world.offer(Rank.PROGRESS, f"call-{world.call}") if world.waits_for_tool() else None


def _settled(world: World) -> Settled | None:
    if not world.call:
        return None
    owner, world.call = f"call-{world.call}", world.call + 1
    return Settled(owner)


def _withdrawn(world: World) -> Withdrawn | None:
    live = [n for n, item in world.items.items() if item.rank is Rank.QUESTION and "answered" not in world.fate[n]]
    live = [number for number in live if "cancelled" not in world.fate[number]]
    if not live:
        return None
    if world.mouth is not None and world.mouth.number == live[-1] and world.agenda.open is None:
        return None
    return Withdrawn(live[-1])


INPUTS: dict[str, Callable[[World], Any]] = {
    "speech": _speech_started,
    "pause": _speech_stopped,
    "late pause": _speech_stopped_long_ago,
    "words": lambda w: Transcribed(w.utterance, "book a table", final=True),
    "partial": lambda w: Transcribed(w.utterance, "book a", stable=True),
    "murmur": lambda w: Transcribed(w.utterance, "I"),
    "nothing": lambda w: Transcribed(w.utterance, "", final=True),
    "um": lambda w: Transcribed(w.utterance, "Um.", final=True),
    "yeah": lambda w: Transcribed(w.utterance, "Yeah.", final=True),
    "ended": lambda w: Voted("audio", w.asked.get("audio", 0), 0.9),
    "unfinished": lambda w: Voted("text", w.asked.get("text", 0), 0.1),
    "volunteered": lambda w: Voted("stt", None, 0.9),
    "perhaps": lambda w: MaybeSpeech(not w.agenda._turn._endpointing._speech_until),
    "failed": lambda w: TranscriptionFailed(w.utterance),
    "typed": _typed,
    "key": lambda w: Digit("4"),
    "hash": lambda w: Digit("#"),
    "audible": _audible,
    "drained": _drained,
    "finished": _finished,
    "asked": lambda w: _finished(w, question=True),
    "tool asks": _tool_asks,
    "ask": lambda w: w.offer(Rank.QUESTION),
    "withdrawn": _withdrawn,
    "say": lambda w: w.offer(Rank.SAY),
    "disclosure": lambda w: w.offer(Rank.SAY, interruptible=False),
    "news": lambda w: w.offer(Rank.NEWS),
    "progress": _progress,
    "settled": _settled,
    "interrupt": lambda w: Interrupt(),
    "close": lambda w: Close("hangup"),
    "later": _later,
    "begin": lambda w: Begin(""),
    "press": lambda w: StartTurn(w.utterance),
    "release": lambda w: CommitTurn(),
    "cancel": lambda w: CancelTurn(),
}
"""Each makes an event, or nothing where it would make no sense."""
HANDS = ("press", "release", "cancel")
SPOKEN = [*(name for name in INPUTS if name not in (*HANDS, "begin", "um")), "deadline"]
PRESSED = [*(name for name in INPUTS if name not in ("ended", "unfinished", "begin", "um", "perhaps")), "deadline"]


def _past(world: World, time: float) -> float:
    return round(min(world.now - time, 12.0), 3)


def fingerprint(world: World) -> tuple[Any, ...]:
    """All that the future depends on: times relative to now, numbers replaced by what they stand for."""
    agenda: Any = world.agenda
    taker: Any = agenda._turn
    heard: Any = taker._endpointing
    known = {
        number: index
        for index, number in enumerate(
            n
            for n, item in world.items.items()
            if any(item is other for other in (agenda.mouth, agenda.open, *agenda._waiting))
        )
    }

    def name(item: Item | None) -> Any:
        return item and (
            known.get(item.number, -1),
            item.rank,
            item.owner == f"call-{world.call}",
            item.interruptible,
            item.last,
        )

    asked = {key: world.asked.get(key) == number for key, number in heard._asked.items()}
    backchannel = taker._backchannel and (taker._backchannel[0], _past(world, taker._backchannel[1]))
    return (
        agenda.state,
        name(agenda.mouth),
        agenda.mouth is agenda.reply,
        agenda.reply is None,
        name(agenda.open),
        tuple(map(name, agenda._waiting)),
        agenda._prepared is None,
        agenda._prepared is not None and taker._prepared is not None and taker._prepared.number == agenda._prepared,
        agenda._resting,
        agenda._heard,
        agenda._hanging,
        agenda._prompts,
        agenda._digits[:2],
        agenda._digits and _past(world, agenda._digits_due),
        agenda.state is State.LISTENING and _past(world, agenda._idle_since),
        taker._utterance == world.utterance,
        taker._tries,
        taker._prepared and taker._prepared.text,
        taker._manual,
        taker._calls,
        taker._empty,
        tuple(taker._began_with),
        taker._interruptible,
        taker._audible,
        taker._paused,
        taker._paused and _past(world, taker._overlap_at),
        backchannel,
        taker._kept[:20],
        heard.text,
        heard.final,
        heard.failed,
        agenda.state in (*USER, *OVER) and _past(world, heard.stopped_at),
        agenda.state is State.ENDPOINTING and _past(world, heard.next_look),
        tuple(sorted(heard._votes.items())),
        tuple(sorted(asked.items())),
        _past(world, heard._again),
        heard.asked,
        max(-0.1, round(heard._speech_until - world.now, 3)),
        world.user_speaking,
        world.call > 0,
        world.resting,
        world.ended,
    )
