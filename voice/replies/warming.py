"""What a session does ahead of need: fixed lines synthesised, the prompt in the model's cache, and the user's words
behind it while they are still being spoken."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

from mcp_types import Tool

from voice.chat import Chat, UserMessage
from voice.errors import ProviderError
from voice.events import Event, Failed
from voice.llm import LLM, Prefilling, Warmable
from voice.speaking.phrases import SpokenPhrases

__all__ = ["Warming"]


class Warming:
    """One piece of work at a time; what is asked for meanwhile is left out, since the next will cover it."""

    def __init__(self, tasks: asyncio.TaskGroup, emit: Callable[[Event], None]) -> None:
        self._tasks = tasks
        self._emit = emit
        self._task: asyncio.Task[None] | None = None

    def begin(self, llm: LLM, chat: Chat, tools: Sequence[Tool], phrases: SpokenPhrases, texts: Iterable[str]) -> None:
        """An agent begins, or goes on, with `chat`, and may have to say `texts`."""
        self._task = self._tasks.create_task(self._warm(llm, chat, tools, phrases, tuple(texts)))

    def read_along(self, llm: LLM, chat: Chat, tools: Sequence[Tool], said: str) -> None:
        """The user is speaking, and has `said` so much."""
        if isinstance(llm, Prefilling) and (self._task is None or self._task.done()):
            self._task = self._tasks.create_task(self._prefill(llm, chat.plus(UserMessage(said)), tools))

    def stop(self) -> None:
        """Nothing more is needed."""
        if self._task is not None:
            self._task.cancel()

    async def _warm(
        self, llm: LLM, chat: Chat, tools: Sequence[Tool], phrases: SpokenPhrases, texts: tuple[str, ...]
    ) -> None:
        with self._reported():
            await phrases.prepare(texts)
            if isinstance(llm, Warmable):
                await llm.warm(chat, tools)

    async def _prefill(self, llm: Prefilling, chat: Chat, tools: Sequence[Tool]) -> None:
        with self._reported():
            await llm.prefill(chat, tools)

    @contextmanager
    def _reported(self) -> Iterator[None]:
        """What fails ahead of need is only told: nobody has missed it yet."""
        try:
            yield
        except ProviderError as error:
            self._emit(Failed(error.stage, error.code, str(error)))
