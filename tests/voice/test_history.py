"""The record of a conversation: snapshots, revisions, folds."""

from voice.chat import AgentMessage, Note, Summary, ToolCall, ToolResult, UserMessage
from voice.history import History
from voice.history_budget import Fold

CALL = ToolCall("1", "book")
RUNNING, DONE = ToolResult("1", "book", "still running", pending=True), ToolResult("1", "book", "done")


def test_a_snapshot_does_not_change_when_the_conversation_goes_on() -> None:
    history = History("x")
    history.add(UserMessage("hello"))
    before = history.chat
    history.add(AgentMessage("hi"))
    assert before.items == (UserMessage("hello"),)


def test_a_late_result_takes_the_place_of_its_placeholder() -> None:
    history = History("x")
    history.add(CALL, RUNNING, UserMessage("well?"))
    history.replace_result(DONE)
    assert history.chat.items == (CALL, DONE, UserMessage("well?"))


def test_a_note_is_an_item() -> None:
    history = History("x")
    history.note("The caller is a member.", "crm")
    assert history.chat.items == (Note("The caller is a member.", "crm"),)


def test_every_change_of_what_happened_is_a_new_revision_and_nothing_else_is() -> None:
    history = History("x")
    seen = [history.revision]
    for change in (
        lambda: history.add(UserMessage("hello"), CALL, RUNNING),
        lambda: history.replace_result(DONE),
        lambda: history.note("late"),
        lambda: history.add(UserMessage("so")),
    ):
        change()
        seen.append(history.revision)
    assert seen == sorted(set(seen))
    history.add()
    history.replace_result(ToolResult("unknown", "book", "done"))
    history.replace_result(DONE)
    assert history.fold(Fold((UserMessage("hello"),), ()), "greeting")
    assert history.revision == seen[-1]


def test_a_fold_leaves_alone_what_came_since_and_takes_a_result_that_came_since() -> None:
    history = History("x")
    history.add(UserMessage("book"), CALL, RUNNING, UserMessage("and?"))
    fold = Fold(history.chat.items[:3], (1, 2))
    history.replace_result(DONE)
    history.add(AgentMessage("Booked."))
    assert history.fold(fold, "wants to book")
    assert history.chat.items == (Summary("wants to book"), CALL, DONE, UserMessage("and?"), AgentMessage("Booked."))


def test_a_fold_of_something_else_changes_nothing() -> None:
    history = History("x")
    history.add(UserMessage("hello"))
    before = history.chat
    assert not history.fold(Fold((UserMessage("other"),), ()), "s")
    assert not history.fold(Fold((UserMessage("hello"), AgentMessage("hi")), ()), "s")
    assert history.chat is before
