"""The chat holds what happened, in order."""

from mcp_types import CallToolResult, ImageContent, TextContent

from voice.chat import AgentMessage, Chat, ChatContext, ToolCall, ToolResult, UserMessage, result_text


def test_user_messages_that_follow_each_other_become_one() -> None:
    chat = Chat("x").plus(UserMessage("a table"), UserMessage("for two"))
    assert chat.items == (UserMessage("a table for two"),)


def test_a_snapshot_does_not_change_when_the_conversation_goes_on() -> None:
    context = ChatContext("x")
    context.add(UserMessage("hello"))
    before = context.chat
    context.add(AgentMessage("hi"))
    assert before.items == (UserMessage("hello"),)


def test_a_late_result_takes_the_place_of_its_placeholder() -> None:
    context = ChatContext("x")
    context.add(ToolCall("1", "book"), ToolResult("1", "book", "still running"), UserMessage("well?"))
    context.settle(ToolResult("1", "book", "done"))
    assert context.chat.items == (ToolCall("1", "book"), ToolResult("1", "book", "done"), UserMessage("well?"))


def test_the_model_reads_text_before_structure_and_is_told_of_what_it_cannot_read() -> None:
    text = TextContent(type="text", text="Two tables.")
    assert result_text(CallToolResult(content=[text], structured_content={"n": 2})) == "Two tables."
    assert result_text(CallToolResult(content=[], structured_content={"n": 2})) == '{"n": 2}'
    image = ImageContent(type="image", data="", mime_type="image/png")
    assert "image" in result_text(CallToolResult(content=[image]))
    assert "nothing" in result_text(CallToolResult(content=[]))
