"""One call, in virtual time, against real servers in our process."""

import asyncio
from functools import partial

import pytest
from mcp.server import MCPServer, Server
from mcp.server.mcpserver import Context
from mcp_types import (
    CallToolResult,
    CreateMessageRequest,
    CreateMessageRequestParams,
    ElicitRequest,
    ElicitRequestFormParams,
    InputRequiredResult,
    ListToolsResult,
    SamplingMessage,
    TextContent,
    Tool,
    ToolAnnotations,
)

from tests.fakes.loop import run
from tests.toolhub.conftest import Person
from toolhub.caller import NoCaller
from toolhub.hub import ToolHub
from toolhub.policy import Decision, Rule, decide


async def at_once():
    """Committed already."""


async def never():
    await asyncio.get_running_loop().create_future()


def now():
    return asyncio.get_running_loop().time()


def text(result):
    return result.content[0].text


def question(message):
    schema = {"type": "object", "properties": {"answer": {"type": "string"}}}
    return ElicitRequest(params=ElicitRequestFormParams(message=message, requested_schema=schema))


class Asker:
    """A server that does not look at what its client can do: its tool `order` answers with `rounds`, then a result."""

    def __init__(self, *rounds, seconds=0.0):
        self.rounds, self.seconds, self.seen = list(rounds), seconds, []
        self.server = Server("asker", on_list_tools=self.list, on_call_tool=self.call)

    async def list(self, ctx, params):
        return ListToolsResult(tools=[Tool(name="order", input_schema={"type": "object"})])

    async def call(self, ctx, params):
        answers = {key: answer.content for key, answer in (params.input_responses or {}).items()}
        actions = [answer.action for answer in (params.input_responses or {}).values()]
        self.seen.append((params.request_state, answers, actions))
        await asyncio.sleep(self.seconds)
        if self.rounds:
            return self.rounds.pop(0)
        return CallToolResult(content=[TextContent(type="text", text="ordered")])


def tried(inside, info, servers, scene, timeout=90, **view):
    """Play `scene(conversation)` in virtual time over a hub of `servers`."""

    async def main():
        entries = {name: inside(server, timeout=timeout) for name, server in servers.items()}
        async with ToolHub(entries) as hub, hub.conversation(info(), **view) as conversation:
            return await scene(conversation)

    return run(main())


@pytest.fixture
def play(inside, info):
    return partial(tried, inside, info)


# Before it is sent


def test_nothing_is_sent_before_the_commit(play, kitchen, person, ask):
    oven = kitchen()

    async def scene(conversation):
        committed = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            call = tasks.create_task(conversation.call(ask("bake"), person(), committed.wait()))
            await asyncio.sleep(60)
            assert oven.begun == []
            committed.set()
        assert now() == 70
        return call.result()

    assert text(play({"kitchen": oven.server}, scene)) == "bake bread is done"


def test_a_call_that_is_cancelled_before_the_commit_is_never_sent(play, kitchen, person, ask):
    oven = kitchen()

    async def scene(conversation):
        committed = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            call = tasks.create_task(conversation.call(ask("bake"), person(), committed.wait()))
            await asyncio.sleep(1)
            call.cancel()
            committed.set()
        await asyncio.sleep(60)
        return call.cancelled()

    assert play({"kitchen": oven.server}, scene)
    assert oven.begun == []


@pytest.mark.parametrize("ticks", range(8))
def test_a_call_that_is_cancelled_around_its_commit_is_not_sent_or_cancelled_at_its_server(
    play, kitchen, person, ask, ticks
):
    oven = kitchen()

    async def scene(conversation):
        committed = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            call = tasks.create_task(conversation.call(ask("bake"), person(), committed.wait()))
            await asyncio.sleep(1)
            committed.set()
            for _ in range(ticks):
                await asyncio.sleep(0)
            call.cancel()
        await asyncio.sleep(60)
        return call.cancelled()

    assert play({"kitchen": oven.server}, scene)
    assert [f"{name} cancelled" for name in oven.begun] == oven.done
    assert ticks or not oven.begun


@pytest.mark.parametrize(("tool", "begun"), [("look", ["look"]), ("bake", [])])
def test_what_only_reads_on_a_trusted_server_does_not_wait_for_the_commit(play, kitchen, person, ask, tool, begun):
    oven = kitchen()

    async def scene(conversation):
        async with asyncio.TaskGroup() as tasks:
            call = tasks.create_task(conversation.call(ask(tool), person(), never()))
            await asyncio.sleep(1)
            assert oven.begun == begun
            call.cancel()

    play({"kitchen": oven.server}, scene, decide=partial(decide, trusted=True))


@pytest.mark.parametrize(
    ("tool", "arguments", "said"),
    [("fly", {}, "There is no tool called 'fly'. The tools are: look, bake."), ("bake", {"what": 1}, "is not of type")],
)
def test_what_cannot_be_called_is_said_without_waiting_for_the_commit(
    play, kitchen, person, ask, tool, arguments, said
):
    result = play(
        {"kitchen": kitchen().server}, lambda conversation: conversation.call(ask(tool, **arguments), person(), never())
    )
    assert result.is_error
    assert said in text(result)


