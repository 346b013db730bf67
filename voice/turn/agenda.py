"""One mouth, many who want to speak or ask: who speaks now, and whom does a user's turn answer? Pure.

The agenda stands between the session and the turn machine. Whoever wants to speak offers an item; a user's turn goes to
the open question, or to the LLM as a reply. These rules hold in every sequence (`tests/voice/turn/test_agenda.py`):

- one item has the mouth at a time, and none gets it while the user speaks or has just paused;
- one question is open at a time; each question has exactly one outcome, an answer or a cancellation, also at the end;
- an answer goes to the question and to nobody else, and the reply whose tool asks lives on; a question of which nothing
  was heard when the user spoke is asked again later;
- progress is dropped rather than late: never after its call came back, never after the user began to speak;
- news waits until nobody speaks, no reply is alive and no question is open or hangs in the air, and is said once.

    item       gets the mouth when                                                     cut short by the user's words
    QUESTION   no question is open; a reply that waits for its tools lends the mouth   stays open
    REPLY      its turn was committed; again when the question that it waits for ends  cancelled
    SAY        no reply is alive (one that waits for an open question does not count)  stopped
    NEWS       no reply is alive, no question is open, the last reply asked nothing    stopped
    PROGRESS   as QUESTION, while its reply waits for it                               stopped, and the reply cancelled

An item that cannot be interrupted is heard to its end; what the user says meanwhile is the next turn.
"""

from collections.abc import Callable
from itertools import count

from voice.policy import Phrases, TurnPolicy
from voice.turn.events import (
    AgentAudible,
    AgentTakes,
    AgentYields,
    Answer,
    Apologize,
    Attach,
    Audible,
    Begin,
    CancelQuestion,
    CancelReply,
    Close,
    Command,
    CommitReply,
    Digit,
    Discard,
    DiscardReply,
    Drained,
    Drop,
    EndCall,
    EndTurn,
    Event,
    Finished,
    FloorCommand,
    Interrupt,
    Item,
    NotHeard,
    Offer,
    Prepare,
    Rank,
    Settled,
    Speak,
    StartReply,
    State,
    Stop,
    TurnEvent,
    Typed,
    Withdrawn,
)
from voice.turn.taker import TurnTaker

__all__ = ["DIGIT_PAUSE", "Agenda"]

DIGIT_PAUSE = 2.0
"""Seconds after a key until the keys pressed so far are the user's turn; "#" ends it at once."""


