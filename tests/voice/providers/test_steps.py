from voice.chat import AgentMessage, Chat, ToolCall, ToolResult, UserMessage
from voice.providers.steps import AgentStep, UserStep, alternating, steps

SEARCH = ToolCall("1", "search", {"day": "Monday"})
BOOK = ToolCall("2", "book")
FOUND = ToolResult("1", "search", "two tables")
BOOKED = ToolResult("2", "book", "done")


def of(*items):
    return steps(Chat("", items))


def for_vendors(*items):
    return alternating(Chat("", items))


def test_messages_of_one_side_in_a_row_become_one():
    said = of(UserMessage("one"), UserMessage("two"), AgentMessage("three"), AgentMessage("four"), UserMessage("five"))
    assert [UserStep("one two"), AgentStep("three four"), UserStep("five")] == said


def test_a_greeting_gets_a_user_before_it():
    first, *rest = for_vendors(AgentMessage("Hello, this is the café."), UserMessage("hi"))
    assert isinstance(first, UserStep)
    assert [AgentStep("Hello, this is the café."), UserStep("hi")] == rest


def test_a_chat_that_ends_with_the_agent_gets_a_silent_user():
    assert isinstance(for_vendors(UserMessage("hi"), AgentMessage("hello"))[-1], UserStep)


def test_an_empty_chat_has_one_user_step():
    assert len(for_vendors()) == 1
    assert of() == []


def test_results_of_parallel_calls_are_paired_in_whatever_order_they_came():
    assert [UserStep("go"), AgentStep("", ((SEARCH, FOUND), (BOOK, BOOKED)))] == of(
        UserMessage("go"), SEARCH, BOOK, BOOKED, FOUND
    )


def test_calls_one_after_the_other_are_steps_of_their_own():
    assert [UserStep("go"), AgentStep("", ((SEARCH, FOUND),)), AgentStep("", ((BOOK, BOOKED),))] == of(
        UserMessage("go"), SEARCH, FOUND, BOOK, BOOKED
    )


def test_a_filler_spoken_while_a_tool_runs_stays_before_its_result():
    assert [UserStep("go"), AgentStep("One moment.", ((SEARCH, FOUND),)), AgentStep("There is."), UserStep("ok")] == of(
        UserMessage("go"), SEARCH, AgentMessage("One moment."), FOUND, AgentMessage("There is."), UserMessage("ok")
    )


def test_a_call_without_a_result_gets_one_that_is_an_error():
    step = of(UserMessage("go"), SEARCH, UserMessage("stop"))[1]
    assert isinstance(step, AgentStep)
    assert [(result.id, result.is_error) for _, result in step.calls] == [("1", True)]


def test_a_result_without_a_call_and_words_nobody_heard_are_left_out():
    assert [UserStep("go on")] == of(UserMessage("go"), FOUND, AgentMessage("  "), UserMessage("on"))
