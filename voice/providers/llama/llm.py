"""An embedded language model: llama.cpp inside this process (`xllamacpp`, in the extra `local`).

What it generates is held to a grammar (`grammar`): a tool call or plain words; its first character tells which.
A call must be made of what was said (`grounding`), else the model answers once more without that tool. After a
result it speaks, unless that was no error and the user named another tool in the same breath ("... and book it"): left
free, half a billion parameters call on and on.

Prompts only grow (`prompt`), and llama.cpp keeps the last one's state, so a turn costs its own tokens. The same
state answers whether the user has finished: P(the message ends here) is in the model's next token.
"""

import json
import math
from collections import OrderedDict
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from itertools import takewhile
from pathlib import Path
from typing import Any, Literal, TypeVar
from uuid import uuid4

from mcp_types import Tool

from voice.chat import Chat, ToolCall, ToolResult, UserMessage
from voice.llm import LLMPart, TextDelta, ToolCallBegan, ToolChoice, Usage
from voice.models import ModelStore
from voice.providers.llama.engine import LlamaEngine, Timings
from voice.providers.llama.grammar import call_or_text, text_only
from voice.providers.llama.grounding import grounded, named
from voice.providers.llama.prompt import ANSWER, conversation, opening, unfinished
from voice.turn_detector import UserTurn

__all__ = ["LlamaCppLLM"]

T = TypeVar("T")

MODEL = "qwen2.5-coder-0.5b"
_LONGEST = 160
"""Tokens of one answer: a minute of speech."""
_CHARACTERS = 3
"""Of a prompt for each token, at least: English and JSON in Qwen's vocabulary have 3.8 on average."""
_CALL = '{"'
"""The token a call begins with, and only a call: inside of calls there is a space before it."""
_CALL_BIAS = 1.0
"""Added to the logit of a call: left to itself the model says what it should look up. Of 33 utterances to the café 25
are answered rightly with 0, 27 with 1, 28 with 2 and 3, none with a call too many; but later in a talk 2 calls a
tool for a question about cakes."""
_NAMED_BIAS = 4.0
"""The same when the user named a tool that has not been called, before and after a result: such a call is 0 to 4 logits
behind (28 of 33 with this and `_CALL_BIAS`), and one made of nothing that was said does not count anyway."""
_ENDS = ("<|im_end|>", "<|endoftext|>", "\n", ".", "?", "!")
"""Next tokens that mean that the message is over."""
_END_THRESHOLD = 0.12
"""P(end) at which ends and pauses of recorded people part best beside the sound (`tests.bench.turn_taking`, the part
"tune", Qwen2.5 0.5B)."""
_KEPT = 32
"""Openings and scores that are remembered."""


