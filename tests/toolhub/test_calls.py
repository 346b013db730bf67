"""Calls that outlive their replies, in virtual time, against real servers in our process."""

import asyncio
from contextlib import asynccontextmanager
from functools import partial
from itertools import product

import pytest

from tests.fakes.loop import run
from toolhub.hub import ToolHub

STILL = (None, "(still running; do not call it again, its result will follow)")
CANCELLED = (True, "(cancelled: the user interrupted)")


async def at_once():
    """Committed already."""


def now():
    return asyncio.get_running_loop().time()


def said(result):
    return (result.is_error or None, result.content[0].text)


class Stage:
    """A conversation over one kitchen, and calls of it that can be looked at while they run."""

    def __init__(self, hub, conversation, tasks, ask, person):
        self.hub, self.conversation = hub, conversation
        self._tasks, self._ask, self._person = tasks, ask, person

    def call(self, tool="bake", committed=None, conversation=None, caller=None, **arguments):
        """Begin a call; its task and its caller."""
        caller = caller or self._person()
        view = conversation or self.conversation
        asked = view.call(self._ask(tool, **arguments), caller, committed.wait() if committed else at_once())
        return self._tasks.create_task(asked), caller

    async def interrupted(self, **kwargs):
        """A call that is interrupted a second after it was begun; what it came back with, and its caller."""
        task, caller = self.call(**kwargs)
        await asyncio.sleep(1)
        caller.interrupted.set()
        before = now()
        result = await task
        assert now() == before, "an interruption is answered at once"
        return said(result), caller


@asynccontextmanager
async def set_up(oven, inside, info, ask, person, **settings):
    async with (
        ToolHub({"kitchen": inside(oven.server, **settings)}) as hub,
        hub.conversation(info()) as conversation,
        asyncio.TaskGroup() as tasks,
    ):
        yield Stage(hub, conversation, tasks, ask, person)


@pytest.fixture
def play(inside, info, ask, person):
    """`play(oven, scene)`: the scene is played on a stage in virtual time."""

    async def main(oven, scene, settings):
        async with set_up(oven, inside, info, ask, person, **settings) as stage:
            return await scene(stage)

    return lambda oven, scene, **settings: run(main(oven, scene, settings))


def test_a_read_that_is_interrupted_is_cancelled_at_its_server_and_never_heard_of_again(play, kitchen):
    oven = kitchen()

    async def scene(stage):
        result, caller = await stage.interrupted(tool="look")
        await asyncio.sleep(60)
        assert caller.results == []
        return result

    assert play(oven, scene) == CANCELLED
    assert oven.done == ["look cancelled"]


def test_a_write_that_is_interrupted_runs_on_and_is_told_once_when_it_comes_back(play, kitchen):
    oven = kitchen()

    async def scene(stage):
        result, caller = await stage.interrupted()
        assert caller.results == []
        await asyncio.sleep(8.9)
        assert caller.results == []
        await asyncio.sleep(60)
        assert caller.results == [("bake bread is done", False)]
        return result

    assert play(oven, scene) == STILL
    assert oven.done == ["bake bread"]


def test_a_late_result_is_forgotten_once_it_was_told_so_that_the_same_call_runs_again(play, kitchen):
    oven = kitchen()

    async def scene(stage):
        await stage.interrupted()
        await stage.conversation.drain()
        return said(await stage.call()[0])

    assert play(oven, scene) == (None, "bake bread is done")
    assert oven.begun == ["bake bread", "bake bread"]


def test_the_same_call_joins_the_one_that_runs_on_and_the_first_is_told_that_it_was(play, kitchen):
    oven = kitchen()

    async def scene(stage):
        _, first = await stage.interrupted()
        task, second = stage.call()
        result = said(await task)
        assert now() == 10
        assert (first.results, second.results) == ([("bake bread is done", True)], [])
        return result

    assert play(oven, scene) == (None, "bake bread is done")
    assert oven.begun == ["bake bread"]


def test_other_arguments_make_another_call(play, kitchen):
    oven = kitchen()

    async def scene(stage):
        await stage.interrupted()
        return said(await stage.call(what="cake")[0])

    assert play(oven, scene) == (None, "bake cake is done")
    assert oven.begun == ["bake bread", "bake cake"]


