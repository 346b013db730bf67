"""What adapters of remote models share: keys, the reading of a stream, and what a vendor's failure means to us."""

import asyncio
import os
import re
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any, Protocol
from uuid import uuid4

import httpx2

from voice.chat import Chat, ToolCall, ToolResult
from voice.errors import ProviderError, ProviderMisbehaved, ProviderRejected, ProviderUnavailable
from voice.llm import LLMPart, Usage
from voice.providers.arguments import read_arguments
from voice.providers.server_sent_events import EventReader
from voice.streams import closing

__all__ = [
    "CallIds",
    "api_key",
    "counted",
    "quotable",
    "scrubbed",
    "status_failure",
    "streamed",
    "tool_call",
    "used_since",
]

DRAIN = 0.25
"""Seconds a finished stream may take to close, so that its connection can be used again (a new TLS handshake would
cost more); a server that takes longer loses the connection, not the caller's time."""

_OWN_ID = 9
"""Letters and digits; the one length that all vendors take."""
_LONGEST_DETAIL = 300
_KEY = re.compile(r"\b(?:sk|pk|key|Bearer)[-_ ][\w*.-]{6,}", re.IGNORECASE)
_RETRYABLE_4XX = frozenset({408, 409, 425, 429})


def api_key(provider: str, variable: str, *, required: bool = True) -> str | None:
    """The key in environment variable `variable`. Raises ProviderRejected when it is required and not there."""
    key = os.environ.get(variable, "").strip()
    if not key and required:
        raise ProviderRejected("llm", provider, f"no API key: set the environment variable {variable}")
    return key or None


def scrubbed(detail: str, secret: str | None) -> str:
    """`detail` on one line, of bounded length, without `secret` and without what looks like a key."""
    text = " ".join(detail.split())
    if secret:
        text = text.replace(secret, "***")
    text = _KEY.sub("***", text)
    return text if len(text) <= _LONGEST_DETAIL else text[:_LONGEST_DETAIL] + "..."


def quotable(error: Exception, secret: str | None) -> Exception | None:
    """`error` as the cause to show in a traceback; None if the server has put `secret` into it."""
    return None if secret and secret in str(error) else error


def status_failure(provider: str, status: int, detail: str) -> ProviderError:
    """What HTTP `status` means: overload, time-out and 5xx may pass later, other 4xx will not."""
    message = f"HTTP {status}: {detail}"
    if status >= 500 or status in _RETRYABLE_4XX:
        return ProviderUnavailable("llm", provider, message)
    if status >= 400:
        return ProviderRejected("llm", provider, message)
    return ProviderMisbehaved("llm", provider, message)


class Answer(Protocol):
    """A vendor's stream, folded."""

    complete: bool
    """All of it has come; the vendor may still send the end of the stream."""

    @property
    def run_on(self) -> bool:
        """All of it has come, and the model goes on with something else: no more is read."""
        ...

    def read(self, event: Any) -> list[LLMPart]:
        """What `event` adds to the answer: a JSON value, or DONE. Raises ProviderError for one that tells a failure."""
        ...

    def end(self) -> list[LLMPart]:
        """What was held back until the end of the stream. Raises ProviderError if the stream ended wrongly."""
        ...


async def streamed(
    provider: str, open_stream: Callable[[], Awaitable[Any]], answer: Answer
) -> AsyncGenerator[LLMPart, None]:
    """The parts of one answer. Raises ProviderError, and whatever the SDK does; closing it closes the stream.

    `open_stream` returns the SDK's stream, whose response is read here: an event of another shape than documented
    raises ProviderMisbehaved. How long the next part is waited for is the caller's business; only the end of a
    complete answer is bounded here.
    """
    reader = EventReader()
    try:
        async with await open_stream() as stream, closing(stream.response.aiter_bytes()) as body:
            while True:
                async with asyncio.timeout(DRAIN if answer.complete else None):
                    more = await anext(body, None)
                for part in _parts(provider, answer, reader, more):
                    yield part
                if more is None or answer.run_on:
                    break
    except TimeoutError as error:
        if not answer.complete:
            raise ProviderUnavailable("llm", provider, "connection timed out") from error
    except httpx2.HTTPError:
        if not answer.complete:
            raise
    for part in answer.end():
        yield part


def _parts(provider: str, answer: Answer, reader: EventReader, more: bytes | None) -> list[LLMPart]:
    try:
        events = reader.flush() if more is None else reader.push(more)
        return [part for event in events for part in answer.read(event)]
    except (AttributeError, KeyError, TypeError) as error:
        raise ProviderMisbehaved("llm", provider, f"an event of unknown shape ({type(error).__name__})") from error


def tool_call(call: str, name: str, sent: object) -> ToolCall:
    """The call with the arguments that `sent` stands for; `error` is set, for the model, if they cannot be read."""
    try:
        return ToolCall(call, name, read_arguments(sent, name))
    except ValueError as error:
        return ToolCall(call, name, error=f"the arguments of {name} are not valid JSON: {error}")


class CallIds:
    """Gives every call an id of its own: the vendor's, unless it is missing or was used in the conversation before."""

    def __init__(self, chat: Chat) -> None:
        self._taken = {item.id for item in chat.items if isinstance(item, ToolCall | ToolResult)}

    def own(self, sent: object) -> str:
        """The id of another call, which came with `sent`."""
        call = sent if isinstance(sent, str) else ""
        while not call or call in self._taken:
            call = uuid4().hex[:_OWN_ID]
        self._taken.add(call)
        return call


def counted(usage: object, name: str) -> int:
    """The count that a server has written into field `name`; 0 where there is none."""
    value = usage.get(name) if isinstance(usage, dict) else None
    return value if isinstance(value, int) else 0


def used_since(before: Usage, now: Usage) -> tuple[Usage, list[LLMPart]]:
    """The highest counts of `before` and `now`, both from the beginning, and a part for what is new."""
    total = Usage(
        max(before.input_tokens, now.input_tokens),
        max(before.output_tokens, now.output_tokens),
        max(before.cached_tokens, now.cached_tokens),
    )
    more = Usage(
        total.input_tokens - before.input_tokens,
        total.output_tokens - before.output_tokens,
        total.cached_tokens - before.cached_tokens,
    )
    return total, [] if more == Usage(0, 0) else [more]