class LlamaCppLLM:
    """The model, loaded once, for all calls of the process; requests wait for one another.

    `path`: a GGUF file (ChatML) to use instead of the catalogue's. `context`: tokens that a conversation may have; the
    oldest turns of a longer one are forgotten. `threads`: cores it may keep busy.
    Raises ModelMissing, ProviderRejected, ValueError.
    """

    answers_only: Literal[True] = True

    def __init__(
        self, model: str = MODEL, *, path: str | Path | None = None, context: int = 8192, threads: int = 2
    ) -> None:
        if model != MODEL and path is None:
            raise ValueError(f"no local LLM {model!r}; there is {MODEL!r}, or give `path` to a GGUF file")
        file = Path(path) if path is not None and model != MODEL else ModelStore().path(MODEL, path)
        self.model = model
        self._engine = LlamaEngine(file, context=context, threads=threads)
        self._room = (context - _LONGEST) * _CHARACTERS
        self._openings: OrderedDict[str, str] = OrderedDict()
        self._scores: OrderedDict[str, float] = OrderedDict()
        self._scored = False

    async def warm(self, chat: Chat, tools: Sequence[Tool]) -> None:
        """Put instructions, tools, examples and the conversation so far into the model's state."""
        begun = self._opening(chat, tools)
        await self._engine.prefill(begun + conversation(chat, self._budget(begun)), call_or_text(tools))

    async def prefill(self, chat: Chat, tools: Sequence[Tool]) -> None:
        """Put what the user has said so far behind the conversation: a tenth of a second of a turn's latency, and all
        of it after a tool call, whose results the prompt then forgets (see Prefilling)."""
        begun = self._opening(chat, tools)
        await self._engine.prefill(begun + unfinished(chat, self._budget(begun)))

    async def reply(
        self, chat: Chat, tools: Sequence[Tool], tool_choice: ToolChoice = "auto"
    ) -> AsyncGenerator[LLMPart, None]:
        """See LLM. A ToolCallBegan may be followed by words, when the call was made of nothing that was said."""
        begun = self._opening(chat, tools)
        match chat.items:
            case (*_, UserMessage()) if self._scored:
                # The turn detector will ask while this answer keeps the model busy; now it costs one token's time.
                await self._end(begun + unfinished(chat, self._budget(begun)))
        prompt = begun + conversation(chat, self._budget(begun)) + ANSWER
        allowed, bias = self._allowed(chat, tools) if tool_choice == "auto" else ([], 0.0)
        announced = False
        while True:
            call = ""
            grammar = call_or_text(allowed) if allowed else text_only()
            async with aclosing(self._engine.generate(prompt, grammar, _LONGEST, [(_CALL, bias)])) as pieces:
                async for piece in pieces:
                    if isinstance(piece, Timings):
                        yield Usage(piece.cached + piece.prompt, piece.generated, piece.cached)
                        continue
                    if not call and not piece.startswith("{"):
                        yield TextDelta(piece)
                        continue
                    if not announced:
                        announced = True
                        yield ToolCallBegan()
                    call += piece
            if not call:
                return
            name, arguments = _read(call)
            tool = next((one for one in allowed if one.name == name), None)
            if tool is not None and grounded(arguments, tool, chat):
                yield ToolCall(f"call_{uuid4().hex[:12]}", name, arguments)
                return
            # Once without this tool, then in words.
            allowed = [one for one in allowed if one.name != name] if tool and len(allowed) == len(tools) else []

    async def end_of_turn(self, turn: UserTurn) -> float:
        """P(the message ends here), calibrated. See TurnDetector."""
        self._scored = True
        begun = self._openings.get(turn.chat.instructions) or self._opening(turn.chat, ())
        return await self._end(begun + unfinished(turn.chat.plus(UserMessage(turn.text)), self._budget(begun)))

    async def aclose(self) -> None:
        """End the thread and free the model."""
        await self._engine.aclose()

    def _opening(self, chat: Chat, tools: Sequence[Tool]) -> str:
        return _remember(self._openings, chat.instructions, opening(chat.instructions, tools))

    def _budget(self, begun: str) -> int:
        return self._room - len(begun)

    def _allowed(self, chat: Chat, tools: Sequence[Tool]) -> tuple[list[Tool], float]:
        """The tools that may be called now, and the bias towards calling one."""
        results = _results(chat)
        if not results:
            return list(tools), _NAMED_BIAS if named(tools, chat) else _CALL_BIAS
        if any(result.is_error for result in results):
            return [], 0.0
        called = {result.name for result in results}
        return [tool for tool in named(tools, chat) if tool.name not in called], _NAMED_BIAS

    async def _end(self, prompt: str) -> float:
        """P(the message at the end of `prompt` is over), calibrated; remembered, as the same question comes again."""
        known = self._scores.get(prompt)
        if known is not None:
            return known
        tokens = await self._engine.next_tokens(prompt)
        over = sum(chance for token, chance in tokens.items() if not token or token.lstrip(" ").startswith(_ENDS))
        return _remember(self._scores, prompt, _calibrated(over))


def _results(chat: Chat) -> list[ToolResult]:
    """Results since the user last spoke."""
    items = takewhile(lambda item: not isinstance(item, UserMessage), reversed(chat.items))
    return [item for item in items if isinstance(item, ToolResult)]


def _read(call: str) -> tuple[str, dict[str, Any]]:
    """Name and arguments; no name if the call was cut off."""
    try:
        parsed = json.loads(call)
        return str(parsed["name"]), dict(parsed["arguments"])
    except (ValueError, KeyError, TypeError):
        return "", {}


def _remember(store: OrderedDict[str, T], key: str, value: T) -> T:
    store[key] = value
    store.move_to_end(key)
    while len(store) > _KEPT:
        store.popitem(last=False)
    return value


def _calibrated(probability: float, threshold: float = _END_THRESHOLD) -> float:
    """Shift the log-odds so that `threshold` becomes 0.5."""
    clipped = min(max(probability, 1e-6), 1 - 1e-6)
    return 1 / (1 + math.exp(_log_odds(threshold) - _log_odds(clipped)))


def _log_odds(probability: float) -> float:
    return math.log(probability / (1 - probability))
