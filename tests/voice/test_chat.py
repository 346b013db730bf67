"""The chat holds what happened, in order."""

import pytest
from mcp_types import CallToolResult, ImageContent, TextContent

from voice.chat import Chat, ImageLink, ImagePart, Note, UserMessage, result_text


def test_user_messages_that_follow_each_other_become_one() -> None:
    chat = Chat("x").plus(UserMessage("a table"), UserMessage("for two"))
    assert chat.items == (UserMessage("a table for two"),)


def test_joined_user_messages_keep_all_images() -> None:
    photo, link = ImagePart("image/png", b"x"), ImageLink("https://example.org/x.png")
    chat = Chat("x").plus(UserMessage("this", (photo,)), UserMessage("and this", (link,)))
    assert chat.items == (UserMessage("this and this", (photo, link)),)


def test_a_note_stands_between_user_messages() -> None:
    items = (UserMessage("one"), Note("The line is bad."), UserMessage("two"))
    assert Chat("x").plus(*items).items == items


def test_an_image_that_no_model_takes_is_refused() -> None:
    with pytest.raises(ValueError, match="image/tiff"):
        ImagePart("image/tiff", b"x")


def test_the_model_reads_text_before_structure_and_is_told_of_what_it_cannot_read() -> None:
    text = TextContent(type="text", text="Two tables.")
    assert result_text(CallToolResult(content=[text], structured_content={"n": 2})) == "Two tables."
    assert result_text(CallToolResult(content=[], structured_content={"n": 2})) == '{"n": 2}'
    image = ImageContent(type="image", data="", mime_type="image/png")
    assert "image" in result_text(CallToolResult(content=[image]))
    assert "nothing" in result_text(CallToolResult(content=[]))
