"""Speaks Anthropic's Messages API as its reference describes it, checks requests as strictly, and fails on demand."""

import json
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from tests.fakes.http_server import Exchange, LoopbackServer

KEY = "sk-ant-test-0123456789"


@dataclass(frozen=True)
class Text:
    """A text block, streamed in `deltas`."""

    deltas: Sequence[str]


@dataclass(frozen=True)
class ToolUse:
    """A tool_use block whose input is streamed as `partials` of JSON."""

    id: str
    name: str
    partials: Sequence[str]


@dataclass(frozen=True)
class Thinking:
    """A thinking block with its signature."""

    text: str
    signature: str


Then = Literal["stop", "stall", "cut", "end early", "rubbish", "error"]


@dataclass(frozen=True)
class Answer:
    """A streamed answer; `then` says what comes after its last block."""

    blocks: Sequence[Text | ToolUse | Thinking]
    then: Then = "stop"
    stop_reason: str = "end_turn"
    cached: int = 0
    """Tokens of the prompt that come from the cache, besides 25 others."""


@dataclass(frozen=True)
class Raw:
    """A stream of `events` as they are, without the rest that the API would send; `named`: with their names."""

    events: Sequence[dict[str, Any]]
    named: bool = True


@dataclass(frozen=True)
class Failure:
    """An answer that is an error."""

    status: int
    type: str
    message: str = "something is wrong"
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Hang:
    """No answer at all."""


class AnthropicServer(LoopbackServer):
    """Answers the n-th request with the n-th of `script`."""

    def __init__(self, *script: Answer | Raw | Failure | Hang) -> None:
        super().__init__(self._answer)
        self._script = deque(script)

    async def _answer(self, exchange: Exchange) -> None:
        request = exchange.request
        if KEY not in (
            request.headers.get("x-api-key"),
            request.headers.get("authorization", "").removeprefix("Bearer "),
        ):
            await self._error(exchange, Failure(401, "authentication_error", "invalid x-api-key"))
            return
        if (request.method, request.path) != ("POST", "/v1/messages") or "anthropic-version" not in request.headers:
            await self._error(exchange, Failure(404, "not_found_error", "Not found"))
            return
        if problem := problem_of(request.body):
            await self._error(exchange, Failure(400, "invalid_request_error", problem))
            return
        match self._script.popleft():
            case Failure() as failure:
                await self._error(exchange, failure)
            case Hang():
                await exchange.wait_closed()
                self.hung_up.set()
            case Raw(events, named):
                await exchange.begin_stream()
                for event in events:
                    name = f"event: {event['type']}\n" if named else ""
                    await exchange.send(f"{name}data: {json.dumps(event)}\n\n")
                await exchange.end_stream()
            case Answer() as answer:
                await self._stream(exchange, answer)

    async def _error(self, exchange: Exchange, failure: Failure) -> None:
        body = {"type": "error", "error": {"type": failure.type, "message": failure.message}, "request_id": "req_1"}
        await exchange.send_json(failure.status, body, dict(failure.headers))

    async def _stream(self, exchange: Exchange, answer: Answer) -> None:
        await exchange.begin_stream()
        await exchange.send(_event("message_start", message=_message(exchange.request.body["model"], answer.cached)))
        await exchange.send(_event("ping"))
        for index, block in enumerate(answer.blocks):
            last = index == len(answer.blocks) - 1
            for event in _block_events(index, block):
                if last and answer.then != "stop" and '"content_block_stop"' in event:
                    break
                await exchange.send(event)
        await self._finish(exchange, answer)

    async def _finish(self, exchange: Exchange, answer: Answer) -> None:
        match answer.then:
            case "stop":
                delta = {"stop_reason": answer.stop_reason, "stop_sequence": None}
                await exchange.send(_event("message_delta", delta=delta, usage={"output_tokens": 15}))
                await exchange.send(_event("message_stop"))
                await exchange.end_stream()
            case "end early":
                await exchange.end_stream()
            case "rubbish":
                await exchange.send("event: content_block_delta\ndata: {oops\n\n")
                await exchange.end_stream()
            case "error":
                await exchange.send(_event("error", error={"type": "overloaded_error", "message": "Overloaded"}))
                await exchange.end_stream()
            case "cut":
                exchange.cut()
            case "stall":
                await exchange.wait_closed()
                self.hung_up.set()


def _event(kind: str, **fields: Any) -> str:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **fields})}\n\n"


def _message(model: str, cached: int) -> dict[str, Any]:
    usage = {
        "input_tokens": 20,
        "cache_creation_input_tokens": 5,
        "cache_read_input_tokens": cached,
        "output_tokens": 1,
    }
    head = {"id": "msg_1", "type": "message", "role": "assistant", "model": model}
    return head | {"content": [], "stop_reason": None, "stop_sequence": None, "usage": usage}


def _block_events(index: int, block: Text | ToolUse | Thinking) -> list[str]:
    deltas: list[dict[str, str]]
    match block:
        case Text():
            start: dict[str, Any] = {"type": "text", "text": ""}
            deltas = [{"type": "text_delta", "text": text} for text in block.deltas]
        case ToolUse():
            start = {"type": "tool_use", "id": block.id, "name": block.name, "input": {}}
            deltas = [{"type": "input_json_delta", "partial_json": part} for part in ("", *block.partials)]
        case Thinking():
            start = {"type": "thinking", "thinking": "", "signature": ""}
            deltas = [
                {"type": "thinking_delta", "thinking": block.text},
                {"type": "signature_delta", "signature": block.signature},
            ]
    return [
        _event("content_block_start", index=index, content_block=start),
        *(_event("content_block_delta", index=index, delta=delta) for delta in deltas),
        _event("content_block_stop", index=index),
    ]


def problem_of(body: dict[str, Any]) -> str | None:
    """What the API would refuse in `body`, by the rules of its reference; None if nothing."""
    messages = body["messages"]
    rules = {
        "messages: first message must use the user role": not messages or messages[0]["role"] != "user",
        "The conversation must end with a user message.": not messages or messages[-1]["role"] != "user",
        "tool_choice may only be specified while providing tools": "tool_choice" in body and not body.get("tools"),
        "A maximum of 4 blocks with cache_control may be provided": json.dumps(body).count('"cache_control"') > 4,
    }
    return next((problem for problem, broken in rules.items() if broken), None) or _problem_of_messages(messages)


def _problem_of_messages(messages: list[dict[str, Any]]) -> str | None:
    for message, following in zip(messages, [*messages[1:], {"role": "user", "content": []}], strict=True):
        if any(block["type"] == "text" and not block["text"].strip() for block in message["content"]):
            return "messages: text content blocks must be non-empty"
        used = [block["id"] for block in message["content"] if block["type"] == "tool_use"]
        answered = [block["tool_use_id"] for block in following["content"] if block["type"] == "tool_result"]
        if used and sorted(used) != sorted(answered[: len(used)]):
            return "`tool_use` ids were found without `tool_result` blocks immediately after"
    return None
