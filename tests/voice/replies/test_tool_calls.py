"""The calls of a session: when they are told of, what the history holds of them, and the user as they see them."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import pytest
from mcp_types import CallToolRequestParams, CallToolResult, ElicitRequestFormParams, ElicitResult

from tests.fakes.call import Tools, text_result
from tests.fakes.loop import run
from voice.chat import ToolCall, ToolResult
from voice.events import Event, Failed, ToolCallFinished, ToolCallStarted
from voice.replies.tool_calls import PENDING, PENDING_MARK, Commitment, ToolCalls, ToolRun
from voice.tools import Caller as ToolCaller
from voice.tools import Toolbox

CALL = ToolCall("1", "book", {"people": 4})


class Desk:
    """Answers as told, and keeps what it is asked to do."""

    def __init__(self, *answers: str | None) -> None:
        self._answers = list(answers)
        self.asked: list[tuple[str, str]] = []
        self.heard: list[tuple[str, float | None, str]] = []
        self.back: list[str] = []
        self.came_late: list[tuple[ToolResult, bool]] = []

    async def ask(self, text: str, owner: str) -> str | None:
        self.asked.append((text, owner))
        return self._answers.pop(0)

    def progress(self, text: str, share: float | None, owner: str) -> None:
        self.heard.append((text, share, owner))

    def settled(self, owner: str) -> None:
        self.back.append(owner)

    def late(self, call: ToolCall, result: ToolResult, told: bool) -> None:
        self.came_late.append((result, told))


class Asking(Tools):
    """A toolbox of one tool, `book`, which does what it is given with its caller."""

    def __init__(self, work: Callable[[ToolCaller], Coroutine[Any, Any, CallToolResult]]) -> None:
        super().__init__({"book": (0.0, "")})
        self._work = work

    async def call(
        self, request: CallToolRequestParams, caller: ToolCaller, committed: Awaitable[None]
    ) -> CallToolResult:
        await committed
        return await self._work(caller)


class Scene:
    """The calls of one session, and what they told."""

    def __init__(self, toolbox: Toolbox, tasks: asyncio.TaskGroup, desk: Desk) -> None:
        self.desk = desk
        self.told: list[Event] = []
        self.replaced: list[ToolResult] = []
        self.calls = ToolCalls(toolbox, tasks, desk, self.replaced.append, self.told.append)

    def start(self, call: ToolCall = CALL, committed: bool = True) -> ToolRun:
        commitment = Commitment()
        if committed:
            commitment.commit()
        return self.calls.start(call, 1, commitment)


def perform(toolbox: Toolbox, scene: Callable[[Scene], Coroutine[Any, Any, None]], *answers: str | None) -> Scene:
    """Play `scene` with a user who gives `answers`."""

    async def main() -> Scene:
        async with asyncio.TaskGroup() as tasks:
            stage = Scene(toolbox, tasks, Desk(*answers))
            await scene(stage)
        return stage

    return run(main())


# Commitment


def test_any_number_of_tasks_await_the_commitment_and_one_that_is_cancelled_takes_it_from_nobody() -> None:
    async def main() -> None:
        commitment, through = Commitment(), list[str]()

        async def wait(name: str) -> None:
            await commitment
            through.append(name)

        async with asyncio.TaskGroup() as tasks:
            waiting = [tasks.create_task(wait(name)) for name in "abc"]
            await asyncio.sleep(0)
            waiting[1].cancel()
            await asyncio.sleep(0)
            assert (commitment.made, through) == (False, [])
            commitment.commit()
        assert (commitment.made, through) == (True, ["a", "c"])
        await commitment

    run(main())


def test_what_shall_happen_when_it_is_decided_happens_once_then_or_at_once() -> None:
    commitment, done = Commitment(), list[str]()
    commitment.when_made(lambda: done.append("then"))
    assert done == []
    commitment.commit()
    commitment.commit()
    commitment.when_made(lambda: done.append("now"))
    assert done == ["then", "now"]


# A call from its start to its result


def test_a_call_is_told_of_when_its_turn_is_decided_and_its_time_counts_from_then() -> None:
    async def scene(stage: Scene) -> None:
        run = stage.start(committed=False)
        await asyncio.sleep(5)
        assert stage.told == []
        run.committed.commit()
        assert stage.told == [ToolCallStarted(1, "1", "book", {"people": 4})]
        assert run.result == ToolResult("1", "book", PENDING, pending=True)
        assert await run.task == run.result == ToolResult("1", "book", "booked")

    stage = perform(Tools({"book": (2.0, "booked")}), scene)
    assert stage.told[1:] == [ToolCallFinished(1, "1", "book", False, "booked", 2.0)]
    assert stage.desk.back == ["1"]


def test_a_call_that_is_back_before_its_turn_is_decided_is_never_told_of() -> None:
    async def read(caller: ToolCaller) -> CallToolResult:
        raise NotImplementedError

    class Reading(Asking):
        async def call(self, *args: Any) -> CallToolResult:
            return text_result("free")

    async def scene(stage: Scene) -> None:
        run = stage.start(committed=False)
        assert (await run.task).text == "free"
        run.committed.commit()

    stage = perform(Reading(read), scene)
    assert stage.told == []
    assert stage.desk.back == ["1"]


def test_a_call_that_could_not_be_read_is_answered_without_the_toolbox() -> None:
    tools = Tools({"book": (2.0, "booked")})

    async def scene(stage: Scene) -> None:
        result = await stage.start(ToolCall("1", "book", error="no JSON")).task
        assert result == ToolResult("1", "book", "book was not called: no JSON", is_error=True)

    assert perform(tools, scene).told == [Failed("llm", "unreadable_call", "no JSON")]
    assert tools.begun == []


def test_a_call_that_is_cancelled_is_told_as_cancelled_and_stays_pending_in_the_history() -> None:
    async def scene(stage: Scene) -> None:
        run = stage.start()
        await asyncio.sleep(1)
        run.task.cancel()
        await asyncio.wait([run.task])
        assert run.result.pending

    stage = perform(Tools({"book": (9.0, "booked")}), scene)
    assert stage.told[1:] == [ToolCallFinished(1, "1", "book", True, "cancelled", 1.0)]


# A call whose reply was interrupted


def test_an_abandoned_call_goes_on_and_is_told_of_when_it_is_really_back() -> None:
    async def scene(stage: Scene) -> None:
        run = stage.start()
        await asyncio.sleep(1)
        stage.calls.abandon(run)
        assert (await run.task).pending
        assert stage.desk.back == []
        await stage.calls.finish()

    stage = perform(Tools({"book": (5.0, "booked")}), scene)
    assert stage.replaced == [ToolResult("1", "book", "(still running)", pending=True)]
    assert stage.desk.came_late == [(ToolResult("1", "book", "booked"), False)]
    assert stage.told[1:] == [ToolCallFinished(1, "1", "book", False, "booked", 5.0)]
    assert stage.desk.back == ["1"]


def test_an_abandoned_call_that_only_reads_gives_its_last_result_to_the_history() -> None:
    async def scene(stage: Scene) -> None:
        run = stage.start()
        await asyncio.sleep(1)
        stage.calls.abandon(run)
        await stage.calls.finish()

    stage = perform(Tools({"book": (5.0, "booked")}, reads=["book"]), scene)
    assert stage.replaced == [ToolResult("1", "book", "(cancelled: the user interrupted)", is_error=True)]
    assert stage.desk.came_late == []


def test_a_call_that_is_back_is_not_abandoned() -> None:
    async def scene(stage: Scene) -> None:
        run = stage.start()
        await run.task
        stage.calls.abandon(run)
        assert not run.abandoned.is_set()

    assert perform(Tools({"book": (1.0, "booked")}), scene).replaced == []


def test_the_end_waits_for_all_calls() -> None:
    async def scene(stage: Scene) -> None:
        stage.start()
        stage.start(ToolCall("2", "look"))
        await stage.calls.finish()
        assert asyncio.get_running_loop().time() == 5.0

    perform(Tools({"book": (5.0, "booked"), "look": (2.0, "free")}), scene)


# The user, as a call sees them


def elicited(schema: dict[str, Any], *answers: str | None) -> tuple[ElicitResult, Scene]:
    results: list[ElicitResult] = []

    async def work(caller: ToolCaller) -> CallToolResult:
        request = ElicitRequestFormParams(message="Window or terrace?", requested_schema=schema)
        results.append(await caller.elicit(request, "cafe"))
        return text_result("booked")

    async def scene(stage: Scene) -> None:
        await stage.start().task

    stage = perform(Asking(work), scene, *answers)
    return results[0], stage


def test_a_tools_question_is_asked_in_the_name_of_its_call_and_answered_in_its_first_field() -> None:
    schema = {"type": "object", "properties": {"where": {"type": "string"}, "why": {"type": "string"}}}
    result, stage = elicited(schema, "The window")
    assert result == ElicitResult(action="accept", content={"where": "The window"})
    assert stage.desk.asked == [("Window or terrace?", "1")]


def test_a_question_without_fields_is_answered_all_the_same() -> None:
    result, _ = elicited({"type": "object", "properties": {}}, "The window")
    assert result.content == {"answer": "The window"}


def test_a_question_without_an_answer_is_cancelled() -> None:
    result, _ = elicited({"type": "object", "properties": {}}, None)
    assert result == ElicitResult(action="cancel")


def confirmed(*said: str | None) -> tuple[bool, list[str]]:
    """Whether the call may run when the user answers `said`, and what was asked."""
    answers: list[bool] = []

    async def work(caller: ToolCaller) -> CallToolResult:
        answers.append(await caller.confirm("Shall I book it?"))
        return text_result("done")

    async def scene(stage: Scene) -> None:
        await stage.start().task

    asked = perform(Asking(work), scene, *said).desk.asked
    return answers[0], [question for question, _ in asked]


@pytest.mark.parametrize(
    "said",
    ["Yes.", "Okay, do it", "Yeah!", "Oh yes", "Um, yes please.", "Please do.", "Go ahead.", "That's right.", "Sure"],
)
def test_a_plain_yes_confirms(said: str) -> None:
    assert confirmed(said) == (True, ["Shall I book it?"])


@pytest.mark.parametrize(
    "said",
    ["No.", "Nope", "Not okay", "No, yes", "Don't do it.", "Please don’t.", "Wait.", "Oh no", "I don't want it", None],
)
def test_a_no_and_no_answer_do_not_confirm(said: str | None) -> None:
    assert confirmed(said) == (False, ["Shall I book it?"])


@pytest.mark.parametrize("said", ["Yesterday", "", "For how many?", "Yes, but for three.", "Okay, wait.", "Um."])
def test_what_is_neither_is_asked_once_more(said: str) -> None:
    again = ["Shall I book it?", "Please say yes or no. Shall I book it?"]
    assert confirmed(said, "Yes.") == (True, again)
    assert confirmed(said, "Yesterday") == (False, again)


def test_progress_is_passed_on_while_the_call_runs_and_never_after_it_is_back() -> None:
    callers: list[ToolCaller] = []

    async def work(caller: ToolCaller) -> CallToolResult:
        callers.append(caller)
        caller.progress("Half way", 0.5)
        return text_result("booked")

    async def scene(stage: Scene) -> None:
        await stage.start().task
        callers[0].progress("Nearly", 0.9)

    assert perform(Asking(work), scene).desk.heard == [("Half way", 0.5, "1")]


def test_a_late_result_that_another_reply_has_told_is_passed_on_as_told() -> None:
    async def work(caller: ToolCaller) -> CallToolResult:
        await caller.gone()
        caller.returned(text_result("booked"), told=True)
        return text_result("(still running)", _meta={PENDING_MARK: True})

    async def scene(stage: Scene) -> None:
        run = stage.start()
        await asyncio.sleep(0)
        stage.calls.abandon(run)
        await run.task

    assert perform(Asking(work), scene).desk.came_late == [(ToolResult("1", "book", "booked"), True)]
