"""Anthropic's Messages API through its SDK: streaming, tools, prompt caching."""

from collections import OrderedDict
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from functools import partial
from typing import Any, Literal

import anthropic
import httpx2
from mcp_types import Tool

from voice.chat import Chat
from voice.errors import ProviderError, ProviderMisbehaved, ProviderUnavailable
from voice.llm import LLMPart, ToolChoice
from voice.providers.anthropic import request
from voice.providers.anthropic.answer import PROVIDER, MessageAnswer
from voice.providers.remote import CallIds, api_key, quotable, scrubbed, status_failure, streamed
from voice.providers.tool_names import ToolNames

__all__ = ["AnthropicLLM"]

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
        self._key = api_key(PROVIDER, api_key_env)
        self._options: dict[str, Any] = {"model": model, "max_tokens": max_tokens}
        if thinking is not None:
            self._options["thinking"] = {"type": thinking}
        if effort is not None:
            self._options["output_config"] = {"effort": effort}
        self._thoughts: OrderedDict[str, list[dict[str, Any]]] = OrderedDict()
        self._thinking = False  # the template of a compatible server's model opens its reasoning: learnt from an answer
        # Retries are the session's business; so are time limits, which must run on the loop's clock.
        self._client = anthropic.AsyncAnthropic(api_key=self._key, base_url=base_url, max_retries=0, timeout=None)

    async def reply(
        self, chat: Chat, tools: Sequence[Tool], tool_choice: ToolChoice = "auto"
    ) -> AsyncGenerator[LLMPart, None]:
        """See `voice.llm.LLM`. Closing the iterator closes the HTTP stream."""
        names = ToolNames(tool.name for tool in tools)
        body = self._body(chat, tools, tool_choice, names)
        clean = partial(scrubbed, secret=self._key)
        answer = MessageAnswer(tools, names, CallIds(chat), clean, thinking=self._thinking)
        parts = streamed(PROVIDER, lambda: self._client.messages.create(**body), answer)
        try:
            async with aclosing(parts):
                async for part in parts:
                    yield part
        except (anthropic.AnthropicError, httpx2.HTTPError, ValueError) as error:
            raise self._failure(error) from quotable(error, self._key)
        finally:
            self._keep(answer.thoughts)
            self._thinking = self._thinking or answer.thinking

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
                return status_failure(PROVIDER, error.status_code, detail)
            case anthropic.APIConnectionError() | httpx2.HTTPError():
                return ProviderUnavailable("llm", PROVIDER, f"connection failed ({_reason(error)})")
        return ProviderMisbehaved("llm", PROVIDER, scrubbed(f"not a Messages stream: {error}", self._key))


def _reason(error: BaseException) -> str:
    cause = error.__cause__ or error
    return type(cause).__name__
