"""An embedded language model: llama.cpp inside this process (`xllamacpp`, in the extra `local`).

What it generates is held to a grammar (`llama_grammar`): a tool call or plain words. Half a billion parameters call on
and on when they may after a result, so a turn gets one call and then words.

Prompts only grow (`llama_prompt`), and llama.cpp keeps the last one's state, so a turn costs its own tokens. The same
state answers whether the user has finished: the probability that the message ends here is the model's next token.
"""

import asyncio
import json
import math
import threading
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import xllamacpp
from mcp_types import Tool

from voice.chat import Chat, ToolCall, ToolResult, UserMessage
from voice.errors import ProviderMisbehaved, ProviderUnavailable
from voice.llm import LLMPart, TextDelta, ToolCallBegan, ToolChoice
from voice.models import ModelStore
from voice.providers.llama_grammar import call_or_text, text_only
from voice.providers.llama_prompt import ANSWER, conversation, opening, unfinished
from voice.providers.workers import Workers
from voice.turn_detector import UserTurn

__all__ = ["LlamaCppLLM"]

MODEL = "qwen2.5-coder-0.5b"
_LONGEST = 160
"""Tokens of one answer: a minute of speech."""
_BATCH = 64
"""Tokens of prompt between two looks at whether anybody still waits (0.6 s at 100 tokens a second)."""
_ENDS = ("<|im_end|>", "<|endoftext|>", "\n", ".", "?", "!")
"""Next tokens that mean that the message is over."""
_END_THRESHOLD = 0.03
"""P(end) at which finished and unfinished sentences part best (20 and 14 sentences, Qwen2.5 0.5B)."""


class LlamaCppLLM:
    """The model, loaded once, for all calls of the process; requests wait for one another.

    `path`: a GGUF file (ChatML) to use instead of the catalogue's. `context`: tokens that a conversation may have.
    Raises ModelMissing, ValueError.
    """

    def __init__(
        self, model: str = MODEL, *, path: str | Path | None = None, context: int = 8192, threads: int = 2
    ) -> None:
        if model != MODEL and path is None:
            raise ValueError(f"no local LLM {model!r}; there is {MODEL!r}, or give `path` to a GGUF file")
        parameters = xllamacpp.CommonParams()
        parameters.model.path = str(ModelStore().path(model, path))
        parameters.n_ctx = context
        parameters.n_parallel = 1
        parameters.n_batch = parameters.n_ubatch = _BATCH
        parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = threads
        parameters.verbosity = -1
        self.model = model
        self._server = xllamacpp.Server(parameters)
        self._workers = Workers(1, "llama")
        self._openings: dict[str, str] = {}

    async def warm(self, chat: Chat, tools: Sequence[Tool]) -> None:
        """Put instructions, tools and examples into the model's state: seconds now, not in the first turn."""
        await self._complete({"prompt": self._opening(chat, tools), "n_predict": 0})

    async def reply(
        self, chat: Chat, tools: Sequence[Tool], tool_choice: ToolChoice = "auto"
    ) -> AsyncIterator[LLMPart]:
        """See LLM."""
        may_call = tool_choice == "auto" and not _has_result(chat)
        body = {
            "prompt": self._opening(chat, tools) + conversation(chat) + ANSWER,
            "n_predict": _LONGEST,
            "temperature": 0,
            "grammar": call_or_text(tools) if may_call else text_only(),
        }
        call: list[str] = []
        async for text in self._stream(body):
            if call or text.lstrip().startswith("{"):
                if not call:
                    yield ToolCallBegan()
                call.append(text)
            elif text:
                yield TextDelta(text)
        if call:
            yield _read_call("".join(call), len(chat.items))

    async def end_of_turn(self, turn: UserTurn) -> float:
        """P(the message ends here), from the model's next token; 0.5 where it is 0.03. See TurnDetector."""
        prefix = self._openings.get(turn.chat.instructions)
        if prefix is None:
            prefix = self._opening(turn.chat, ())
        body = {"prompt": prefix + unfinished(turn.chat, turn.text), "n_predict": 1, "temperature": 0, "n_probs": 40}
        answer = await self._complete(body, urgency=1)
        try:
            top = answer["choices"][0]["logprobs"]["content"][0]["top_logprobs"]
        except (KeyError, IndexError, TypeError) as error:
            raise ProviderMisbehaved("turn", self.model, "gave no probabilities") from error
        end = sum(math.exp(one["logprob"]) for one in top if one["token"].startswith(_ENDS) or not one["token"])
        return _calibrated(end)

    async def aclose(self) -> None:
        """End the thread and free the model."""
        await self._workers.aclose()
        del self._server

    def _opening(self, chat: Chat, tools: Sequence[Tool]) -> str:
        text = opening(chat.instructions, tools)
        self._openings[chat.instructions] = text
        return text

    async def _complete(self, body: Mapping[str, Any], urgency: int = 0) -> dict[str, Any]:
        given = threading.Event()

        def run() -> dict[str, Any]:
            if given.is_set():
                return {}
            answer = self._server.handle_completions({**body, "cache_prompt": True, "stream": False})
            return answer if isinstance(answer, dict) else {}

        try:
            return _checked(await self._workers.submit(run, urgency), self.model)
        finally:
            given.set()

    async def _stream(self, body: Mapping[str, Any]) -> AsyncIterator[str]:
        """Text as it is generated. Closing this stops the model at its next token or batch of prompt."""
        loop = asyncio.get_running_loop()
        queue: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue(maxsize=4 * _LONGEST)
        given_up = threading.Event()

        def put(item: dict[str, Any] | None) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(queue.put_nowait, item)

        def take(chunk: dict[str, Any]) -> bool:
            put(chunk)
            return given_up.is_set()

        def run() -> None:
            try:
                if not given_up.is_set():
                    extra = {"cache_prompt": True, "stream": True, "return_progress": True}
                    self._server.handle_completions({**body, **extra}, take)
            finally:
                put(None)

        task = self._workers.submit(run)
        try:
            while (chunk := await queue.get()) is not None:
                for choice in _checked(chunk, self.model).get("choices", ()):
                    yield choice.get("text", "")
        finally:
            given_up.set()
            task.cancel()


def _checked(answer: dict[str, Any], model: str) -> dict[str, Any]:
    if "error" in answer:
        raise ProviderUnavailable("llm", model, str(answer["error"]))
    return answer


def _has_result(chat: Chat) -> bool:
    """Whether a tool has answered since the user last spoke."""
    for item in reversed(chat.items):
        if isinstance(item, UserMessage):
            return False
        if isinstance(item, ToolResult):
            return True
    return False


def _read_call(text: str, number: int) -> ToolCall:
    try:
        call = json.loads(text)
        return ToolCall(f"call-{number}", str(call["name"]), dict(call["arguments"]))
    except (ValueError, KeyError, TypeError) as error:
        return ToolCall(f"call-{number}", "", {}, error=f"not a complete call: {error}")


def _calibrated(probability: float, threshold: float = _END_THRESHOLD) -> float:
    """Shift the log-odds so that `threshold` becomes 0.5."""
    clipped = min(max(probability, 1e-6), 1 - 1e-6)
    return 1 / (1 + math.exp(_log_odds(threshold) - _log_odds(clipped)))


def _log_odds(probability: float) -> float:
    return math.log(probability / (1 - probability))
