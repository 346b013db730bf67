"""Chat completions through OpenAI's SDK, from OpenAI or from any server that speaks its protocol more or less."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from functools import partial
from typing import Any, Literal

import httpx2
import openai
from mcp_types import Tool

from voice.chat import Chat
from voice.errors import ProviderError, ProviderMisbehaved, ProviderRejected, ProviderUnavailable
from voice.llm import LLMPart, ToolChoice
from voice.providers.openai import request
from voice.providers.openai.answer import FINAL, PROVIDER, ChatAnswer
from voice.providers.remote import CallIds, api_key, quotable, scrubbed, status_failure, streamed
from voice.providers.tool_names import ToolNames

__all__ = ["OpenAILLM"]


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
        self._key = api_key(PROVIDER, api_key_env, required=base_url is None)
        # OpenAI's newer models refuse max_tokens, other servers do not know its successor.
        limit = "max_completion_tokens" if base_url is None else "max_tokens"
        given = {limit: max_tokens, "temperature": temperature, "reasoning_effort": reasoning_effort}
        self._options: dict[str, Any] = {"model": model} | {k: v for k, v in given.items() if v is not None}
        if usage or base_url is None:
            self._options["stream_options"] = {"include_usage": True}
        self._vision = vision or base_url is None
        self._thinking = False
        """The model's template opens its reasoning: learnt from an answer."""
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
        clean = partial(scrubbed, secret=self._key)
        answer = ChatAnswer(tools, names, CallIds(chat), clean, thinking=self._thinking)
        parts = streamed(PROVIDER, lambda: self._client.chat.completions.create(**body), answer)
        try:
            async with aclosing(parts):
                async for part in parts:
                    yield part
        except (openai.OpenAIError, httpx2.HTTPError, ValueError) as error:
            raise self._failure(error) from quotable(error, self._key)
        finally:
            self._thinking = self._thinking or answer.thinking

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.close()

    def _failure(self, error: Exception) -> ProviderError:
        match error:
            case openai.APIStatusError():
                detail = scrubbed(error.message, self._key)
                if {error.code, error.type} & FINAL:
                    return ProviderRejected("llm", PROVIDER, f"HTTP {error.status_code}: {detail}")
                return status_failure(PROVIDER, error.status_code, detail)
            case openai.APIConnectionError() | httpx2.HTTPError():
                cause = error.__cause__ or error
                return ProviderUnavailable("llm", PROVIDER, f"connection failed ({type(cause).__name__})")
        return ProviderMisbehaved("llm", PROVIDER, scrubbed(f"not a chat completion stream: {error}", self._key))
