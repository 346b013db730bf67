"""What others than the LLM want said or asked, and what became of it: the way into the agenda, with a future each."""

import asyncio
from collections.abc import Callable

from voice.chat import ToolCall, ToolResult, UserMessage
from voice.events import Event, QuestionAsked, QuestionClosed, ToolProgressed
from voice.history import History
from voice.turn.events import Event as AgendaEvent
from voice.turn.events import Item, Offer, Rank, Settled, Withdrawn

__all__ = ["Offers"]

Outcome = asyncio.Future[str | None]


class Offers:
    """The items of one session that are no replies. `number` gives an item's number; `post` reaches the agenda.

    `late_phrase`: what is said of a late result where the LLM cannot tell it; with {tool} and {result} in it.
    """

    def __init__(
        self,
        number: Callable[[], int],
        post: Callable[[AgendaEvent], None],
        history: History,
        emit: Callable[[Event], None],
        late_phrase: Callable[[], str],
    ) -> None:
        self._number = number
        self._post = post
        self._history = history
        self._emit = emit
        self._late_phrase = late_phrase
        self._closed = False
        self._saying: dict[int, Outcome] = {}
        self._asking: dict[int, Outcome] = {}

    # --- offering

    def say(self, text: str, interruptible: bool) -> Outcome:
        """`text`, when nobody speaks; the outcome is what was heard of it."""
        item = Item(self._number(), Rank.SAY, text, interruptible=interruptible)
        return self._offer(item, self._saying)

    def tell(self, note: str, fallback: str, source: str) -> None:
        """News from `source`: the LLM tells what `note` says, or `fallback` is said."""
        self._post(Offer(Item(self._number(), Rank.NEWS, fallback, note=note, source=source)))

    async def ask(self, text: str, owner: str = "") -> str | None:
        """The user's answer, as it was said; None without one. Cancelling it withdraws the question."""
        item = Item(self._number(), Rank.QUESTION, text, owner)
        try:
            return await self._offer(item, self._asking)
        except asyncio.CancelledError:
            self._post(Withdrawn(item.number))
            raise

    def progress(self, text: str, share: float | None, owner: str) -> None:
        """Progress of the call `owner`, to be said if there is a quiet moment."""
        self._emit(ToolProgressed(owner, text, share))
        if text:
            self._post(Offer(Item(self._number(), Rank.PROGRESS, text, owner)))

    def settled(self, owner: str) -> None:
        """The call `owner` came back."""
        self._post(Settled(owner))

    def late(self, call: ToolCall, result: ToolResult, told: bool) -> None:
        """A call whose reply is gone came back; the user is told, unless another reply has its result (`told`)."""
        self._history.replace_result(result)
        if told:
            return
        failed = "failed" if result.is_error else "came back"
        note = (
            f"The call of {call.name}, which the user did not wait for, {failed}: {result.text}\n"
            "Tell the user now, in one short sentence, unless you have told it already."
        )
        fallback = self._late_phrase()
        for name, value in (("{tool}", call.name.replace("_", " ")), ("{result}", result.text)):
            fallback = fallback.replace(name, value)
        self.tell(note, fallback, "news")

    def _offer(self, item: Item, outcomes: dict[int, Outcome]) -> Outcome:
        outcome: Outcome = asyncio.get_running_loop().create_future()
        if self._closed:
            outcome.set_result(None if item.rank is Rank.QUESTION else "")
        else:
            outcomes[item.number] = outcome
            self._post(Offer(item))
        return outcome

    # --- what became of it

    def asked(self, item: Item) -> None:
        """The question is being asked now."""
        self._emit(QuestionAsked(item.number, item.owner, item.text))

    def answered(self, question: int, text: str) -> None:
        """The user's turn was the answer."""
        self._emit(QuestionClosed(question, text))
        if text:
            self._history.add(UserMessage(text))
        _resolve(self._asking, question, text)

    def cancelled(self, question: int) -> None:
        """There is no answer."""
        self._emit(QuestionClosed(question, None))
        _resolve(self._asking, question, None)

    def close(self) -> None:
        """The call is over: what is still on its way to the agenda, or comes later, will not be said or asked."""
        self._closed = True
        for question in list(self._asking):
            self.cancelled(question)
        for number in list(self._saying):
            self.said(number, "")

    def said(self, number: int, heard: str) -> None:
        """An item is over; so much of it was heard."""
        _resolve(self._saying, number, heard)


def _resolve(outcomes: dict[int, Outcome], number: int, outcome: str | None) -> None:
    future = outcomes.pop(number, None)
    if future is not None and not future.done():
        future.set_result(outcome)
