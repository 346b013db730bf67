"""The empty toolbox."""

from mcp_types import TextContent

from voice.tools import NoTools


async def test_a_call_where_there_are_no_tools_fails_as_a_result():
    result = await NoTools().call("book", {})
    assert result.is_error
    assert result.content == [TextContent(type="text", text="there is no tool book")]
    assert list(NoTools().tools) == []