class Agenda:
    """`detectors`, `words`: see TurnTaker. Times are seconds of one clock; `now`: when it begins."""

    def __init__(
        self,
        policy: TurnPolicy,
        detectors: tuple[str, ...] = (),
        now: float = 0.0,
        phrases: Phrases = Phrases(),  # noqa: B008 - frozen
        words: bool = True,
    ) -> None:
        self.number = count(1).__next__
        """The next number for an item."""
        self.mouth: Item | None = None
        """Who speaks, or is about to."""
        self.reply: Item | None = None
        """The reply that was committed and is not over."""
        self.open: Item | None = None
        """The question that was asked and has no answer."""
        self.phrases = phrases
        self._policy = policy
        self._turn = TurnTaker(policy, detectors, self.number, words)
        self._waiting: list[Item] = []
        self._prepared: int | None = None
        self._heard = False
        """Something of the item that has the mouth was heard."""
        self._resting = False
        """The reply waits for its tools and has nothing to say."""
        self._hanging = False
        """The last reply ended in a question of its own."""
        self._idle_since = now
        self._prompts = 0
        self._digits = ""
        self._digits_due = 0.0
        self._out: list[Command] = []

    # --- the interface

    @property
    def state(self) -> State:
        """Who has the floor."""
        return self._turn.state

    @property
    def user_turn_open(self) -> bool:
        """Whether the user is in a turn that has not been decided."""
        return self._turn.user_turn_open

    @property
    def deadline(self) -> float | None:
        """When `tick` must be called if nothing is heard before; None means never."""
        times = [self._turn.deadline, self._idle_deadline, self._digits_due if self._digits else None]
        return min((time for time in times if time is not None), default=None)

    def hear(self, event: Event, now: float) -> list[Command]:
        """What to do about `event`."""
        before = self.state
        if before is State.CLOSED:
            self._refuse(event)
            return self._go(before, now)
        match event:
            case Begin(greeting, interruptible):
                self._idle_since = now
                if greeting:
                    self._offer(Item(self.number(), Rank.SAY, greeting, interruptible=interruptible))
            case Digit(key):
                self._press(key, now)
            case Offer() | Withdrawn() | Settled():
                self._hear_of_waiting(event)
            case Audible() | Drained() | Finished():
                self._hear_of_mouth(event, now)
            case _:
                self._floor(event, now)
        return self._go(before, now)

    def tick(self, now: float) -> list[Command]:
        """What to do now that time has passed; harmless before the deadline."""
        before, idle = self.state, self._idle_deadline
        if self._digits and now >= self._digits_due:
            self._end_digits(now)
        elif idle is not None and now >= idle:
            self._user_is_idle(now)
        self._obey(self._turn.tick(now), now)
        return self._go(before, now)

    def switch(self, phrases: Phrases, detectors: tuple[str, ...], words: bool) -> None:
        """Another agent goes on: it has other phrases, other detectors, an STT or none (`words`)."""
        self.phrases = phrases
        self._turn.switch(detectors, words)

    # --- those who want to speak

    def _hear_of_waiting(self, event: Offer | Withdrawn | Settled) -> None:
        moot = (Rank.PROGRESS, Rank.QUESTION)
        match event:
            case Offer(item):
                self._offer(item)
            case Withdrawn(number):
                self._retract(lambda item: item.number == number)
            case Settled(owner):
                self._retract(lambda item: item.owner == owner and item.rank in moot)

    def _offer(self, item: Item) -> None:
        if item.rank is Rank.PROGRESS:  # the latest of a call is worth saying, and only while the user is silent
            self._drop(lambda other: other.rank is Rank.PROGRESS and other.owner == item.owner)
            if self._turn.user_active:
                self._out.append(Drop(item.number))
                return
        self._waiting.append(item)

    def _refuse(self, event: Event) -> None:
        if isinstance(event, Offer):
            question = event.item.rank is Rank.QUESTION
            self._out.append(CancelQuestion(event.item.number) if question else Drop(event.item.number))

    def _retract(self, which: Callable[[Item], bool]) -> None:
        """These are moot, whether they wait, have the mouth or wait for an answer."""
        self._drop(which)
        mouth = self.mouth
        if mouth is not None and mouth.rank is not Rank.REPLY and which(mouth):
            self._out.append(Stop(mouth.number))
            self.mouth = None
        if self.open is not None and which(self.open):
            self._out.append(CancelQuestion(self.open.number))
            self.open = None

    def _drop(self, which: Callable[[Item], bool]) -> None:
        for item in [item for item in self._waiting if which(item)]:
            self._waiting.remove(item)
            question = item.rank is Rank.QUESTION
            self._out.append(CancelQuestion(item.number) if question else Drop(item.number))

    # --- the item that has the mouth

    def _hear_of_mouth(self, event: Audible | Drained | Finished, now: float) -> None:
        match event:
            case Audible(number):
                self._audible(number, now)
            case Drained(number):
                self._resting = self._resting or (self.reply is not None and self.reply.number == number)
            case Finished(number, question):
                self._finished(number, question, now)

    def _audible(self, number: int, now: float) -> None:
        if self.reply is not None and self.reply.number == number:
            self._resting = False
        if self.mouth is not None and self.mouth.number == number:
            self._heard = True
            self._floor(AgentAudible(), now)

    def _finished(self, number: int, question: bool, now: float) -> None:
        if self.reply is not None and self.reply.number == number:
            self.reply = None
            self._hanging = question
            self._drop(lambda item: item.rank is Rank.PROGRESS)
        if self.mouth is None or self.mouth.number != number:
            return
        item, self.mouth = self.mouth, None
        if item.last:
            self._floor(Close("user_silent"), now)
        elif self._next() is None and not self._mouth_is_due_back():
            self._floor(AgentYields(question or item.rank is Rank.QUESTION), now)

    def _go(self, before: State, now: float) -> list[Command]:
        """Settle who has the mouth; returns all commands since the last time."""
        while self._step(now):
            pass
        if self.state is State.LISTENING and before is not State.LISTENING:
            self._idle_since = now
        out, self._out = self._out, []
        return out

    def _step(self, now: float) -> bool:
        """Give the mouth to whoever is next, back to the reply that lent it, or the floor to the user."""
        if self.state is State.CLOSED:
            return False
        lendable = self.mouth is None or (self.mouth is self.reply and self._resting)
        busy = self._turn.user_active or self._digits
        if lendable and not busy and (item := self._next()):
            self._speak(item, now)
        elif self._mouth_is_due_back() and self.reply is not None:
            self.mouth = self.reply
            self._out.append(Attach(self.reply.number))
            self._floor(AgentTakes(), now)
        elif self.mouth is None and not (self.user_turn_open or self.state is State.LISTENING):
            self._floor(AgentYields(), now)
        else:
            return False
        return True

    def _speak(self, item: Item, now: float) -> None:
        self._waiting.remove(item)
        self.mouth = item
        self._heard = False
        if item.rank is Rank.QUESTION:
            self.open = item
        self._out.append(Speak(item))
        self._floor(AgentTakes(item.interruptible), now)

    def _mouth_is_due_back(self) -> bool:
        """A reply lent its mouth to somebody who is done; not while the user has the floor."""
        return self.mouth is None and self.reply is not None and self.open is None and not self.user_turn_open

    def _next(self) -> Item | None:
        ready = [item for item in self._waiting if self._may_speak(item)]
        return min(ready, key=lambda item: (item.rank, item.number), default=None)

    def _may_speak(self, item: Item) -> bool:
        match item.rank:
            case Rank.QUESTION:
                return self.open is None
            case Rank.PROGRESS:
                return self.open is None and self.reply is not None
            case Rank.SAY:
                return self.reply is None or self.open is not None
            case _:
                return self.reply is None and self.open is None and not self._hanging

    # --- the user's turn

    def _floor(self, event: TurnEvent, now: float) -> None:
        self._obey(self._turn.hear(event, now), now)
        if self._turn.user_active:
            self._drop(lambda item: item.rank is Rank.PROGRESS)
        if self.user_turn_open:
            self._prompts = 0

    def _obey(self, commands: list[FloorCommand], now: float) -> None:
        for command in commands:
            match command:
                case Prepare(number, text):
                    if self.open is None:  # the answer to a question is no prompt
                        self._prepared = number
                        self._out.append(StartReply(number, text, preemptive=True))
                case Discard(number):
                    self._discard(number)
                case EndTurn():
                    self._end_turn(command, now)
                case NotHeard(empty):
                    self._ask_to_repeat(now) if empty else self._apologize(now)
                case Interrupt():
                    self._take_mouth()
                case EndCall(reason):
                    self._close(reason)
                case _:
                    self._out.append(command)

    def _discard(self, number: int | None) -> None:
        if number is not None and number == self._prepared:
            self._out.append(DiscardReply(number))
            self._prepared = None

    def _end_turn(self, turn: EndTurn, now: float) -> None:
        self._prompts = 0
        self._hanging = False
        if self.open is not None:
            self._discard(self._prepared)
            self._out.append(Answer(self.open.number, turn.text, turn.by, turn.silence))
            self.open = None
            return
        self._cancel_reply()
        number = turn.prepared if turn.prepared is not None and turn.prepared == self._prepared else None
        if number is None:
            self._discard(self._prepared)
            number = self.number()
            self._out.append(StartReply(number, turn.text, preemptive=False))
        self._prepared = None
        self._resting = False
        self.mouth = self.reply = Item(number, Rank.REPLY)
        self._out.append(CommitReply(number, turn.text, turn.by, turn.silence))

    def _ask_to_repeat(self, now: float) -> None:
        self.mouth = Item(self.number(), Rank.SAY, self.phrases.not_understood)
        self._out.append(Speak(self.mouth))
        self._floor(AgentTakes(), now)

    def _apologize(self, now: float) -> None:
        self.mouth = Item(self.number(), Rank.SAY, self.phrases.apology)
        self._out.append(Apologize(self.mouth))
        self._floor(AgentTakes(), now)

    def _take_mouth(self) -> None:
        """The user took the floor. What they say goes to the open question, or the reply is over."""
        self._prompts = 0
        mouth, self.mouth = self.mouth, None
        if mouth is not None and mouth is not self.reply:
            self._out.append(Stop(mouth.number))
            if not self._heard and mouth.rank in (Rank.QUESTION, Rank.NEWS):
                self._waiting.append(mouth)  # nobody can answer, or know, what nobody has heard
                self.open = None
        if self.open is None:
            self._cancel_reply()

    def _cancel_reply(self) -> None:
        if self.reply is not None:
            self._out.append(CancelReply(self.reply.number))
            self.reply = None
            self._drop(lambda item: item.rank is Rank.PROGRESS)

    def _close(self, reason: str) -> None:
        self._discard(self._prepared)
        if self.mouth is not None and self.mouth is not self.reply:
            self._out.append(Stop(self.mouth.number))
        self.mouth = None
        self._cancel_reply()
        if self.open is not None:
            self._out.append(CancelQuestion(self.open.number))
            self.open = None
        self._drop(lambda item: True)
        self._out.append(EndCall(reason))

    # --- keys

    def _press(self, key: str, now: float) -> None:
        self._floor(Interrupt(), now)
        if key != "#":
            self._digits += key
            self._digits_due = now + DIGIT_PAUSE
        elif self._digits:
            self._end_digits(now)

    def _end_digits(self, now: float) -> None:
        keys, self._digits = self._digits, ""
        self._floor(Typed(keys, "keys"), now)

    # --- a silent user

    @property
    def _idle_deadline(self) -> float | None:
        waits = self.state is State.LISTENING and self.mouth is None and self._policy.idle.after > 0
        return self._idle_since + self._policy.idle.after if waits else None

    def _user_is_idle(self, now: float) -> None:
        self._hanging = False
        if self._prompts < self._policy.idle.prompts:
            self._prompts += 1
            self._offer(Item(self.number(), Rank.SAY, self.phrases.idle))
        elif self.phrases.goodbye:
            self._offer(Item(self.number(), Rank.SAY, self.phrases.goodbye, last=True))
        else:
            self._floor(Close("user_silent"), now)
        self._idle_since = now
