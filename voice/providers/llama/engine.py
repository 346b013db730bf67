"""llama.cpp inside this process (`xllamacpp`): prompts in, tokens out, one request at a time. Knows nothing of chats.

Its calls block and report each token to a callback, whose answer can stop them; an HTTP client in between would learn
of a hang-up only at its next poll. So each request runs in the worker thread and looks at every token, and at every
batch of prompt, whether anybody still waits. (llama.cpp opens its HTTP port all the same: a random key locks it.)
"""

import asyncio
import math
import os
import secrets
import threading
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from voice.errors import ProviderMisbehaved, ProviderRejected
from voice.providers.workers import Workers

_SPINS = "200"
"""Turns of the loop in which a thread of llama.cpp waits for the other ones before it sleeps. OpenMP's own 300 000 are
best while nothing else runs (decoding 34 tokens a second with 2 threads on 2 cores), and the worst when one of the
cores has other work (11, and prompts at half speed); with 200 it is 29 and 18, with none at all 22 and 18."""
if (os.cpu_count() or 1) <= 2 and "OMP_WAIT_POLICY" not in os.environ:
    os.environ.setdefault("GOMP_SPINCOUNT", _SPINS)  # read once, when the library is loaded by the next line
import xllamacpp  # noqa: E402

__all__ = ["LlamaEngine", "Timings"]

_BATCH = 64
"""Tokens of prompt between two looks at whether anybody still waits: half a second on two cores."""
_CANDIDATES = 40
"""Next tokens that `next_tokens` lists."""
_CACHE_MIB = 256
"""Memory for the states of prompts that had to make room for others: 12 KB a token for Qwen2.5 0.5B."""


@dataclass(frozen=True, slots=True)
class Timings:
    """What a request cost: tokens of prompt taken from the cache and computed, tokens generated, both in seconds."""

    cached: int
    prompt: int
    prompt_seconds: float
    generated: int
    generated_seconds: float


class LlamaEngine:
    """One model. For any event loop, one after another or at once. Raises ProviderRejected when it cannot be loaded.

    `context`: tokens of prompt and answer together. `threads` compute.
    """

    def __init__(self, path: Path, *, context: int, threads: int) -> None:
        parameters = xllamacpp.CommonParams()
        parameters.model.path = str(path)
        parameters.n_ctx = context
        parameters.n_parallel = 1
        parameters.n_batch = parameters.n_ubatch = _BATCH
        parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = threads
        parameters.cache_ram_mib = _CACHE_MIB
        parameters.api_keys = [secrets.token_hex(16)]
        parameters.verbosity = -1
        self.name = path.stem
        self._context = context
        try:
            self._server = xllamacpp.Server(parameters)
        except RuntimeError as error:
            raise ProviderRejected("llm", self.name, f"llama.cpp could not load {path}") from error
        self._workers = Workers(1, "llama")
        self._closing = threading.Event()

    async def prefill(self, prompt: str, grammar: str = "") -> Timings:
        """Compute the state of `prompt`, so that one which begins with it costs only what it has more.

        The first `grammar` of a process costs a second of CPU, here or in `generate`: llguidance sorts the vocabulary.
        """
        _, timings = await self._last({"prompt": prompt, "n_predict": 0, "grammar": grammar}, urgency=0)
        return timings

    async def next_tokens(self, prompt: str) -> dict[str, float]:
        """The likeliest tokens after `prompt` with their probabilities. Goes ahead of answers that have not begun."""
        body = {"prompt": prompt, "n_predict": 1, "n_probs": _CANDIDATES}
        chunks, _ = await self._last(body, urgency=1)
        try:
            (content, *_) = [
                choice["logprobs"]["content"]
                for chunk in chunks
                for choice in chunk.get("choices", ())
                if choice.get("logprobs")
            ]
            return {one["token"]: math.exp(one["logprob"]) for one in content[0]["top_logprobs"]}
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise ProviderMisbehaved("llm", self.name, "gave no probabilities") from error

    async def generate(
        self, prompt: str, grammar: str, longest: int, bias: Sequence[tuple[str, float]] = ()
    ) -> AsyncGenerator[str | Timings, None]:
        """The likeliest text after `prompt` that fits `grammar`, at most `longest` tokens, then what it cost.

        `bias`: token texts and what is added to their logits. Closing the iterator stops the model.
        """
        body = {"prompt": prompt, "n_predict": longest, "grammar": grammar, "logit_bias": [list(one) for one in bias]}
        async with aclosing(self._chunks(body, urgency=0)) as chunks:
            async for chunk in chunks:
                for choice in chunk.get("choices", ()):
                    if text := choice.get("text"):
                        yield text
                if timings := chunk.get("timings"):
                    yield _timings(timings)

    async def aclose(self) -> None:
        """Stop what runs, end the thread, free the model."""
        self._closing.set()
        await self._workers.aclose()
        del self._server

    async def _last(self, body: Mapping[str, Any], urgency: int) -> tuple[list[dict[str, Any]], Timings]:
        async with aclosing(self._chunks(body, urgency)) as stream:
            chunks = [chunk async for chunk in stream]
        timings = next((chunk["timings"] for chunk in reversed(chunks) if "timings" in chunk), None)
        if timings is None:
            raise ProviderMisbehaved("llm", self.name, "ended without timings")
        return chunks, _timings(timings)

    async def _chunks(self, body: Mapping[str, Any], urgency: int) -> AsyncGenerator[dict[str, Any], None]:
        loop = asyncio.get_running_loop()
        # No more than one item for each token and each batch of prompt.
        queue: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue(maxsize=2 * self._context)
        abandoned = threading.Event()

        def put(item: dict[str, Any] | None) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(queue.put_nowait, item)

        def take(chunk: dict[str, Any]) -> bool:
            stop = abandoned.is_set() or self._closing.is_set()
            if not stop:
                put(chunk)
            return stop

        def run() -> None:
            try:
                if not abandoned.is_set():
                    fixed = {"temperature": 0, "cache_prompt": True, "stream": True, "return_progress": True}
                    self._server.handle_completions({**body, **fixed}, take)
            finally:
                put(None)

        job = self._workers.submit(run, urgency)
        try:
            while (chunk := await queue.get()) is not None:
                if "error" in chunk:
                    raise self._failure(chunk["error"])
                yield chunk
        finally:
            abandoned.set()
            job.cancel()

    def _failure(self, error: Any) -> ProviderRejected | ProviderMisbehaved:
        code, message = (error.get("code"), error.get("message")) if isinstance(error, Mapping) else (None, error)
        kind = ProviderRejected if code == 400 else ProviderMisbehaved
        return kind("llm", self.name, str(message))


def _timings(measured: Mapping[str, Any]) -> Timings:
    return Timings(
        int(measured["cache_n"]),
        int(measured["prompt_n"]),
        float(measured["prompt_ms"]) / 1000,
        int(measured["predicted_n"]),
        float(measured["predicted_ms"]) / 1000,
    )
