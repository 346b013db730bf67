"""An embedded language model: llama.cpp inside this process (`xllamacpp`, in the extra `local`).

What it generates is held to a grammar (`grammar`): a tool call or plain words; its first character tells which.
Half a billion parameters cannot be left free: they book when asked a question and say yes to all of them. So what
changes something is called when the user has told to (`intent`), and then nothing else is done; every call is made of
what was said (`grounding`), and what is missing is asked for with a fixed line (`lines`). Words count sentence by
sentence, as far as they were told to the model (`facts`); in place of others comes a look-up, a sentence of the
instructions, or the admission that it does not know. After a result it speaks.

Prompts only grow (`prompt`), and llama.cpp keeps the last one's state, so a turn costs its own tokens. The same
state answers whether the user has finished: P(the message ends here) is in the model's next token.
"""

import json
import math
import re
from collections import OrderedDict
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Any, Literal, TypeVar
from uuid import uuid4

from mcp_types import Tool

from voice.chat import Chat, Note, ToolCall, ToolResult, UserMessage
from voice.llm import LLMPart, TextDelta, ToolCallBegan, ToolChoice, Usage
from voice.models import ModelStore
from voice.providers.llama.engine import LlamaEngine, Timings
from voice.providers.llama.facts import Sources, is_speakable, sources
from voice.providers.llama.grammar import call_only, call_or_text
from voice.providers.llama.grounding import fitted, unsaid
from voice.providers.llama.intent import covers, named, only_reads, relates, wanted
from voice.providers.llama.lines import (
    ASSISTANT,
    GOES_ON,
    HERE,
    NOT_DONE,
    UNKNOWN,
    asks_for_a_human,
    question,
    told_only,
)
from voice.providers.llama.prompt import ANSWER, conversation, opening, unfinished
from voice.providers.llama.said import days, moments
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
_ENOUGH = 2
"""Arguments that must have been said for a look-up which the model did not choose and no word of the question names."""
_UNCONFIRMED = "the user did not confirm it"
"""In the result of a call that the user said no to."""
_SENTENCE_END = re.compile(r"[.?!](?=\s)")
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
    acts_only_when_told: Literal[True] = True

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
        """See LLM. Sentence by sentence, each when it is known to be told; a call when all it needs was said.

        What was generated in vain is in no Usage if it was stopped.
        """
        begun = self._opening(chat, tools)
        match chat.items:
            case (*_, UserMessage()) if self._scored:
                # The turn detector will ask while this answer keeps the model busy; now it costs one token's time.
                await self._end(begun + unfinished(chat, self._budget(begun)))
        prompt = begun + conversation(chat, self._budget(begun)) + ANSWER
        async with aclosing(self._answer(prompt, chat, tools if tool_choice == "auto" else ())) as parts:
            async for part in parts:
                yield part

    async def _answer(self, prompt: str, chat: Chat, tools: Sequence[Tool]) -> AsyncGenerator[LLMPart, None]:
        results = _results(chat)
        told = _told(tools, chat, results)
        reads = [] if results else [tool for tool in tools if only_reads(tool)]
        if line := _certain(chat, told, reads, results):
            yield TextDelta(line)
            return
        parts = self._act(prompt, chat, told) if told else self._tell(prompt, chat, reads)
        async with aclosing(parts):
            async for part in parts:
                yield part

    async def _act(self, prompt: str, chat: Chat, told: Sequence[Tool]) -> AsyncGenerator[LLMPart, None]:
        """A call of one of the tools that the user has told to use, or a question for what it needs."""
        written = _Written()
        async with aclosing(self._generated(prompt, call_only(told), written)) as parts:
            async for part in parts:
                yield part
        for one in _called(written.text, told, chat) or [TextDelta(UNKNOWN)]:
            yield one

    async def _tell(self, prompt: str, chat: Chat, reads: Sequence[Tool]) -> AsyncGenerator[LLMPart, None]:
        """What the model says as far as it was told, or the call of one of the tools that only read."""
        known, written, said = sources(chat), _Written(), False
        bias = _NAMED_BIAS if named(reads, chat) else _CALL_BIAS
        async with aclosing(self._generated(prompt, call_or_text(reads), written, bias)) as parts:
            async for part in parts:
                if isinstance(part, Usage):
                    yield part
                    continue
                kept = known.supported(part.text)
                if kept:
                    said = True
                    yield TextDelta(kept)
                if kept != part.text:
                    break
        if said:
            return
        calls = _called(written.text, reads, chat)
        for one in calls:
            yield one
        if not calls:
            async with aclosing(self._instead(prompt, chat, reads, known)) as others:
                async for other in others:
                    yield other

    async def _instead(
        self, prompt: str, chat: Chat, reads: Sequence[Tool], known: Sources
    ) -> AsyncGenerator[LLMPart, None]:
        """What is said or looked up where the model's own words do not count."""
        if not _answers_user(chat):
            yield TextDelta(_told_last(chat))
            return
        asked = [tool for tool in reads if relates(tool, known.asked)]
        asked = asked or (list(reads) if days(known.asked) or moments(known.asked) else [])
        if asked:
            written = _Written()
            async with aclosing(self._generated(prompt, call_only(asked), written)) as parts:
                async for part in parts:
                    yield part
            if calls := _called(written.text, asked, chat, _ENOUGH):
                for one in calls:
                    yield one
                return
        match known.recited():
            case (sentence, True):
                yield TextDelta(sentence)
            case (sentence, False):
                yield TextDelta(told_only(sentence))
            case _:
                yield TextDelta(HERE if known.is_empty else UNKNOWN)

    async def _generated(
        self, prompt: str, grammar: str, written: "_Written", bias: float = 0.0
    ) -> AsyncGenerator[TextDelta | Usage, None]:
        """Whole sentences of what the model writes after `prompt`, and its cost; a call goes to `written` alone."""
        begun = 0
        async with aclosing(self._engine.generate(prompt, grammar, _LONGEST, [(_CALL, bias)])) as pieces:
            async for piece in pieces:
                if isinstance(piece, Timings):
                    if not written.text.startswith("{") and written.text[begun:].strip():
                        yield TextDelta(written.text[begun:])
                    yield Usage(piece.cached + piece.prompt, piece.generated, piece.cached)
                    continue
                written.text += piece
                if written.text.startswith("{"):
                    continue
                while ended := _SENTENCE_END.search(written.text, begun):
                    yield TextDelta(written.text[begun : ended.end()])
                    begun = ended.end()

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

    async def _end(self, prompt: str) -> float:
        """P(the message at the end of `prompt` is over), calibrated; remembered, as the same question comes again."""
        known = self._scores.get(prompt)
        if known is not None:
            return known
        tokens = await self._engine.next_tokens(prompt)
        over = sum(chance for token, chance in tokens.items() if not token or token.lstrip(" ").startswith(_ENDS))
        return _remember(self._scores, prompt, _calibrated(over))


