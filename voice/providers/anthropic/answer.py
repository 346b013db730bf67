"""A stream of Messages events, folded into the parts of an answer: text as it comes, a call when its block is closed.
Pure.

A message is over with its stop_reason, whatever comes then; a block that was not closed ends with it. Proxies leave out
names, beginnings and ends of events, give ids and indices again, or send a whole message.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mcp_types import Tool

from voice.errors import ProviderError, ProviderMisbehaved, ProviderRejected, ProviderUnavailable
from voice.llm import Alive, LLMPart, ToolCallBegan, Usage
from voice.providers.arguments import joined
from voice.providers.remote import CallIds, counted, tool_call, used_since
from voice.providers.server_sent_events import DONE
from voice.providers.tool_names import ToolNames
from voice.providers.written_answer import WrittenAnswer

__all__ = ["PASSING", "PROVIDER", "MessageAnswer"]

PROVIDER = "anthropic"
PASSING = frozenset({"overloaded_error", "api_error", "rate_limit_error", "timeout_error"})
"""Error types which may be gone the next time (API reference, "Errors")."""
_CALLS = ("tool_use", "function", "tool_call")
_THINKING = ("thinking", "redacted_thinking")
_KINDS = {"text": "text_delta", "partial_json": "input_json_delta", "thinking": "thinking_delta"}
_LONGEST = 400_000
"""Characters of arguments in a call."""


class MessageAnswer:
    """`clean` takes secrets out of what the server says of a failure."""

    def __init__(
        self, tools: Sequence[Tool], names: ToolNames, ids: CallIds, clean: Callable[[str], str], *, thinking: bool
    ) -> None:
        self.complete = False
        self.thoughts: dict[str, list[dict[str, Any]]] = {}
        """Thinking blocks by the id of the call they led to."""
        self._names = names
        self._ids = ids
        self._clean = clean
        self._written = WrittenAnswer(names, tools, ids, thinking=thinking)
        self._blocks: dict[Any, dict[str, Any]] = {}
        self._pending: list[dict[str, Any]] = []  # thinking since the last call
        self._refused = False
        self._answered = False
        self._counted = Usage(0, 0)

    @property
    def thinking(self) -> bool:
        """The model's template opens its reasoning, of which only the end is written."""
        return self._written.thinking

    @property
    def run_on(self) -> bool:
        """The answer is over, and the model does not stop."""
        return self._written.run_on

    def read(self, event: Any) -> list[LLMPart]:
        """What `event` adds. Unknown events and blocks are skipped, as the API's versioning policy asks."""
        if event == DONE:
            return self._finish() if self._answered else []
        if error := event.get("error"):
            raise self._failure(error)
        if str(event.get("type")).startswith("content_block"):
            return self._read_block(event)
        match event.get("type"):
            case "message_start" | "message":
                return self._message(event.get("message") or event)
            case "message_delta":
                return [*self._stop(event.get("delta") or {}), *self._count(event.get("usage"))]
            case "message_stop":
                return self._finish()
        return []

    def _read_block(self, event: Mapping[str, Any]) -> list[LLMPart]:
        index = event.get("index")
        match event["type"]:
            case "content_block_start":
                return self._open(index, event["content_block"])
            case "content_block_delta":
                return self._extend(index, event["delta"])
            case "content_block_stop":
                return self._close(index)
        return []

    def end(self) -> list[LLMPart]:
        """Nothing is left. Raises ProviderError if the stream ended wrongly."""
        if not self.complete and not self.run_on:
            raise ProviderMisbehaved("llm", PROVIDER, "the stream ended without message_stop")
        if self._refused and not self._answered:
            raise ProviderRejected("llm", PROVIDER, "the model refused to answer")
        return []

    def _message(self, message: Mapping[str, Any]) -> list[LLMPart]:
        """The beginning of a message, or all of it."""
        parts: list[LLMPart] = []
        for block in message.get("content") or []:
            parts += [*self._open(None, block), *self._close(None)]
        return [*parts, *self._stop(message), *self._count(message.get("usage"))]

    def _stop(self, told: Mapping[str, Any]) -> list[LLMPart]:
        reason = told.get("stop_reason")
        if not reason:
            return []
        self._refused = reason == "refusal"
        return self._finish()

    def _finish(self) -> list[LLMPart]:
        self.complete = True
        parts = [part for index in list(self._blocks) for part in self._close(index)]
        return [*parts, *self._heard(self._written.flush())]

    def _count(self, usage: Any) -> list[LLMPart]:
        """The API counts at the start and at the end, from the beginning, and tells the cache's part apart."""
        cached = counted(usage, "cache_read_input_tokens")
        read = counted(usage, "input_tokens") + counted(usage, "cache_creation_input_tokens") + cached
        self._counted, more = used_since(self._counted, Usage(read, counted(usage, "output_tokens"), cached))
        return more

    def _open(self, index: Any, block: Mapping[str, Any]) -> list[LLMPart]:
        parts = self._close(index)  # an index that comes again
        self._blocks[index] = {key: value for key, value in block.items() if value is not None} | {"pieces": []}
        if block.get("type") == "text" and block.get("text"):
            return [*parts, *self._said(block["text"])]
        if block.get("type") in _CALLS:
            self._answered = True
            return [*parts, ToolCallBegan()]
        return [*parts, Alive()] if block.get("type") in _THINKING else parts

    def _extend(self, index: Any, delta: Mapping[str, Any]) -> list[LLMPart]:
        if index is None and self._blocks:
            index = next(reversed(self._blocks))
        block = self._blocks.setdefault(index, {"type": "text", "pieces": []})
        match delta.get("type") or _KINDS.get(next(iter(delta), "")):
            case "text_delta" if delta.get("text"):
                return self._said(delta["text"])
            case "input_json_delta":
                return self._more_input(block, delta.get("partial_json"))
            case "thinking_delta":
                block["thinking"] = block.get("thinking", "") + (delta.get("thinking") or "")
                return [Alive()]
            case "signature_delta":
                block["signature"] = delta["signature"]
        return []

    def _more_input(self, block: dict[str, Any], piece: Any) -> list[LLMPart]:
        if not piece:
            return []
        if block["type"] not in _CALLS:
            raise ProviderMisbehaved("llm", PROVIDER, "arguments came for a block that is no call")
        whole = not isinstance(piece, str)
        block["pieces"].append(piece)
        if whole:
            block["input"], block["pieces"] = piece, []
        if sum(map(len, block["pieces"])) > _LONGEST:
            raise ValueError("the arguments of a call do not end")
        return [Alive()] if whole or piece.strip() else []  # white space without an end is no life

    def _close(self, index: Any) -> list[LLMPart]:
        if index is None and self._blocks and None not in self._blocks:
            index = next(reversed(self._blocks))
        block = self._blocks.pop(index, {"type": None})
        sent = joined(block.pop("pieces", []))
        if block["type"] in _THINKING:
            self._pending.append(block)
        if block["type"] not in _CALLS:
            return []
        call = self._ids.own(block.get("id"))
        if self._pending:
            self.thoughts[call], self._pending = self._pending, []
        name = self._names.from_vendor(str(block.get("name") or "unknown"))
        return [*self._written.sent([tool_call(call, name, sent if sent.strip() else block.get("input"))])]

    def _said(self, text: str) -> list[LLMPart]:
        return self._heard(self._written.push(text))

    def _heard(self, parts: list[LLMPart]) -> list[LLMPart]:
        self._answered = self._answered or any(not isinstance(part, Alive) for part in parts)
        return parts

    def _failure(self, error: Any) -> ProviderError:
        kind = error.get("type") if isinstance(error, dict) else None
        detail = self._clean(str(error.get("message") or error) if isinstance(error, dict) else str(error))
        failed = ProviderUnavailable if kind in PASSING else ProviderRejected
        return failed("llm", PROVIDER, f"{kind or 'error'}: {detail}")
