"""What others than the LLM want said or asked: how it gets to the agenda, and how the outcome gets back."""

import asyncio
from itertools import count

import pytest

from tests.fakes.loop import run
from voice.chat import ToolCall, ToolResult, UserMessage
from voice.events import Event, QuestionAsked, QuestionClosed, ToolProgressed
from voice.history import History
from voice.offers import Offers
from voice.turn.events import Event as AgendaEvent
from voice.turn.events import Item, Offer, Rank, Settled, Withdrawn

CALL = ToolCall("1", "book_table")
PENDING = ToolResult("1", "book_table", "(still running)", pending=True)
BOOKED = ToolResult("1", "book_table", "booked for 7 {result}")


class Scene:
    """Offers, and what they posted and told."""

    def __init__(self) -> None:
        self.posted: list[AgendaEvent] = []
        self.told: list[Event] = []
        self.history = History("Be brief.")
        self.offers = Offers(
            count(1).__next__, self.posted.append, self.history, self.told.append, lambda: "{tool}: {result}"
        )


def test_what_is_said_comes_back_as_what_was_heard_of_it() -> None:
    async def main() -> None:
        scene = Scene()
        first = scene.offers.say("We close soon.", interruptible=False)
        second = scene.offers.say("Good night.", interruptible=True)
        assert scene.posted == [
            Offer(Item(1, Rank.SAY, interruptible=False)),
            Offer(Item(2, Rank.SAY, interruptible=True)),
        ]
        assert [event.item.text for event in scene.posted if isinstance(event, Offer)] == [
            "We close soon.",
            "Good night.",
        ]
        scene.offers.said(2, "Good")
        assert (first.done(), await second) == (False, "Good")
        scene.offers.said(1, "")
        assert await first == ""

    run(main())


def test_the_answer_to_a_question_goes_to_who_asked_and_into_the_history() -> None:
    async def main() -> None:
        scene = Scene()
        async with asyncio.TaskGroup() as tasks:
            asking = tasks.create_task(scene.offers.ask("Window or terrace?", "call-1"))
            await asyncio.sleep(0)
            [offer] = scene.posted
            assert offer == Offer(Item(1, Rank.QUESTION, owner="call-1"))
            assert isinstance(offer, Offer)
            scene.offers.asked(offer.item)
            scene.offers.answered(1, "The window")
        assert asking.result() == "The window"
        assert scene.told == [QuestionAsked(1, "call-1", "Window or terrace?"), QuestionClosed(1, "The window")]
        assert scene.history.chat.items == (UserMessage("The window"),)
        assert len(scene.posted) == 1

    run(main())


def test_a_question_that_is_cancelled_has_no_answer_and_leaves_nothing_in_the_history() -> None:
    async def main() -> None:
        scene = Scene()
        async with asyncio.TaskGroup() as tasks:
            asking = tasks.create_task(scene.offers.ask("Window or terrace?"))
            await asyncio.sleep(0)
            scene.offers.cancelled(1)
        assert asking.result() is None
        assert scene.told == [QuestionClosed(1, None)]
        assert scene.history.chat.items == ()

    run(main())


def test_who_does_not_wait_for_the_answer_any_more_withdraws_the_question() -> None:
    async def main() -> None:
        scene = Scene()
        asking = asyncio.get_running_loop().create_task(scene.offers.ask("Window or terrace?"))
        await asyncio.sleep(0)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        assert scene.posted[1:] == [Withdrawn(1)]
        scene.offers.cancelled(1)
        assert scene.told == [QuestionClosed(1, None)]

    run(main())


def test_progress_is_told_to_all_and_offered_only_where_there_are_words() -> None:
    scene = Scene()
    scene.offers.progress("", 0.25, "call-1")
    assert scene.posted == []
    scene.offers.progress("Half way", 0.5, "call-1")
    assert scene.posted == [Offer(Item(1, Rank.PROGRESS, owner="call-1"))]
    assert scene.told == [ToolProgressed("call-1", "", 0.25), ToolProgressed("call-1", "Half way", 0.5)]
    scene.offers.settled("call-1")
    assert scene.posted[1:] == [Settled("call-1")]


@pytest.mark.parametrize(("result", "became"), [(BOOKED, "came back"), (ToolResult("1", "x", "full", True), "failed")])
def test_a_late_result_takes_the_place_of_the_pending_one_and_is_news(result: ToolResult, became: str) -> None:
    scene = Scene()
    scene.history.add(CALL, PENDING)
    scene.offers.late(CALL, result, told=False)
    assert scene.history.chat.items == (CALL, result)
    [offer] = scene.posted
    assert isinstance(offer, Offer)
    assert offer.item.rank is Rank.NEWS
    assert f"book_table, which the user did not wait for, {became}: {result.text}" in offer.item.note
    assert offer.item.text == f"book table: {result.text}"


def test_a_late_result_that_another_reply_has_is_no_news() -> None:
    scene = Scene()
    scene.history.add(CALL, PENDING)
    scene.offers.late(CALL, BOOKED, told=True)
    assert scene.history.chat.items == (CALL, BOOKED)
    assert scene.posted == []
