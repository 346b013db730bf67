"""What a session does ahead of need: fixed lines synthesised, the prompt in the model's cache, and the user's words
behind it while they are still being spoken."""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from voice.chat import Chat, UserMessage
from voice.errors import ProviderError
from voice.events import Event, Failed
from voice.llm import LLM, Prefilling, Warmable
from voice.speaking.phrases import SpokenPhrases
from voice.tools import Toolbox

__all__ = ["Warming"]


class Warming:
    """One piece of work at a time; what is asked for meanwhile is left out, since the next will cover it."""

    def __init__(self, llm: LLM, toolbox: Toolbox, tasks: asyncio.TaskGroup, emit: Callable[[Event], None]) -> None:
        self._llm = llm
        self._toolbox = toolbox
        self._tasks = tasks
        self._emit = emit
        self._task: asyncio.Task[None] | None = None

    def begin(self, chat: Chat, spoken: SpokenPhrases, texts: Iterable[str]) -> None:
        """The session starts with `chat` and may have to say `texts`."""
        self._task = self._tasks.create_task(self._warm(chat, spoken, tuple(texts)))

    def read_along(self, chat: Chat, said: str) -> None:
        """The user is speaking, and has `said` so much."""
        if isinstance(self._llm, Prefilling) and (self._task is None or self._task.done()):
            self._task = self._tasks.create_task(self._prefill(self._llm, chat.plus(UserMessage(said))))

    def stop(self) -> None:
        """Nothing more is needed."""
        if self._task is not None:
            self._task.cancel()

    async def _warm(self, chat: Chat, spoken: SpokenPhrases, texts: tuple[str, ...]) -> None:
        with self._reported():
            await spoken.prepare(texts)
            if isinstance(self._llm, Warmable):
                await self._llm.warm(chat, self._toolbox.tools)

    async def _prefill(self, llm: Prefilling, chat: Chat) -> None:
        with self._reported():
            await llm.prefill(chat, self._toolbox.tools)

    @contextmanager
    def _reported(self) -> Iterator[None]:
        """What fails ahead of need harms nobody yet; it is only told."""
        try:
            yield
        except ProviderError as error:
            self._emit(Failed(error.stage, error.code, str(error)))