def test_two_equal_calls_of_one_reply_are_two_calls(play, kitchen):
    oven = kitchen()

    async def scene(stage):
        first, second = stage.call()[0], stage.call()[0]
        return said(await first), said(await second)

    assert play(oven, scene) == ((None, "bake bread is done"),) * 2
    assert oven.begun == ["bake bread", "bake bread"]


def test_two_equal_calls_that_both_run_on_are_both_told(play, kitchen):
    oven = kitchen()

    async def scene(stage):
        callers = [caller for _, caller in [stage.call(), stage.call()]]
        await asyncio.sleep(1)
        for caller in callers:
            caller.interrupted.set()
        await asyncio.sleep(0.1)
        await stage.conversation.drain()
        return [caller.results for caller in callers]

    assert play(oven, scene) == [[("bake bread is done", False)]] * 2


def test_when_the_one_that_joined_is_interrupted_too_only_the_last_is_to_say_it(play, kitchen):
    oven = kitchen()

    async def scene(stage):
        _, first = await stage.interrupted()
        result, second = await stage.interrupted()
        assert result == STILL
        await stage.conversation.drain()
        assert now() == 10
        return first.results, second.results

    assert play(oven, scene) == ([("bake bread is done", True)], [("bake bread is done", False)])
    assert oven.begun == ["bake bread"]


def test_cancelling_the_one_that_joined_leaves_the_first_running_and_to_be_told(play, kitchen):
    oven = kitchen()

    async def scene(stage):
        _, first = await stage.interrupted()
        task, _ = stage.call()
        await asyncio.sleep(1)
        task.cancel()
        await stage.conversation.drain()
        return first.results

    assert play(oven, scene) == [("bake bread is done", False)]
    assert oven.done == ["bake bread"]


def test_what_comes_back_while_the_same_call_waits_for_its_commit_is_not_done_twice(play, kitchen):
    oven = kitchen()

    async def scene(stage):
        _, first = await stage.interrupted()
        committed = asyncio.Event()
        task, _ = stage.call(committed=committed)
        await asyncio.sleep(60)
        assert first.results == [("bake bread is done", False)]
        committed.set()
        return said(await task)

    assert play(oven, scene) == (None, "bake bread is done")
    assert oven.begun == ["bake bread"]


def test_an_interruption_that_commits_the_same_call_of_the_next_reply_sends_it_once(play, kitchen):
    oven = kitchen()

    async def scene(stage):
        committed = asyncio.Event()
        _, first = stage.call()
        following, _ = stage.call(committed=committed)
        await asyncio.sleep(1)
        first.interrupted.set()
        committed.set()
        return said(await following), first.results

    assert play(oven, scene) == ((None, "bake bread is done"), [("bake bread is done", True)])
    assert oven.begun == ["bake bread"]


def test_two_conversations_never_share_a_call(play, kitchen, info):
    oven = kitchen()

    async def scene(stage):
        _, first = await stage.interrupted()
        other = stage.hub.conversation(info("call 2"))
        result = said(await stage.call(conversation=other)[0])
        await asyncio.sleep(60)
        return result, first.results

    assert play(oven, scene) == ((None, "bake bread is done"), [("bake bread is done", False)])
    assert oven.begun == ["bake bread", "bake bread"]


def test_an_interruption_that_comes_with_the_result_does_not_lose_it(play, kitchen):
    oven = kitchen(seconds=1)

    async def scene(stage):
        task, caller = stage.call()
        asyncio.get_running_loop().call_later(1, caller.interrupted.set)
        result = said(await task)
        await stage.conversation.drain()
        return [result, *[(None, text) for text, _ in caller.results]]

    outcome = play(oven, scene)
    assert outcome in ([(None, "bake bread is done")], [STILL, (None, "bake bread is done")])
    assert oven.done == ["bake bread"]


def test_cancelling_with_the_result_is_cancelling(play, kitchen):
    oven = kitchen(seconds=1)

    async def scene(stage):
        loop = asyncio.get_running_loop()
        for ticks in range(12):
            task, _ = stage.call()
            cancel = task.cancel
            for _ in range(ticks):
                cancel = partial(loop.call_soon, cancel)
            loop.call_later(1, cancel)
            await asyncio.wait([task])
            assert task.cancelled() or said(task.result()) == (None, "bake bread is done")
            await asyncio.sleep(1)

    play(oven, scene)


