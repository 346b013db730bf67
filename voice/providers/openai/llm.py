"""Chat completions through OpenAI's SDK, from OpenAI or from any server that speaks its protocol more or less."""

import json
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Literal
from uuid import uuid4

import httpx2
import openai
from mcp_types import Tool

from voice.chat import Chat
from voice.errors import ProviderError, ProviderMisbehaved, ProviderRejected, ProviderUnavailable
from voice.llm import LLMPart, TextDelta, ToolCallBegan, ToolChoice, Usage
from voice.providers.openai import request
from voice.providers.remote import (
    api_key,
    counted,
    quotable,
    scrubbed,
    status_failure,
    streamed,
    tool_call,
    used_since,
)
from voice.providers.tool_names import ToolNames

__all__ = ["OpenAILLM"]

_PROVIDER = "openai"
_FINAL = frozenset({"insufficient_quota", "invalid_request_error", "invalid_api_key", "billing_not_active"})
"""Error codes and types that come with a status, or in a stream, that looks retryable but is not."""


class OpenAILLM:
    """One instance serves any number of conversations on one event loop; `aclose` frees its connections.

    `api_key_env` names the environment variable that holds the key; with a `base_url` it may be unset. `max_tokens`,
    `temperature` and `reasoning_effort` are sent only if given: compatible servers differ in what they know. For the
    same reason one with a `base_url` is sent images only with `vision`, and asked to count tokens only with `usage`;
    OpenAI's own always.
    Raises ProviderRejected when there is neither key nor base URL.
    """

    def __init__(
        self,
        model: str,
        *,
        api_key_env: str = "OPENAI_API_KEY",
        base_url: str | None = None,
        max_tokens: int | None = None,
        temperature: float | None = None,
        reasoning_effort: Literal["none", "minimal", "low", "medium", "high"] | None = None,
        vision: bool = False,
        usage: bool = False,
    ) -> None:
        self._key = api_key(_PROVIDER, api_key_env, required=base_url is None)
        # OpenAI's newer models refuse max_tokens, other servers do not know its successor.
        limit = "max_completion_tokens" if base_url is None else "max_tokens"
        given = {limit: max_tokens, "temperature": temperature, "reasoning_effort": reasoning_effort}
        self._options: dict[str, Any] = {"model": model} | {k: v for k, v in given.items() if v is not None}
        if usage or base_url is None:
            self._options["stream_options"] = {"include_usage": True}
        self._vision = vision or base_url is None
        # The SDK insists on a key. Retries are the session's business, and time limits must run on the loop's clock.
        key = self._key or "none"
        self._client = openai.AsyncOpenAI(api_key=key, base_url=base_url, max_retries=0, timeout=None)

    async def reply(
        self, chat: Chat, tools: Sequence[Tool], tool_choice: ToolChoice = "auto"
    ) -> AsyncGenerator[LLMPart, None]:
        """See `voice.llm.LLM`. Closing the iterator closes the HTTP stream."""
        names = ToolNames(tool.name for tool in tools)
        body = self._options | {"stream": True, "messages": request.messages(chat, names, vision=self._vision)}
        if tools:
            body |= {"tools": request.tools(tools, names), "tool_choice": tool_choice}
        answer = _Answer(names)
        parts = streamed(_PROVIDER, lambda: self._client.chat.completions.create(**body), answer)
        try:
            async with aclosing(parts):
                async for part in parts:
                    yield part
        except (openai.OpenAIError, httpx2.HTTPError, ValueError) as error:
            raise self._failure(error) from quotable(error, self._key)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.close()

    def _failure(self, error: Exception) -> ProviderError:
        match error:
            case openai.APIStatusError():
                detail = scrubbed(error.message, self._key)
                if {error.code, error.type} & _FINAL:
                    return ProviderRejected("llm", _PROVIDER, f"HTTP {error.status_code}: {detail}")
                return status_failure(_PROVIDER, error.status_code, detail)
            case openai.APIConnectionError() | httpx2.HTTPError():
                cause = error.__cause__ or error
                return ProviderUnavailable("llm", _PROVIDER, f"connection failed ({type(cause).__name__})")
            case openai.APIError() if str(error.code).isdigit():  # inside the stream, as routers send it
                return status_failure(_PROVIDER, int(str(error.code)), scrubbed(error.message, self._key))
            case openai.APIError() if not isinstance(error, openai.APIResponseValidationError):
                kind = ProviderRejected if {error.code, error.type} & _FINAL else ProviderUnavailable
                return kind("llm", _PROVIDER, scrubbed(error.message, self._key))
        return ProviderMisbehaved("llm", _PROVIDER, scrubbed(f"not a chat completion stream: {error}", self._key))


