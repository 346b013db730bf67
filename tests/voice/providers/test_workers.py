"""Threads for inference."""

import asyncio
import threading

import pytest

from voice.providers.workers import Workers

BOUND = 10.0


@pytest.fixture
async def workers():
    workers = Workers(1, "test")
    yield workers
    await workers.aclose()


class Held:
    """A job that reports when it runs and ends when it is let go."""

    def __init__(self) -> None:
        self.running = threading.Event()
        self.go = threading.Event()

    def __call__(self) -> str:
        self.running.set()
        assert self.go.wait(BOUND)
        return "held"


async def until(event: threading.Event) -> None:
    assert await asyncio.to_thread(event.wait, BOUND)


async def test_a_job_runs_in_a_thread_of_the_workers(workers):
    async with asyncio.timeout(BOUND):
        name = await workers.submit(lambda: threading.current_thread().name)
    assert name.startswith("test")


async def test_a_failure_reaches_who_awaits_it(workers):
    with pytest.raises(ZeroDivisionError):
        await workers.submit(lambda: 1 // 0)


async def test_no_more_jobs_run_at_once_than_there_are_workers():
    workers = Workers(2, "test")
    held = [Held() for _ in range(3)]
    results = [workers.submit(job) for job in held]
    await until(held[0].running)
    await until(held[1].running)
    assert not held[2].running.is_set()
    for job in held:
        job.go.set()
    async with asyncio.timeout(BOUND):
        assert await asyncio.gather(*results) == ["held"] * 3
    await workers.aclose()


async def test_urgent_jobs_go_first_and_equals_in_order(workers):
    order: list[str] = []
    held = Held()
    first = workers.submit(held)
    await until(held.running)
    waiting = [workers.submit(lambda name=name: order.append(name), urgency) for name, urgency in _JOBS]
    held.go.set()
    async with asyncio.timeout(BOUND):
        await asyncio.gather(first, *waiting)
    assert order == ["urgent 1", "urgent 2", "idle 1", "idle 2"]


_JOBS = [("idle 1", 0), ("urgent 1", 1), ("idle 2", 0), ("urgent 2", 1)]


async def test_a_job_cancelled_before_its_turn_never_runs(workers):
    held, never = Held(), Held()
    first = workers.submit(held)
    await until(held.running)
    workers.submit(never).cancel()
    await asyncio.sleep(0)  # asyncio passes the word on in the next turn of the loop
    held.go.set()
    async with asyncio.timeout(BOUND):
        await first
        assert await workers.submit(lambda: "next") == "next"
    assert not never.running.is_set()


async def test_a_running_job_whose_caller_left_disturbs_nobody(workers):
    held = Held()
    left = workers.submit(held)
    await until(held.running)
    left.cancel()
    held.go.set()
    async with asyncio.timeout(BOUND):
        assert await workers.submit(lambda: "next") == "next"


async def test_no_thread_is_left_after_closing():
    workers = Workers(2, "leftover")
    await asyncio.gather(workers.submit(lambda: 1), workers.submit(lambda: 2))
    await workers.aclose()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("leftover")]


def test_workers_serve_one_event_loop_after_another():
    workers = Workers(1, "test")

    async def ask() -> int:
        return await workers.submit(lambda: 1)

    assert [asyncio.run(ask()), asyncio.run(ask())] == [1, 1]
    asyncio.run(workers.aclose())