def test_the_time_limit_ends_a_call_that_runs_on(play, kitchen):
    oven = kitchen(seconds=3600)

    async def scene(stage):
        _, caller = await stage.interrupted()
        await stage.conversation.drain()
        assert now() == 30
        return caller.results

    assert play(oven, scene, timeout=30) == [("bake did not answer within 30 seconds and was cancelled.", False)]
    assert oven.done == ["bake bread cancelled"]


def test_draining_waits_for_what_runs_on_and_for_nothing_else(play, kitchen):
    oven = kitchen()

    async def scene(stage):
        task, _ = stage.call(what="cake")
        await stage.conversation.drain()
        assert now() == 0
        await stage.interrupted()
        await stage.conversation.drain()
        assert now() == 10
        await task

    play(oven, scene)


def test_cancelling_the_drain_cancels_no_call(play, kitchen):
    oven = kitchen()

    async def scene(stage):
        await stage.interrupted()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(2):
                await stage.conversation.drain()
        await stage.conversation.drain()

    play(oven, scene)
    assert oven.done == ["bake bread"]


def test_closing_the_conversation_cancels_what_still_runs(play, kitchen):
    oven = kitchen()

    async def scene(stage):
        _, caller = await stage.interrupted()
        task, _ = stage.call(what="cake")
        await asyncio.sleep(1)
        await stage.conversation.aclose()
        await asyncio.sleep(1)
        return said(await task), caller.results

    result, late = play(oven, scene)
    assert result == CANCELLED
    assert late == [(CANCELLED[1], False)]
    assert sorted(oven.done) == ["bake bread cancelled", "bake cake cancelled"]


STEPS = [f"{what} {who}" for what in ("commit", "interrupt", "cancel") for who in (0, 1)] + ["wait"]


async def play_through(stage, oven, steps, gap):
    """Two equal calls to which `steps` happen, `gap` seconds between them; then time passes."""
    oven.begun.clear()
    oven.done.clear()
    commits = [asyncio.Event(), asyncio.Event()]
    asks = [stage.call(committed=commit) for commit in commits]
    await asyncio.sleep(0.1)
    for step in steps:
        what, _, who = step.partition(" ")
        match what:
            case "commit":
                commits[int(who)].set()
            case "interrupt":
                asks[int(who)][1].interrupted.set()
            case "cancel":
                asks[int(who)][0].cancel()
        await asyncio.sleep(4 if what == "wait" else gap)
    await asyncio.sleep(30)
    await stage.conversation.drain()
    left_waiting = [index for index in (0, 1) if not asks[index][0].done()]
    for index in left_waiting:
        asks[index][0].cancel()
    await asyncio.sleep(0.1)
    came = [None if task.cancelled() else said(task.result()) for task, _ in asks]
    told = [caller.results for _, caller in asks]
    assert [len(results) for results in told] == [int(result == STILL) for result in came], "told once, if left behind"
    assert all(f"commit {index}" not in steps for index in left_waiting), "what is committed comes back"
    committed = len({step for step in steps if step.startswith("commit")})
    assert len(oven.begun) <= committed, "nothing is sent before its commit"
    assert len(oven.begun) == len(oven.done), "what was begun has ended"
    finished = "bake bread" in oven.done
    heard = (None, "bake bread is done") in came or ("bake bread is done", False) in [r for rs in told for r in rs]
    assert finished == heard, "what was done is heard of"
    assert told.count([("bake bread is done", False)]) <= len(oven.begun), "and said once"


@pytest.mark.parametrize("gap", [0, 0.1])
def test_all_2801_short_sequences_of_what_may_happen_to_two_equal_calls_keep_the_promises(play, kitchen, gap):
    oven = kitchen()

    async def scene(stage):
        count = 0
        for length in range(5):
            for steps in product(STEPS, repeat=length):
                await play_through(stage, oven, steps, gap)
                count += 1
        return count

    assert play(oven, scene) == 2801
