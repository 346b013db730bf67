"""The loop is asyncio's in everything but the exactness of its timers."""

import asyncio
import gc
import os
import signal
import socket
from collections.abc import Iterator

import pytest

from server.loop import asked_to_stop, freeze, new_loop, run


def test_a_result_and_an_exception_come_through() -> None:
    async def fine() -> int:
        await asyncio.sleep(0.001)
        return 7

    async def broken() -> None:
        raise LookupError("x")

    assert run(fine()) == 7
    with pytest.raises(LookupError):
        run(broken())


def test_sockets_threads_and_child_processes_wake_it() -> None:
    async def main() -> tuple[bytes, int, bytes]:
        left, right = socket.socketpair()
        left.setblocking(False)
        right.setblocking(False)
        loop = asyncio.get_running_loop()
        with left, right:
            receiving = asyncio.create_task(loop.sock_recv(right, 10))  # noqa: TID251 - the plainest waiter there is
            await asyncio.sleep(0)
            await loop.sock_sendall(left, b"ping")
            async with asyncio.timeout(5):
                data = await receiving
                number = await asyncio.to_thread(os.getpid)
                process = await asyncio.create_subprocess_exec("echo", "child", stdout=asyncio.subprocess.PIPE)
                out, _ = await process.communicate()
        return data, number, out

    assert run(main()) == (b"ping", os.getpid(), b"child\n")


def test_timers_never_fire_early() -> None:
    loop = new_loop()

    async def main() -> list[float]:
        late = []
        for number in range(30):
            due = loop.time() + 0.0013 * (number % 5)
            await asyncio.sleep(due - loop.time())
            late.append(loop.time() - due)
        return late

    try:
        assert min(loop.run_until_complete(main())) > -0.0005
    finally:
        loop.close()


def test_what_was_loaded_is_out_of_the_collectors_sight() -> None:
    before = gc.get_freeze_count()
    try:
        freeze()
        assert gc.get_freeze_count() > before
    finally:
        gc.unfreeze()


@pytest.fixture
def heedful() -> Iterator[None]:
    """Interrupts are heard even if these tests run in the background of a shell, or below a process that is deaf."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("heedful")
def test_the_first_interrupt_asks_and_the_second_one_interrupts() -> None:
    asked: list[signal.Signals] = []

    async def main() -> None:
        with asked_to_stop(asked.append):
            signal.raise_signal(signal.SIGINT)
            await asyncio.sleep(0.01)
            assert asked == [signal.SIGINT]
            signal.raise_signal(signal.SIGINT)
            await asyncio.sleep(60)

    with pytest.raises(KeyboardInterrupt):
        run(main())
    assert asked == [signal.SIGINT]


@pytest.mark.usefixtures("heedful")
def test_afterwards_an_interrupt_is_what_it_was_before() -> None:
    async def main() -> None:
        with asked_to_stop(lambda number: None):
            pass
        signal.raise_signal(signal.SIGINT)
        await asyncio.sleep(60)

    with pytest.raises(KeyboardInterrupt):
        run(main())