@dataclass(slots=True)
class _Written:
    """What the model has written."""

    text: str = ""


def _told(tools: Sequence[Tool], chat: Chat, results: Sequence[ToolResult]) -> list[Tool]:
    """The tools that change something which the user has told to use and that have not been called for it."""
    if any(result.is_error for result in results):
        return []
    called = {result.name for result in results}
    acting = wanted([tool for tool in tools if not only_reads(tool)], chat)
    return [tool for tool in acting if tool.name not in called]


def _certain(chat: Chat, told: Sequence[Tool], reads: Sequence[Tool], results: Sequence[ToolResult]) -> str | None:
    """What is to be said whatever the model would write."""
    if results:
        return NOT_DONE if _UNCONFIRMED in results[-1].text and not told else None
    if told:
        gaps = [unsaid(tool, chat) for tool in told]
        return question(told[0], gaps[0][0]) if len(told) == 1 and gaps[0] else None
    if not _answers_user(chat):
        return None
    known = sources(chat)
    if asks_for_a_human(known.asked):
        return ASSISTANT
    looked_up = any(relates(tool, known.asked) for tool in reads) or days(known.asked) or moments(known.asked)
    return UNKNOWN if known.is_unheard_of and not looked_up else known.recalled()


def _called(call: str, tools: Sequence[Tool], chat: Chat, enough: int = 1) -> list[LLMPart]:
    """The call, if all that it needs was said; else a question for what is missing; or nothing.

    A look-up must be about what was asked: by a word of its tool, or by at least `enough` arguments that were said.
    """
    name, arguments = _read(call)
    tool = next((one for one in tools if one.name == name), None)
    if tool is None:
        return []
    said = sources(chat).asked
    fit = fitted(arguments, tool, chat)
    if only_reads(tool) and not relates(tool, said) and len(fit.arguments) < enough:
        return []
    if not fit.missing:
        return [ToolCallBegan(), ToolCall(f"call_{uuid4().hex[:12]}", name, fit.arguments)]
    if only_reads(tool) and not covers(tool, said):
        return []
    return [TextDelta(question(tool, fit.missing[0]))]


def _answers_user(chat: Chat) -> bool:
    return bool(chat.items) and isinstance(chat.items[-1], UserMessage)


def _told_last(chat: Chat) -> str:
    """The result or the note that `chat` ends in, as it is, where it can be spoken."""
    match chat.items:
        case (*_, ToolResult(pending=True)):
            return GOES_ON
        case (*_, ToolResult(text=text) | Note(text=text)) if is_speakable(text):
            return " ".join(text.split())
    return UNKNOWN


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
