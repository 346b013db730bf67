"""Streamable HTTP to MCP servers, in a way that one failed request is one failed call.

The SDK (2.3) lets a transport error out of its task group, which closes the whole client: every call in flight and ever
after (its issues 3522, 3560, 915). `ErrorIsolation` answers for the network instead, with a JSON-RPC error.
"""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any, Self

import httpx2
from mcp.client.streamable_http import streamable_http_client

__all__ = ["SESSION_LOST", "UNAUTHORIZED", "UNREACHABLE", "ErrorIsolation", "HTTPPool"]

UNREACHABLE = -39001
"""Our own JSON-RPC code, outside every range MCP uses: the request did not get through, or the server is ailing."""
SESSION_LOST = -39002
"""The server does not know our session any more (it was restarted); it has not looked at the request."""
UNAUTHORIZED = -39003
"""The server does not accept our credentials; it has not looked at the request."""

_SESSION_HEADER = "mcp-session-id"
_TIMEOUT = httpx2.Timeout(10.0, connect=2.0, read=300.0)
"""Seconds. `read` is long because a stream is silent while a tool works; calls have their own limits."""
_LIMITS = httpx2.Limits(max_connections=1000, max_keepalive_connections=20)
"""Every call that streams holds a connection; the default of 100 would make calls queue."""


class ErrorIsolation(httpx2.AsyncBaseTransport):
    """Passes requests on; turns what would kill the SDK's client into responses with a JSON-RPC error.

    Never raises `httpx2.TransportError`. Closing it leaves the inner transport, which others share, open.
    """

    def __init__(self, inner: httpx2.AsyncBaseTransport) -> None:
        self._inner = inner

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send `request`."""
        try:
            response = await self._inner.handle_async_request(request)
        except httpx2.TransportError as error:
            return _answer(503, UNREACHABLE, _reason(error))
        if response.status_code == 404 and _SESSION_HEADER in request.headers and request.method == "POST":
            await response.aclose()
            return _answer(404, SESSION_LOST, "the server was restarted")
        if response.status_code in (401, 403, 407, 429) or response.status_code >= 500:
            return await _in_words(response)
        return response


async def _in_words(response: httpx2.Response) -> httpx2.Response:
    """An HTTP refusal as a JSON-RPC error naming the status, which the SDK would drop; MCP's own errors pass."""
    try:
        body = await response.aread()
    except httpx2.TransportError as error:
        return _answer(503, UNREACHABLE, _reason(error))
    finally:
        await response.aclose()
    try:
        is_rpc = "jsonrpc" in json.loads(body)
    except (ValueError, TypeError):
        is_rpc = False
    if is_rpc:
        headers = {"content-type": "application/json"}
        return httpx2.Response(response.status_code, headers=headers, content=body)
    phrase = f"HTTP {response.status_code} {response.reason_phrase}".strip()
    hint = ": check `headers`" if response.status_code in (401, 403) else ""
    code = UNAUTHORIZED if response.status_code == 401 else UNREACHABLE
    return _answer(response.status_code, code, phrase + hint)


def _answer(status: int, code: int, message: str) -> httpx2.Response:
    error = {"jsonrpc": "2.0", "id": None, "error": {"code": code, "message": message}}
    return httpx2.Response(status, json=error)


def _reason(error: httpx2.TransportError) -> str:
    match error:
        case httpx2.ConnectTimeout() | httpx2.ConnectError():
            return "cannot be reached"
        case httpx2.TimeoutException():
            return "did not answer in time"
        case _:
            return "the connection broke"


class HTTPPool:
    """One pool of connections (and one TLS trust store, 0.1 s to load) for all servers. An async context manager."""

    def __init__(self) -> None:
        self._inner: httpx2.AsyncHTTPTransport | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._inner is not None:
            await self._inner.aclose()
            self._inner = None

    @asynccontextmanager
    async def streams(self, url: str, headers: Mapping[str, str]) -> AsyncIterator[Any]:
        """The SDK's pair of message streams to the server at `url`; `headers` go with every request.

        (`Any` because the SDK keeps the type of the pair private.)
        """
        if self._inner is None:
            self._inner = httpx2.AsyncHTTPTransport(limits=_LIMITS)
        client = httpx2.AsyncClient(transport=ErrorIsolation(self._inner), headers=dict(headers), timeout=_TIMEOUT)
        async with client, streamable_http_client(url, http_client=client) as streams:
            yield streams
