"""Iterators are closed by whoever reads them."""

from collections.abc import AsyncIterator

import pytest

from voice.streams import closing


@pytest.fixture
def closed() -> list[str]:
    return []


@pytest.fixture
def letters(closed: list[str]) -> AsyncIterator[str]:
    async def generate() -> AsyncIterator[str]:
        try:
            for letter in "abc":
                yield letter
        finally:
            closed.append("letters")

    return generate()


async def test_an_iterator_that_is_left_early_is_closed_at_once(letters, closed):
    async with closing(letters) as stream:
        assert await anext(stream) == "a"
        assert closed == []
    assert closed == ["letters"]


async def test_it_is_closed_when_its_reader_fails_too(letters, closed):
    async def read() -> None:
        async with closing(letters) as stream:
            await anext(stream)
            raise LookupError

    with pytest.raises(LookupError):
        await read()
    assert closed == ["letters"]


async def test_an_iterator_that_has_nothing_to_close_is_only_read():
    class Endless:
        def __aiter__(self) -> "Endless":
            return self

        async def __anext__(self) -> int:
            return 7

    async with closing(Endless()) as stream:
        assert await anext(stream) == 7
