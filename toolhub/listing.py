"""What a server offers, read to the last page, and made ready for the first call."""

from mcp import MCPError
from mcp.client import ClientSession
from mcp_types import METHOD_NOT_FOUND, CallToolResult, PaginatedRequestParams, Tool

__all__ = ["list_tools", "warm"]

_MOST_PAGES = 100
"""A list that never ends must not keep us for ever."""


async def list_tools(session: ClientSession) -> tuple[Tool, ...]:
    """All pages; nothing from a server that has no tools."""
    tools: list[Tool] = []
    cursor: str | None = None
    for _ in range(_MOST_PAGES):
        try:
            page = await session.list_tools(params=PaginatedRequestParams(cursor=cursor) if cursor else None)
        except MCPError as error:
            if error.code == METHOD_NOT_FOUND:
                return ()
            raise
        tools.extend(page.tools)
        cursor = page.next_cursor
        if cursor is None:
            break
    return tuple(tools)


async def warm(session: ClientSession, tools: tuple[Tool, ...]) -> None:
    """Have the SDK import its validator and compile the output schemas now rather than in the first call."""
    nothing = CallToolResult(content=[], structured_content={})
    for tool in tools:
        if tool.output_schema is not None:
            try:
                await session.validate_tool_result(tool.name, nothing)
            except RuntimeError:
                continue  # as expected: nothing fits no schema; the compiled validator stays
