"""The empty toolbox."""

from mcp_types import CallToolRequestParams, TextContent

from toolhub.caller import NoCaller
from voice.replies.tool_calls import Commitment
from voice.tools import NoTools


async def test_a_call_where_there_are_no_tools_fails_as_a_result() -> None:
    result = await NoTools().call(CallToolRequestParams(name="book"), NoCaller(), Commitment())
    assert result.is_error
    assert result.content == [TextContent(type="text", text="there is no tool book")]
    assert NoTools().tools().tools == ()
