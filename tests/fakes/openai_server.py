"""Speaks chat completions as OpenAI's reference describes them, with the deviations of compatible servers on demand."""

import json
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from tests.fakes.http_server import Exchange, LoopbackServer

KEY = "sk-test-0123456789abcdef"

Then = Literal["stop", "stall", "cut", "end early", "rubbish", "error"]


@dataclass(frozen=True)
class Answer:
    """A streamed answer: `deltas` in order; `then` says what comes after them."""

    deltas: Sequence[dict[str, Any]]
    finish: str | None = "stop"
    then: Then = "stop"
    extra: Sequence[dict[str, Any]] = field(default=())
    """Whole chunks sent before [DONE] (usage, empty choices)."""


@dataclass(frozen=True)
class Failure:
    """An answer that is an error."""

    status: int
    type: str | None = None
    code: str | None = None
    message: str = "something is wrong"
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Hang:
    """No answer at all."""


def text(*pieces: str) -> list[dict[str, Any]]:
    """Deltas that say `pieces`."""
    return [{"role": "assistant", "content": "", "refusal": None}, *({"content": piece} for piece in pieces)]


def call(index: int, call_id: str, name: str, *partials: str) -> list[dict[str, Any]]:
    """Deltas of one tool call as OpenAI sends it: id and name first, then pieces of the arguments with the index."""
    first = {"index": index, "id": call_id, "type": "function", "function": {"name": name, "arguments": ""}}
    rest = [{"index": index, "function": {"arguments": partial}} for partial in partials]
    return [{"tool_calls": [piece]} for piece in (first, *rest)]


class OpenAIServer(LoopbackServer):
    """Answers the n-th request with the n-th of `script`. With `key=None` it wants no key, as local servers do."""

    def __init__(self, *script: Answer | Failure | Hang, key: str | None = KEY) -> None:
        super().__init__(self._answer)
        self._script = deque(script)
        self._key = key

    async def _answer(self, exchange: Exchange) -> None:
        request = exchange.request
        if self._key and request.headers.get("authorization") != f"Bearer {self._key}":
            message = f"Incorrect API key provided: {request.headers.get('authorization', '')[7:]}."
            await self._error(exchange, Failure(401, "invalid_request_error", "invalid_api_key", message))
            return
        if (request.method, request.path) != ("POST", "/v1/chat/completions"):
            await self._error(exchange, Failure(404, message="Not found"))
            return
        if problem := problem_of(request.body):
            await self._error(exchange, Failure(400, "invalid_request_error", None, problem))
            return
        match self._script.popleft():
            case Failure() as failure:
                await self._error(exchange, failure)
            case Hang():
                await exchange.wait_closed()
                self.hung_up.set()
            case Answer() as answer:
                await self._stream(exchange, answer)

    async def _error(self, exchange: Exchange, failure: Failure) -> None:
        error = {"message": failure.message, "type": failure.type, "param": None, "code": failure.code}
        await exchange.send_json(failure.status, {"error": error}, dict(failure.headers))

    async def _stream(self, exchange: Exchange, answer: Answer) -> None:
        await exchange.begin_stream()
        for delta in answer.deltas:
            await exchange.send(_event(_chunk(delta)))
        match answer.then:
            case "stop":
                if answer.finish is not None:
                    await exchange.send(_event(_chunk({}, answer.finish)))
                for chunk in answer.extra:
                    await exchange.send(_event(chunk))
                await exchange.send("data: [DONE]\n\n")
                await exchange.end_stream()
            case "end early":
                await exchange.end_stream()
            case "rubbish":
                await exchange.send("data: {oops\n\n")
                await exchange.end_stream()
            case "error":
                error = {"message": "The server had an error", "type": "server_error", "code": None}
                await exchange.send(_event({"error": error}))
                await exchange.end_stream()
            case "cut":
                exchange.cut()
            case "stall":
                await exchange.wait_closed()
                self.hung_up.set()


def _event(data: dict[str, Any]) -> str:
    return f"data: {json.dumps(data)}\n\n"


def _chunk(delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
    head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1700000000, "model": "m"}
    return head | {"choices": [choice]}


def problem_of(body: dict[str, Any]) -> str | None:
    """What the API would refuse in `body`; None if nothing."""
    waiting: list[str] = []
    for message in body["messages"]:
        if message["role"] == "tool":
            if message["tool_call_id"] not in waiting:
                return "messages with role 'tool' must be a response to a preceding message with 'tool_calls'."
            waiting.remove(message["tool_call_id"])
            continue
        if waiting:
            return "An assistant message with 'tool_calls' must be followed by tool messages for each 'tool_call_id'."
        waiting = [entry["id"] for entry in message.get("tool_calls", ())]
        if not message.get("content") and not waiting:
            return "Invalid value for 'content': expected a string, got null."
    if body.get("tool_choice") and not body.get("tools"):
        return "'tool_choice' is only allowed when 'tools' are specified."
    if any("properties" not in tool["function"]["parameters"] for tool in body.get("tools", ())):
        return "Invalid schema for function: object schema missing properties."
    return "An assistant message with 'tool_calls' must be followed by tool messages." if waiting else None
