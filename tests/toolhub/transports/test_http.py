"""`ErrorIsolation`: whatever the network does to one request, the SDK's client and the other calls live on."""

import asyncio

import httpx2
import pytest
from mcp import Client, MCPError
from mcp.client.streamable_http import streamable_http_client
from mcp.server import MCPServer

from toolhub.transports.http import SESSION_LOST, UNAUTHORIZED, UNREACHABLE, ErrorIsolation, HTTPPool

KINDS = [httpx2.ConnectError, httpx2.ReadError, httpx2.ReadTimeout, httpx2.RemoteProtocolError]


class Flaky(httpx2.AsyncBaseTransport):
    """A real transport that fails the next request that calls the tool `add`, once `failure` is set."""

    def __init__(self):
        self.inner, self.failure = httpx2.AsyncHTTPTransport(), None

    async def handle_async_request(self, request):
        if self.failure is not None and b'"add"' in request.content:
            failure, self.failure = self.failure, None
            raise failure("the network is down", request=request)
        return await self.inner.handle_async_request(request)

    async def aclose(self):
        await self.inner.aclose()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_a_failed_request_fails_that_call_only(serving, kind, mode):
    started, finish = asyncio.Event(), asyncio.Event()
    server = MCPServer("web", log_level="WARNING")

    @server.tool()
    async def wait() -> str:
        started.set()
        await finish.wait()
        return "done"

    @server.tool()
    def add(a: int) -> int:
        return a + 1

    flaky = Flaky()
    async with (
        serving(server.streamable_http_app()) as url,
        flaky,
        httpx2.AsyncClient(transport=ErrorIsolation(flaky)) as http,
        asyncio.timeout(5),
        Client(streamable_http_client(url, http_client=http), mode=mode, cache=None) as client,
        asyncio.TaskGroup() as tasks,
    ):
        waiting = tasks.create_task(client.call_tool("wait", {}))
        await started.wait()
        flaky.failure = kind
        with pytest.raises(MCPError) as caught:
            await client.call_tool("add", {"a": 1})
        assert caught.value.error.code == UNREACHABLE
        assert (await client.call_tool("add", {"a": 1})).structured_content == {"result": 2}
        finish.set()
        assert (await waiting).structured_content == {"result": "done"}


def answering(status, *, headers=None, content=b"", sse=False):
    def handle(request):
        return httpx2.Response(status, headers=headers, content=content)

    return ErrorIsolation(httpx2.MockTransport(handle))


async def post(transport, headers=None):
    async with httpx2.AsyncClient(transport=transport) as client:
        return await client.post("http://shop.example/mcp", headers=headers, content=b"{}")


@pytest.mark.parametrize(
    ("status", "code", "message"),
    [
        (401, UNAUTHORIZED, "HTTP 401 Unauthorized: check `headers`"),
        (403, UNREACHABLE, "HTTP 403 Forbidden: check `headers`"),
        (429, UNREACHABLE, "HTTP 429 Too Many Requests"),
        (502, UNREACHABLE, "HTTP 502 Bad Gateway"),
    ],
)
async def test_a_refusal_becomes_an_error_that_names_the_status(status, code, message):
    response = await post(answering(status, content=b"<html>secrets inside</html>"))
    assert response.status_code == status
    assert response.json()["error"] == {"code": code, "message": message}


async def test_an_error_in_mcps_own_words_is_passed_on():
    body = b'{"jsonrpc": "2.0", "id": 1, "error": {"code": -32603, "message": "ouch"}}'
    response = await post(answering(500, content=body))
    assert response.json()["error"]["message"] == "ouch"


async def test_a_session_that_is_not_known_any_more_has_a_code_of_its_own():
    response = await post(answering(404), headers={"Mcp-Session-Id": "abc"})
    assert response.json()["error"]["code"] == SESSION_LOST
    assert (await post(answering(404))).content == b""


async def test_closing_one_client_leaves_the_pool_to_the_others(serving):
    server = MCPServer("web", log_level="WARNING")
    async with serving(server.streamable_http_app()) as url, HTTPPool() as pool:
        for _ in range(2):
            async with Client(pool.streams(url, {}), cache=None) as client:
                assert (await client.list_tools()).tools == []
