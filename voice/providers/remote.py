"""What adapters of remote models share: keys, the reading of a stream, and what a vendor's failure means to us."""

import asyncio
import json
import os
import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from typing import Any, Protocol

from voice.chat import ToolCall
from voice.errors import ProviderError, ProviderMisbehaved, ProviderRejected, ProviderUnavailable
from voice.llm import LLMPart, Usage

__all__ = ["api_key", "counted", "quotable", "scrubbed", "status_failure", "streamed", "tool_call", "used_since"]

DRAIN = 0.25
"""Seconds a finished stream may take to close, so that its connection can be used again (a new TLS handshake would
cost more); a server that takes longer loses the connection, not the caller's time."""

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

    def read(self, event: Any) -> list[LLMPart]:
        """What `event` adds to the answer."""
        ...

    def check(self) -> None:
        """Raises ProviderError if the stream ended wrongly."""
        ...


async def streamed(
    provider: str, open_stream: Callable[[], Awaitable[Any]], answer: Answer
) -> AsyncGenerator[LLMPart, None]:
    """The parts of one answer. Raises ProviderError, and whatever the SDK does; closing it closes the stream.

    How long the next part is waited for is the caller's business; only the end of a complete answer is bounded here.
    """
    try:
        async with await open_stream() as stream:
            while True:
                async with asyncio.timeout(DRAIN if answer.complete else None):
                    event = await anext(stream, None)
                if event is None:
                    break
                for part in _read(provider, answer, event):
                    yield part
    except TimeoutError as error:
        if not answer.complete:
            raise ProviderUnavailable("llm", provider, "connection timed out") from error
    answer.check()


def _read(provider: str, answer: Answer, event: object) -> list[LLMPart]:
    """`answer.read(event)`; an event of another shape than documented raises ProviderMisbehaved.

    The SDKs do not validate what they receive, so a missing field shows only when it is used.
    """
    try:
        return answer.read(event)
    except (AttributeError, KeyError, TypeError) as error:
        raise ProviderMisbehaved("llm", provider, f"an event of unknown shape ({type(error).__name__})") from error


def tool_call(call: str, name: str, arguments: str | Mapping[str, Any]) -> ToolCall:
    """The call whose arguments are `arguments` as the model wrote them; `error` is set if they are no JSON object."""
    try:
        parsed = json.loads(arguments or "{}") if isinstance(arguments, str) else dict(arguments)
    except ValueError as error:
        return ToolCall(call, name, error=f"the arguments of {name} are not valid JSON: {error}")
    if not isinstance(parsed, dict):
        return ToolCall(call, name, error=f"the arguments of {name} must be a JSON object")
    return ToolCall(call, name, parsed)


def counted(usage: object, name: str) -> int:
    """The count that a server has written into field `name`; 0 where there is none."""
    value = getattr(usage, name, None)
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