def test_a_tool_that_is_denied_is_not_called(play, kitchen, person, ask):
    oven = kitchen()
    result = play(
        {"kitchen": oven.server},
        lambda conversation: conversation.call(ask("bake"), person(), at_once()),
        decide=partial(decide, rule=Rule.DENY),
    )
    assert (result.is_error, text(result)) == (True, "bake was not called, it is not allowed.")
    assert oven.begun == []


@pytest.mark.parametrize(("says_yes", "begun"), [(True, ["bake cake"]), (False, [])])
def test_a_tool_that_needs_a_yes_is_called_when_the_user_has_said_it(play, kitchen, person, ask, says_yes, begun):
    oven, caller = kitchen(), person(says_yes=says_yes, thinks=100)

    async def scene(conversation):
        committed = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            call = tasks.create_task(conversation.call(ask("bake", what="cake"), caller, committed.wait()))
            await asyncio.sleep(1)
            assert caller.asked == []
            committed.set()
            await asyncio.sleep(1)
            assert caller.asked == ["Shall I bake: what cake?"]
            assert oven.begun == []
        return call.result()

    result = play({"kitchen": oven.server}, scene, decide=lambda hints: Decision.ASK_FIRST)
    assert oven.begun == begun
    assert result.is_error is not says_yes
    assert text(result) == ("bake cake is done" if says_yes else "bake was not called, the user did not confirm it.")


def test_without_a_caller_nothing_that_needs_a_yes_is_called(play, kitchen, ask):
    oven = kitchen()
    result = play(
        {"kitchen": oven.server},
        lambda conversation: conversation.call(ask("bake"), NoCaller(), at_once()),
        decide=partial(decide, ask_unless_read_only=True),
    )
    assert text(result) == "bake was not called, the user did not confirm it."
    assert oven.begun == []


def test_a_call_that_is_interrupted_while_the_user_is_asked_for_a_yes_is_never_sent(play, kitchen, person, ask):
    oven, caller = kitchen(), person(thinks=100)

    async def scene(conversation):
        async with asyncio.TaskGroup() as tasks:
            call = tasks.create_task(conversation.call(ask("bake"), caller, at_once()))
            await asyncio.sleep(1)
            caller.interrupted.set()
        await asyncio.sleep(200)
        return call.result()

    result = play({"kitchen": oven.server}, scene, decide=lambda hints: Decision.ASK_FIRST)
    assert (result.is_error, text(result)) == (True, "(cancelled: the user interrupted)")
    assert oven.begun == []
    assert caller.results == []


# Questions


def test_a_tools_questions_are_asked_one_after_another_and_answered_with_the_state_it_gave(play, person, ask):
    server = Asker(
        InputRequiredResult(input_requests={"a": question("Milk?"), "b": question("Sugar?")}, request_state="one"),
        InputRequiredResult(input_requests={"c": question("Really?")}, request_state="two"),
    )
    caller = person(answers=[{"answer": "yes"}, {"answer": "no"}, {"answer": "sure"}])
    result = play({"cafe": server.server}, lambda conversation: conversation.call(ask("order"), caller, at_once()))
    assert text(result) == "ordered"
    assert caller.asked == ["cafe: Milk?", "cafe: Sugar?", "cafe: Really?"]
    assert server.seen == [
        (None, {}, []),
        ("one", {"a": {"answer": "yes"}, "b": {"answer": "no"}}, ["accept", "accept"]),
        ("two", {"c": {"answer": "sure"}}, ["accept"]),
    ]


def test_a_server_that_only_wants_to_be_asked_again_is(play, person, ask):
    server = Asker(InputRequiredResult(request_state="later"))
    caller = person()
    result = play({"cafe": server.server}, lambda conversation: conversation.call(ask("order"), caller, at_once()))
    assert text(result) == "ordered"
    assert caller.asked == []
    assert [state for state, _, _ in server.seen] == [None, "later"]


def test_without_a_caller_every_question_is_cancelled(play, ask):
    server = Asker(InputRequiredResult(input_requests={"a": question("Milk?")}))
    play({"cafe": server.server}, lambda conversation: conversation.call(ask("order"), NoCaller(), at_once()))
    assert server.seen[1] == (None, {"a": None}, ["cancel"])


def test_a_server_that_never_stops_asking_is_given_up(play, person, ask):
    server = Asker(*[InputRequiredResult(input_requests={"a": question("And?")}) for _ in range(100)])
    caller = person(answers=[{}] * 100)
    result = play({"cafe": server.server}, lambda conversation: conversation.call(ask("order"), caller, at_once()))
    assert result.is_error
    assert "does not stop asking" in text(result)
    assert len(caller.asked) == 10


def test_cancelling_a_call_takes_its_question_back(play, person, ask):
    server, caller = Asker(InputRequiredResult(input_requests={"a": question("Milk?")})), person(thinks=600)
    caller.answers = [{}]

    async def scene(conversation):
        async with asyncio.TaskGroup() as tasks:
            call = tasks.create_task(conversation.call(ask("order"), caller, at_once()))
            await asyncio.sleep(1)
            call.cancel()
        await asyncio.sleep(900)
        return call.cancelled()

    assert play({"cafe": server.server}, scene)
    assert caller.answers == [{}]
    assert len(server.seen) == 1


