"""A stream of chat completions, folded into the parts of an answer. Pure.

Compatible servers send content as a list of parts, `message` or `text` instead of `delta`, the former function_call,
reasoning in fields of their own, chunks without choices, no finish_reason but [DONE], or one in every chunk, and count
tokens in the last chunk, in every chunk (each time from the beginning), or not at all.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from mcp_types import Tool

from voice.chat import ToolCall
from voice.errors import ProviderError, ProviderMisbehaved, ProviderRejected, ProviderUnavailable
from voice.llm import Alive, LLMPart, ToolCallBegan, Usage
from voice.providers.openai.pieces import CallPieces, SentCall
from voice.providers.remote import CallIds, counted, status_failure, tool_call, used_since
from voice.providers.server_sent_events import DONE
from voice.providers.tool_names import ToolNames
from voice.providers.written_answer import WrittenAnswer

__all__ = ["FINAL", "PROVIDER", "ChatAnswer"]

PROVIDER = "openai"
FINAL = frozenset({"insufficient_quota", "invalid_request_error", "invalid_api_key", "billing_not_active"})
"""Error codes and types that come with a status, or in a stream, that looks retryable but is not."""
_REASONING = ("reasoning_content", "reasoning", "reasoning_details", "reasoning_text", "thinking", "thinking_blocks")
_TEXTS = ("text", "output_text", "input_text", "refusal", "")
_NO_REASON = ("", "null", "none")


class ChatAnswer:
    """`clean` takes secrets out of what the server says of a failure. `thinking`: see `voice.providers.content`."""

    def __init__(
        self, tools: Sequence[Tool], names: ToolNames, ids: CallIds, clean: Callable[[str], str], *, thinking: bool
    ) -> None:
        self.complete = False
        self._names = names
        self._ids = ids
        self._clean = clean
        self._written = WrittenAnswer(names, tools, ids, thinking=thinking)
        self._calls = CallPieces(names)
        self._text = ""
        self._answered = False
        self._whole = False
        self._filtered = False
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
        """What the chunk `event`, or DONE, adds."""
        if event == DONE:
            return self._finish()
        self._check(event)
        parts: list[LLMPart] = []
        for choice in _choices(event):
            parts += self._said(choice)
            if reason := _reason(choice):
                self._check(choice)
                if reason == "error":
                    raise ProviderUnavailable("llm", PROVIDER, "the server ended the answer with an error")
                self._filtered = reason == "content_filter"
                parts += self._finish()
        self._answered = self._answered or any(not isinstance(part, Alive) for part in parts)
        return parts + self._count(event.get("usage"))

    def end(self) -> list[LLMPart]:
        """Nothing is left. Raises ProviderError if the stream ended wrongly."""
        if not self._whole and not self.run_on:
            raise ProviderMisbehaved("llm", PROVIDER, "the stream ended without a finish_reason")
        if self._filtered and not self._answered:
            raise ProviderRejected("llm", PROVIDER, "the answer was withheld by the content filter")
        return self._finish()

    def _finish(self) -> list[LLMPart]:
        """The answer is whole, as far as the server knows."""
        self.complete = self._whole = True
        return [*self._hand_over(self._calls.close()), *self._written.flush()]

    def _said(self, choice: Mapping[str, Any]) -> list[LLMPart]:
        said = _delta(choice)
        parts: list[LLMPart] = [Alive()] if any(said.get(name) for name in _REASONING) else []
        for text, spoken in [*_texts(said.get("content")), *_texts(said.get("refusal"))]:
            if spoken and not self._is_said_again(choice, text):
                self._text += text
                parts += self._written.push(text)
            else:
                parts.append(Alive())
        for piece in _calls(said):
            parts += self._extend(piece)
        if parts:
            self.complete = False  # a server that says that it has finished and goes on
        return parts

    def _is_said_again(self, choice: Mapping[str, Any], text: str) -> bool:
        """A last chunk with the whole message, after its deltas."""
        return "message" in choice and bool(_reason(choice)) and text == self._text

    def _extend(self, piece: Mapping[str, Any]) -> list[LLMPart]:
        began, done = self._calls.add(piece)
        parts: list[LLMPart] = [*self._hand_over(done)]
        if began:
            return [*parts, ToolCallBegan()]
        return [*parts, Alive()] if _says_more(piece) else parts  # white space without an end is no life

    def _hand_over(self, done: Sequence[SentCall]) -> list[ToolCall]:
        return self._written.sent([self._call(call) for call in done])

    def _call(self, call: SentCall) -> ToolCall:
        own = self._ids.own(call.id)
        if not call.name:
            return ToolCall(own, "unknown", error=f"a call came without a name, with the arguments {call.arguments}")
        return tool_call(own, self._names.from_vendor(call.name), call.arguments)

    def _count(self, usage: Any) -> list[LLMPart]:
        details = usage.get("prompt_tokens_details") if isinstance(usage, dict) else None
        now = Usage(
            counted(usage, "prompt_tokens"), counted(usage, "completion_tokens"), counted(details, "cached_tokens")
        )
        self._counted, more = used_since(self._counted, now)
        return more

    def _check(self, event: Mapping[str, Any]) -> None:
        """Raises ProviderError for a failure that comes as an event."""
        error = event.get("error")
        if not error and "error" in (event.get("object"), event.get("type")):
            error = event
        if not error and not event.get("choices") and isinstance(event.get("detail"), str):
            error = event["detail"]
        if error:
            raise self._failure(error)

    def _failure(self, error: Any) -> ProviderError:
        told = error if isinstance(error, dict) else {"message": str(error)}
        code, kind = told.get("code"), told.get("type")
        detail = self._clean(str(told.get("message") or told))
        if {str(code), str(kind)} & FINAL:
            return ProviderRejected("llm", PROVIDER, detail)
        if str(code).isdigit() and int(str(code)) >= 400:  # as routers send it
            return status_failure(PROVIDER, int(str(code)), detail)
        return ProviderUnavailable("llm", PROVIDER, detail)


def _choices(event: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    choices = event.get("choices")
    if choices is None:
        return [event] if {"message", "delta", "content"} & event.keys() else []
    if not isinstance(choices, list) or not all(isinstance(choice, dict | type(None)) for choice in choices):
        raise TypeError("choices are a list of objects")
    return [choice for choice in choices if choice and not choice.get("index")]


def _reason(choice: Mapping[str, Any]) -> str:
    reason = choice.get("finish_reason") or choice.get("done_reason") or ("stop" if choice.get("stop") is True else "")
    return "" if str(reason).lower() in _NO_REASON else str(reason)


def _delta(choice: Mapping[str, Any]) -> Mapping[str, Any]:
    for name in ("delta", "message"):
        said = choice.get(name)
        if isinstance(said, str):
            return {"content": said}
        if isinstance(said, dict) and any(value for key, value in said.items() if key != "role"):
            return said
    return {"content": choice.get("text") or choice.get("content")}


def _texts(content: Any) -> Iterator[tuple[str, bool]]:
    """The texts in `content`, each with whether it is for the caller."""
    if isinstance(content, str):
        if content:
            yield content, True
    elif isinstance(content, list):
        for part in content:
            yield from _texts(part)
    elif isinstance(content, dict):
        kind = str(content.get("type") or "")
        text = content.get("text") or content.get("content") or content.get("refusal")
        value = text.get("value") if isinstance(text, dict) else text
        if kind in _TEXTS and isinstance(value, str) and value:
            yield value, True
        elif kind not in ("tool_use", "tool_call", "function"):
            yield "", False


def _says_more(piece: Mapping[str, Any]) -> bool:
    function = piece.get("function")
    return bool(str((function if isinstance(function, dict) else piece).get("arguments") or "").strip())


def _calls(said: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The pieces of calls: in their list, as one, in the former field, or among the parts of the content."""
    sent = said.get("tool_calls") or []
    former = said.get("function_call")
    content = said.get("content")
    parts = [part for part in content if isinstance(part, dict)] if isinstance(content, list) else []
    found = [*(sent if isinstance(sent, list) else [sent]), *([former] if former else [])]
    found += [part for part in parts if part.get("type") in ("tool_use", "tool_call", "function")]
    if not all(isinstance(piece, dict | type(None)) for piece in found):
        raise TypeError("calls are objects")
    return [piece for piece in found if piece]
