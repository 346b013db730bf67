"""What a server offers, read to the last page, and made ready for the first call."""

import re

from mcp import MCPError
from mcp.client import ClientSession
from mcp_types import (
    METHOD_NOT_FOUND,
    CallToolRequest,
    CallToolRequestParams,
    CallToolResult,
    PaginatedRequestParams,
    Tool,
)
from mcp_types.methods import validate_server_result
from mcp_types.version import LATEST_HANDSHAKE_VERSION

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
    """Do now what the SDK would put off until the first call: import its validator, compile models and schemas.

    Calls no tool. (`python -m tests.bench.first_tool_call` shows what is left.)
    """
    request = CallToolRequest(params=CallToolRequestParams(name="none", arguments={}))
    request.model_dump(by_alias=True, mode="json", exclude_none=True)
    nothing = CallToolResult(content=[], structured_content={})
    validate_server_result(
        "tools/call",
        session.protocol_version or LATEST_HANDSHAKE_VERSION,
        nothing.model_dump(by_alias=True, mode="json", exclude_none=True),
    )
    for tool in tools:
        if tool.output_schema is not None:
            try:
                await session.validate_tool_result(tool.name, nothing)
            except (RuntimeError, re.error):
                continue  # as expected: nothing fits no schema; the compiled validator stays
