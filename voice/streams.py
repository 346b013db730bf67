"""One idiom for asynchronous iterators: whoever stops reading one closes it."""

from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

__all__ = ["CloseLater", "closing"]

T = TypeVar("T")

CloseLater = Callable[[Coroutine[Any, Any, None]], object]
"""Takes the closing of a stream, to be done beside everything else."""


@asynccontextmanager
async def closing(iterator: AsyncIterator[T], later: CloseLater | None = None) -> AsyncIterator[AsyncIterator[T]]:
    """Read `iterator` inside the context; it is closed at the end, however far it was read.

    `later` closes it where the reading ended well. After an exception it is closed here: nobody waits for that task.
    """
    aclose = getattr(iterator, "aclose", _nothing)  # iterators that are no generators may have nothing to close
    try:
        yield iterator
    except BaseException:
        await aclose()
        raise
    if later is None:
        await aclose()
    else:
        later(aclose())


async def _nothing() -> None:
    pass
