"""A small HTTP/1.1 server on a loopback socket that can misbehave at any byte: hang, stall, cut, send rubbish."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Self

BOUND = 10.0
"""Seconds after which a wait in a test has failed."""


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: Any


class Exchange:
    """One response being written."""

    def __init__(self, request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.request = request
        self._reader = reader
        self._writer = writer

    async def send_json(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        """A whole response."""
        payload = json.dumps(body).encode()
        lines = {"content-type": "application/json", "content-length": str(len(payload))} | (headers or {})
        self._head(status, lines)
        self._writer.write(payload)
        await self._writer.drain()

    async def begin_stream(self) -> None:
        """The head of a server-sent event stream, chunked."""
        self._head(200, {"content-type": "text/event-stream; charset=utf-8", "transfer-encoding": "chunked"})
        await self._writer.drain()

    async def send(self, data: str) -> None:
        """One chunk of the stream."""
        payload = data.encode()
        self._writer.write(f"{len(payload):x}\r\n".encode() + payload + b"\r\n")
        await self._writer.drain()

    async def end_stream(self) -> None:
        """The regular end of the stream."""
        self._writer.write(b"0\r\n\r\n")
        await self._writer.drain()

    def cut(self) -> None:
        """The connection is gone, in the middle of whatever it was."""
        self._writer.transport.abort()

    async def wait_closed(self) -> None:
        """Returns when the client has hung up."""
        with suppress(ConnectionError):
            while await self._reader.read(1024):
                pass

    def _head(self, status: int, headers: dict[str, str]) -> None:
        lines = [f"HTTP/1.1 {status} Status", *(f"{name}: {value}" for name, value in headers.items())]
        self._writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())


class LoopbackServer:
    """`async with` it; every request goes to `respond`. `hung_up` is set when a client left in mid-answer."""

    def __init__(self, respond: Callable[[Exchange], Awaitable[None]]) -> None:
        self._respond = respond
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None] | None] = set()
        self.requests: list[Request] = []
        self.connections = 0
        self.hung_up = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        tasks = [task for task in self._tasks if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    @property
    def url(self) -> str:
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        self._tasks.add(task)
        self.connections += 1
        try:
            while (request := await _read_request(reader)) is not None:
                self.requests.append(request)
                exchange = Exchange(request, reader, writer)
                await self._respond(exchange)
        except (ConnectionError, asyncio.IncompleteReadError):
            self.hung_up.set()
        except asyncio.CancelledError:
            pass  # the server closes; asyncio would log it as an unhandled error of the connection
        finally:
            self._tasks.discard(task)
            writer.close()


async def _read_request(reader: asyncio.StreamReader) -> Request | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.strip().split("\r\n")
    method, path, _ = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Request(method, path, headers, json.loads(body) if body else None)
