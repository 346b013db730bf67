"""One idiom for asynchronous iterators: whoever stops reading one closes it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeVar

__all__ = ["closing"]

T = TypeVar("T")


@asynccontextmanager
async def closing(iterator: AsyncIterator[T]) -> AsyncIterator[AsyncIterator[T]]:
    """Read `iterator` inside the context; it is closed at the end, however far it was read."""
    try:
        yield iterator
    finally:
        aclose = getattr(iterator, "aclose", None)  # iterators that are no generators may have nothing to close
        if aclose is not None:
            await aclose()
