import json

from mcp_types import Tool

from voice.chat import AgentMessage, Chat, ToolCall, ToolResult, UserMessage
from voice.providers.openai.request import messages, tools
from voice.providers.tool_names import ToolNames

NAMES = ToolNames(["cafe.search", "book"])


def test_a_tool_keeps_its_whole_schema_and_always_has_properties():
    schema = {"$defs": {"D": {"enum": [1]}}, "properties": {"d": {"$ref": "#/$defs/D"}}}
    assert [
        {
            "type": "function",
            "function": {"name": "cafe_search", "description": "d", "parameters": {"type": "object"} | schema},
        },
        {"type": "function", "function": {"name": "book", "parameters": {"type": "object", "properties": {}}}},
    ] == tools(
        [Tool(name="cafe.search", description="d", input_schema=schema), Tool(name="book", input_schema={})], NAMES
    )


def test_a_conversation_with_parallel_calls():
    chat = Chat(
        "be kind",
        (
            UserMessage("Book it"),
            ToolCall("1", "cafe.search", {"day": "Montag ü"}),
            ToolCall("2", "book"),
            ToolResult("2", "book", "full", is_error=True),
            ToolResult("1", "cafe.search", "two"),
            AgentMessage("There are two.", interrupted=True),
            UserMessage("ok"),
        ),
    )
    system, user, said, first, second, answer, last = messages(chat, NAMES)
    assert system == {"role": "system", "content": "be kind"}
    assert user == {"role": "user", "content": "Book it"}
    assert (said["role"], said["content"]) == ("assistant", None)
    assert [(c["id"], c["function"]["name"]) for c in said["tool_calls"]] == [("1", "cafe_search"), ("2", "book")]
    assert json.loads(said["tool_calls"][0]["function"]["arguments"]) == {"day": "Montag ü"}
    assert [(m["tool_call_id"], m["content"]) for m in (first, second)] == [("1", "two"), ("2", "full")]
    assert answer == {"role": "assistant", "content": "There are two."}
    assert last == {"role": "user", "content": "ok"}


def test_no_instructions_are_no_system_message_and_the_user_speaks_first():
    assert [m["role"] for m in messages(Chat("", (AgentMessage("hello"),)), NAMES)] == ["user", "assistant", "user"]