def test_a_call_that_runs_on_without_its_reply_still_has_its_question_answered(play, person, ask):
    server, caller = Asker(InputRequiredResult(input_requests={"a": question("Milk?")})), person(thinks=600)
    caller.answers = [{"answer": "yes"}]

    async def scene(conversation):
        async with asyncio.TaskGroup() as tasks:
            call = tasks.create_task(conversation.call(ask("order"), caller, at_once()))
            await asyncio.sleep(1)
            caller.interrupted.set()
        assert "still running" in text(call.result())
        await conversation.drain()
        assert now() == 600

    play({"cafe": server.server}, scene)
    assert caller.results == [("ordered", False)]


def test_what_is_not_for_the_user_is_not_asked(play, person, ask):
    message = SamplingMessage(role="user", content=TextContent(type="text", text="Think for me"))
    sample = CreateMessageRequest(params=CreateMessageRequestParams(messages=[message], max_tokens=10))
    caller = person()
    result = play(
        {"cafe": Asker(InputRequiredResult(input_requests={"a": sample})).server},
        lambda conversation: conversation.call(ask("order"), caller, at_once()),
    )
    assert result.is_error
    assert "order has a question of its own" in text(result)
    assert caller.asked == []


def test_a_caller_that_breaks_fails_its_call_and_no_other(play, person, ask, caplog):
    class Broken(Person):
        async def elicit(self, request, server):
            raise LookupError("sesame")

    server = Asker(InputRequiredResult(input_requests={"a": question("Milk?")}))

    async def scene(conversation):
        broken = await conversation.call(ask("order"), Broken(), at_once())
        return broken, await conversation.call(ask("order"), person(), at_once())

    broken, other = play({"cafe": server.server}, scene)
    assert (broken.is_error, text(broken)) == (True, "order failed: LookupError")
    assert text(other) == "ordered"


# The time limit


@pytest.mark.parametrize(("seconds", "fails"), [(44, False), (46, True)])
def test_a_limit_of_90_seconds_is_90_seconds_of_the_machine_however_long_the_user_thinks(
    inside, info, person, ask, seconds, fails
):
    server = Asker(InputRequiredResult(input_requests={"a": question("Milk?")}), seconds=seconds)
    caller = person(answers=[{"answer": "yes"}], thinks=600)

    async def main():
        async with ToolHub({"cafe": inside(server.server, timeout=90)}) as hub:
            result = await hub.conversation(info()).call(ask("order"), caller, at_once())
            return result, now()

    result, at = run(main())
    assert result.is_error is fails
    assert at == (690 if fails else 688)
    if fails:
        assert text(result) == "order did not answer within 90 seconds and was cancelled."


def test_the_wait_for_the_commit_and_for_a_yes_is_not_on_the_machines_time(inside, info, kitchen, person, ask):
    oven, caller = kitchen(seconds=80), person(thinks=600)

    async def main():
        async with ToolHub({"kitchen": inside(oven.server, timeout=90)}) as hub:
            conversation = hub.conversation(info(), lambda hints: Decision.ASK_FIRST)
            result = await conversation.call(ask("bake"), caller, asyncio.sleep(600))
            return text(result), now()

    assert run(main()) == ("bake bread is done", 1280)


# Progress


def test_progress_is_told_in_order_and_never_after_the_result(play, person, ask):
    server, caller = MCPServer("kitchen", log_level="WARNING"), person()
    kept = []

    @server.tool(annotations=ToolAnnotations(read_only_hint=True))
    async def roast(ctx: Context) -> str:
        kept.append(ctx)
        await ctx.report_progress(1, 4, "warming up")
        await ctx.report_progress(3, 4, "roasting")
        await ctx.report_progress(2, 4, "late news")
        await ctx.report_progress(3.5, 4)
        return "done"

    async def scene(conversation):
        result = await conversation.call(ask("roast"), caller, at_once())
        await kept[0].report_progress(4, 4, "after the result")
        await asyncio.sleep(1)
        return result

    assert text(play({"kitchen": server}, scene)) == "done"
    assert caller.heard == [("warming up", 0.25), ("roasting", 0.75)]


def test_progress_is_not_told_to_a_reply_that_is_gone(play, person, ask):
    server, caller, second = MCPServer("kitchen", log_level="WARNING"), person(), person()

    @server.tool()
    async def roast(ctx: Context) -> str:
        for minute in range(1, 7):
            await asyncio.sleep(60)
            await ctx.report_progress(minute, 6, f"minute {minute}")
        return "done"

    async def scene(conversation):
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(conversation.call(ask("roast"), caller, at_once()))
            await asyncio.sleep(90)
            caller.interrupted.set()
            await asyncio.sleep(120)
            return await conversation.call(ask("roast"), second, at_once())

    assert text(play({"kitchen": server}, scene, timeout=900)) == "done"
    assert [said for said, _ in caller.heard] == ["minute 1"]
    assert [said for said, _ in second.heard] == ["minute 4", "minute 5", "minute 6"]
