"""Anthropic's Messages API through its SDK: streaming, tools, prompt caching."""

import json
from collections import OrderedDict
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Any, Literal

import anthropic
import httpx2
from mcp_types import Tool

from voice.chat import Chat
from voice.errors import ProviderError, ProviderMisbehaved, ProviderRejected, ProviderUnavailable
from voice.llm import LLMPart, TextDelta, ToolCallBegan, ToolChoice, Usage
from voice.providers.anthropic import request
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

__all__ = ["AnthropicLLM"]

_PROVIDER = "anthropic"
_PASSING = frozenset({"overloaded_error", "api_error", "rate_limit_error", "timeout_error"})
"""Error types which may be gone the next time (API reference, "Errors")."""
_THOUGHTS_KEPT = 256


class AnthropicLLM:
    """One instance serves any number of conversations on one event loop; `aclose` frees its connections.

    `api_key_env` names the environment variable that holds the key. `thinking` and `effort` go to the API as they are
    (which model takes what differs: a model that thinks by default answers later; "disabled", or "between_tools" where
    that is refused, and effort "low" make it talk sooner). `max_tokens` bounds thinking and answer together.
    Raises ProviderRejected when there is no key.
    """

    def __init__(
        self,
        model: str,
        *,
        api_key_env: str = "ANTHROPIC_API_KEY",
        base_url: str | None = None,
        max_tokens: int = 4096,
        thinking: Literal["adaptive", "between_tools", "disabled"] | None = None,
        effort: Literal["low", "medium", "high"] | None = None,
    ) -> None:
        self._key = api_key(_PROVIDER, api_key_env)
        self._options: dict[str, Any] = {"model": model, "max_tokens": max_tokens}
        if thinking is not None:
            self._options["thinking"] = {"type": thinking}
        if effort is not None:
            self._options["output_config"] = {"effort": effort}
        self._thoughts: OrderedDict[str, list[dict[str, Any]]] = OrderedDict()
        # Retries are the session's business; so are time limits, which must run on the loop's clock.
        self._client = anthropic.AsyncAnthropic(api_key=self._key, base_url=base_url, max_retries=0, timeout=None)

    async def reply(
        self, chat: Chat, tools: Sequence[Tool], tool_choice: ToolChoice = "auto"
    ) -> AsyncGenerator[LLMPart, None]:
        """See `voice.llm.LLM`. Closing the iterator closes the HTTP stream."""
        names = ToolNames(tool.name for tool in tools)
        body = self._body(chat, tools, tool_choice, names)
        answer = _Answer(names)
        parts = streamed(_PROVIDER, lambda: self._client.messages.create(**body), answer)
        try:
            async with aclosing(parts):
                async for part in parts:
                    yield part
        except (anthropic.AnthropicError, httpx2.HTTPError, ValueError) as error:
            raise self._failure(error) from quotable(error, self._key)
        finally:
            self._keep(answer.thoughts)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.close()

    def _body(self, chat: Chat, tools: Sequence[Tool], tool_choice: ToolChoice, names: ToolNames) -> dict[str, Any]:
        body = self._options | {"stream": True, "messages": request.messages(chat, names, self._thoughts)}
        if system := request.system(chat.instructions):
            body["system"] = system
        if tools:
            body |= {"tools": request.tools(tools, names), "tool_choice": {"type": tool_choice}}
        return body

    def _keep(self, thoughts: dict[str, list[dict[str, Any]]]) -> None:
        self._thoughts.update(thoughts)
        while len(self._thoughts) > _THOUGHTS_KEPT:
            self._thoughts.popitem(last=False)

    def _failure(self, error: Exception) -> ProviderError:
        match error:
            case anthropic.APIStatusError():
                detail = scrubbed(error.api_message or error.message, self._key)
                if error.status_code < 400:  # an error event in a stream that had begun with 200
                    kind = ProviderUnavailable if error.type in _PASSING else ProviderRejected
                    return kind("llm", _PROVIDER, f"{error.type or 'error'}: {detail}")
                return status_failure(_PROVIDER, error.status_code, detail)
            case anthropic.APIConnectionError() | httpx2.HTTPError():
                return ProviderUnavailable("llm", _PROVIDER, f"connection failed ({_reason(error)})")
        return ProviderMisbehaved("llm", _PROVIDER, scrubbed(f"not a Messages stream: {error}", self._key))


def _reason(error: BaseException) -> str:
    cause = error.__cause__ or error
    return type(cause).__name__


class _Answer:
    """The event stream, folded: text as it comes, a call when its block is closed."""

    def __init__(self, names: ToolNames) -> None:
        self.complete = False
        self.thoughts: dict[str, list[dict[str, Any]]] = {}
        self._names = names
        self._blocks: dict[int, dict[str, Any]] = {}
        self._pending: list[dict[str, Any]] = []  # thinking since the last call
        self._refused = False
        self._answered = False
        self._counted = Usage(0, 0)

    def read(self, event: Any) -> list[LLMPart]:
        """What `event` adds. Unknown events and blocks are skipped, as the API's versioning policy asks."""
        match getattr(event, "type", None):
            case "message_start":
                return self._count(getattr(event.message, "usage", None))
            case "content_block_start":
                return self._open(event.index, event.content_block)
            case "content_block_delta":
                return self._extend(event.index, event.delta)
            case "content_block_stop":
                return self._close(event.index)
            case "message_delta":
                self._refused = event.delta.stop_reason == "refusal"
                return self._count(getattr(event, "usage", None))
            case "message_stop":
                self.complete = True
        return []

    def check(self) -> None:
        """Raises ProviderError if the stream ended wrongly."""
        if not self.complete:
            raise ProviderMisbehaved("llm", _PROVIDER, "the stream ended without message_stop")
        if self._refused and not self._answered:
            raise ProviderRejected("llm", _PROVIDER, "the model refused to answer")

    def _count(self, usage: Any) -> list[LLMPart]:
        """The API counts at the start and at the end, from the beginning, and tells the cache's part apart."""
        cached = counted(usage, "cache_read_input_tokens")
        read = counted(usage, "input_tokens") + counted(usage, "cache_creation_input_tokens") + cached
        self._counted, more = used_since(self._counted, Usage(read, counted(usage, "output_tokens"), cached))
        return more

    def _open(self, index: int, block: Any) -> list[LLMPart]:
        self._blocks[index] = block.model_dump(exclude_none=True) | {"partial": ""}
        match block.type:
            case "text" if block.text:
                return self._said(block.text)
            case "tool_use":
                self._answered = True
                return [ToolCallBegan()]
        return []

    def _extend(self, index: int, delta: Any) -> list[LLMPart]:
        block = self._blocks.setdefault(index, {"type": "text", "partial": ""})
        match delta.type:
            case "text_delta" if delta.text:
                return self._said(delta.text)
            case "input_json_delta":
                block["partial"] += delta.partial_json
            case "thinking_delta":
                block["thinking"] = block.get("thinking", "") + delta.thinking
            case "signature_delta":
                block["signature"] = delta.signature
        return []

    def _close(self, index: int) -> list[LLMPart]:
        block = self._blocks.pop(index, {"type": None})
        partial = block.pop("partial", "")
        match block["type"]:
            case "thinking" | "redacted_thinking":
                self._pending.append(block)
            case "tool_use":
                if self._pending:
                    self.thoughts[block["id"]], self._pending = self._pending, []
                arguments = partial or json.dumps(block.get("input") or {})
                return [tool_call(block["id"], self._names.from_vendor(block["name"]), arguments)]
        return []

    def _said(self, text: str) -> list[LLMPart]:
        self._answered = True
        return [TextDelta(text)]