@dataclass(slots=True)
class _Call:
    index: int | None
    id: str
    name: str
    arguments: str = ""


class _Answer:
    """The chunks, folded: text as it comes, a call when the next one begins or the answer ends.

    Compatible servers leave out the index or the id, repeat id and name in every chunk, send a whole call in one chunk
    or arguments as an object, give all calls the index 0, add chunks without choices, and count tokens in the last
    chunk, in every chunk (each time from the beginning), or not at all.
    """

    def __init__(self, names: ToolNames) -> None:
        self.complete = False
        self._names = names
        self._open: list[_Call] = []
        self._answered = False
        self._filtered = False
        self._counted = Usage(0, 0)

    def read(self, chunk: Any) -> list[LLMPart]:
        """What `chunk` adds."""
        parts: list[LLMPart] = []
        for choice in getattr(chunk, "choices", None) or []:
            delta = getattr(choice, "delta", None)
            for text in (getattr(delta, "content", None), getattr(delta, "refusal", None)):
                if text and isinstance(text, str):
                    parts.append(TextDelta(text))
            for piece in getattr(delta, "tool_calls", None) or []:
                parts += self._extend(piece)
            if reason := getattr(choice, "finish_reason", None):
                self.complete = True
                self._filtered = reason == "content_filter"
                parts += self._close(complete_only=False)
        self._answered = self._answered or bool(parts)
        return parts + self._count(getattr(chunk, "usage", None))

    def check(self) -> None:
        """Raises ProviderError if the stream ended wrongly."""
        if not self.complete:
            raise ProviderMisbehaved("llm", _PROVIDER, "the stream ended without a finish_reason")
        if self._filtered and not self._answered:
            raise ProviderRejected("llm", _PROVIDER, "the answer was withheld by the content filter")

    def _count(self, usage: Any) -> list[LLMPart]:
        details = getattr(usage, "prompt_tokens_details", None)
        now = Usage(
            counted(usage, "prompt_tokens"), counted(usage, "completion_tokens"), counted(details, "cached_tokens")
        )
        self._counted, more = used_since(self._counted, now)
        return more

    def _extend(self, piece: Any) -> list[LLMPart]:
        index, sent_id = getattr(piece, "index", None), getattr(piece, "id", None)
        function = getattr(piece, "function", None)
        name, arguments = getattr(function, "name", None) or "", getattr(function, "arguments", None) or ""
        parts: list[LLMPart] = []
        call = self._continued(index, sent_id, name)
        if call is None:
            if not name:
                return []  # the tail of a call that is complete already
            parts += [*self._close(complete_only=True), ToolCallBegan()]
            call = _Call(index, sent_id or f"call_{uuid4().hex[:24]}", name)
            self._open.append(call)
        call.arguments += arguments if isinstance(arguments, str) else json.dumps(arguments)
        return parts

    def _continued(self, index: int | None, sent_id: str | None, name: str) -> _Call | None:
        """The call that a piece goes on with; None if it begins another. Only a piece with a name can begin one."""
        for call in self._open:
            if sent_id and sent_id == call.id:
                return call
        if name and sent_id:
            return None
        for call in reversed(self._open):
            if index is None or call.index in (None, index):
                repeated = call.name == name and not _is_object(call.arguments)
                return call if repeated or not name else None
        return None

    def _close(self, *, complete_only: bool) -> list[LLMPart]:
        """Hand over the open calls; those whose arguments are no whole object yet may be left to go on."""
        done = [call for call in self._open if not complete_only or _is_object(call.arguments)]
        self._open = [call for call in self._open if call not in done]
        return [tool_call(call.id, self._names.from_vendor(call.name), call.arguments) for call in done]


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False
