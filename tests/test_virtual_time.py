"""The loop that other tests run on."""

import asyncio
import threading

import pytest
from anyio.to_thread import run_sync

from tests.fakes.loop import Deadlock, run


def test_an_hour_of_waiting_takes_no_time_and_the_clock_shows_it():
    async def main():
        await asyncio.sleep(3600)
        return asyncio.get_running_loop().time()

    assert run(main()) == 3600


def test_the_clock_stands_still_while_a_worker_thread_is_at_work():
    async def main():
        async with asyncio.timeout(1):
            await run_sync(threading.Event().wait, 0.05)
        return asyncio.get_running_loop().time()

    assert run(main()) == 0


def test_a_wait_that_nothing_can_end_is_an_error():
    with pytest.raises(Deadlock):
        run(asyncio.Event().wait())
