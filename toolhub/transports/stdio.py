"""MCP servers as child processes: what they write to stderr goes to the log, and their end is noticed at once."""

import asyncio
import logging
import os
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from types import TracebackType
from typing import IO, Any, Self

import anyio
from mcp import StdioServerParameters, stdio_client

from toolhub.errors import CannotStart

__all__ = ["Stderr", "redacted", "streams"]

_LINE = 2_000
"""Characters of one line that are kept."""
_LAST_WORDS = 0.2
"""Seconds to read what is left on stderr after the child has ended."""


def redacted(text: str, secrets: Iterable[str]) -> str:
    """`text` with every one of `secrets` replaced."""
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, "***")
    return text


class Stderr:
    """What a child writes to stderr: every line to `logger`, and `last`, the last line, for error messages."""

    def __init__(self, logger: logging.Logger, secrets: frozenset[str]) -> None:
        self._logger = logger
        self._secrets = secrets
        self._lines: deque[str] = deque(maxlen=1)

    @property
    def last(self) -> str | None:
        """The last line that was not empty; of a Python traceback that is the exception."""
        return self._lines[-1] if self._lines else None

    async def read(self, pipe: IO[bytes]) -> None:
        """Read `pipe` to its end and close it."""
        reader = asyncio.StreamReader()
        protocol = asyncio.StreamReaderProtocol(reader)
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, pipe)
        rest = b""
        try:
            while chunk := await reader.read(4096):
                *lines, rest = (rest + chunk).split(b"\n")
                rest = rest[:_LINE]
                for line in lines:
                    self._take(line)
            self._take(rest)
        finally:
            transport.close()

    def _take(self, line: bytes) -> None:
        text = redacted(line[:_LINE].decode("utf-8", "replace").strip(), self._secrets)
        if text:
            self._lines.append(text)
            self._logger.info("%s", text)


@asynccontextmanager
async def streams(params: StdioServerParameters, stderr: Stderr, ended: Callable[[], None]) -> AsyncIterator[Any]:
    """The SDK's pair of message streams to a new child; `ended` is called when the child closes its stdout.

    (`Any` because the SDK keeps the type of the pair private.)

    Raises:
        CannotStart: no such command or folder, or not ours to run (inside an ExceptionGroup, as anyio has it).
    """
    read_end, write_end = os.pipe()
    with os.fdopen(read_end, "rb", buffering=0) as pipe, os.fdopen(write_end, "w") as errlog:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(stderr.read, pipe)
            async with AsyncExitStack() as child:
                try:
                    read, write = await child.enter_async_context(stdio_client(params, errlog=errlog))
                except (FileNotFoundError, NotADirectoryError, PermissionError) as error:
                    raise CannotStart(f"cannot be started: {error.strerror}: {error.filename}") from error
                errlog.close()  # or the pipe would not end with the child
                yield _Watched(read, ended), write
            # The child is gone; a grandchild may still hold the pipe.
            tasks.cancel_scope.deadline = anyio.current_time() + _LAST_WORDS


class _Watched:
    """The read stream, calling `ended` when it is at its end: the SDK's client does not tell."""

    def __init__(self, inner: Any, ended: Callable[[], None]) -> None:
        self._inner = inner
        self._ended = ended

    async def receive(self) -> Any:
        return await self._inner.receive()

    async def aclose(self) -> None:
        await self._inner.aclose()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Any:
        try:
            return await self._inner.__anext__()
        except StopAsyncIteration:
            self._ended()
            raise

    async def __aenter__(self) -> Self:
        await self._inner.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._inner.__aexit__(kind, error, trace)
