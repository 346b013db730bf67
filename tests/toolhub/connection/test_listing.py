import pytest
from mcp import Client, MCPError
from mcp.server import MCPServer, Server
from mcp_types import INTERNAL_ERROR, ListToolsResult, Tool

from toolhub.connection.listing import list_tools, warm


def paged(pages):
    async def on_list(ctx, params):
        number = int(params.cursor) if params and params.cursor else 0
        tool = Tool(name=f"tool{number}", input_schema={"type": "object"})
        return ListToolsResult(tools=[tool], next_cursor=str(number + 1) if number + 1 < pages else None)

    return Server("paged", on_list_tools=on_list)


async def test_all_pages_are_read():
    async with Client(paged(5), cache=None) as client:
        assert [tool.name for tool in await list_tools(client.session)] == [f"tool{i}" for i in range(5)]


async def test_a_list_without_end_is_given_up():
    async with Client(paged(10**9), cache=None) as client:
        assert len(await list_tools(client.session)) == 100


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_a_server_without_tools_has_none(mode):
    async with Client(Server("bare"), cache=None, mode=mode) as client:
        assert await list_tools(client.session) == ()


async def test_other_errors_are_errors():
    async def on_list(ctx, params):
        raise MCPError(code=INTERNAL_ERROR, message="the list is lost")

    async with Client(Server("broken", on_list_tools=on_list), cache=None) as client:
        with pytest.raises(MCPError, match="the list is lost"):
            await list_tools(client.session)


async def test_warming_calls_no_tool():
    server = MCPServer("cold", log_level="WARNING")

    @server.tool()
    def add(a: int) -> int:
        raise NotImplementedError

    async with Client(server, cache=None) as client:
        tools = await list_tools(client.session)
        assert tools[0].output_schema is not None
        await warm(client.session, tools)
