"""Is the first tool call of a process as fast as the tenth, and what does the hub add to the SDK's own client?

    python -m tests.bench.first_tool_call [--processes 5]

Every line is measured in fresh processes, with the café's `list_bookings`. The promise is: first - tenth <= 10 ms.
"hub adds" is the median of 200 calls of one conversation less the median of 200 through `mcp.Client`, taken in turns;
"after a pause" the same with 50 calls each, 50 ms and much other memory between them, as in a spoken conversation.
"""

import argparse
import asyncio
import json
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

KINDS = ("in-process", "stdio", "http")
ARGUMENTS = {"name": "Miller"}


async def clocked(call: Callable[[], Awaitable[Any]]) -> float:
    began = time.perf_counter()
    result = await call()
    assert not result.is_error, result
    return (time.perf_counter() - began) * 1000


async def at_once() -> None:
    """The turn is decided."""


async def measure(kind: str, db: str, url: str) -> dict[str, Any]:
    from mcp import Client, StdioServerParameters
    from mcp_types import CallToolRequestParams

    from mcp_servers.cafe import create
    from toolhub.caller import NoCaller
    from toolhub.config.servers import ServerEntry
    from toolhub.conversation import ConversationInfo
    from toolhub.hub import ToolHub

    args = ["-m", "mcp_servers.cafe", "--db", db]
    choices: dict[str, tuple[dict[str, Any], Callable[[], Any]]] = {
        "in-process": ({"frontdesk": {"module": "mcp_servers.cafe:create", "options": {"db": db}}}, lambda: create(db)),
        "stdio": (
            {"command": sys.executable, "args": args},
            lambda: StdioServerParameters(command=sys.executable, args=args),
        ),
        "http": ({"url": url}, lambda: url),
    }
    entry, target = choices[kind]
    info = ConversationInfo("1", "agent", "console", "en-GB")
    async with ToolHub({"cafe": ServerEntry.model_validate(entry)}) as hub, hub.conversation(info) as conversation:

        def call() -> Awaitable[Any]:
            request = CallToolRequestParams(name="list_bookings", arguments=ARGUMENTS)
            return conversation.call(request, NoCaller(), at_once())

        ten = [await clocked(call) for _ in range(10)]
        async with Client(target()) as client:

            def bare() -> Awaitable[Any]:
                return client.call_tool("list_bookings", ARGUMENTS)

            warm = await taken_in_turns(call, bare, 200, 0.0)
            cold = await taken_in_turns(call, bare, 50, 0.05)
    return {"ten": ten, "hub": warm[0], "bare": warm[1], "cold": cold[0] - cold[1]}


async def taken_in_turns(
    one: Callable[[], Awaitable[Any]], other: Callable[[], Awaitable[Any]], times: int, pause: float
) -> tuple[float, float]:
    """The median of each, in milliseconds."""
    elsewhere = bytearray(32_000_000)
    spent: tuple[list[float], list[float]] = ([], [])
    for _ in range(times):
        for call, kept in zip((one, other), spent, strict=True):
            if pause:
                await asyncio.sleep(pause)
                elsewhere[:] = bytes(len(elsewhere))
            kept.append(await clocked(call))
    return statistics.median(spent[0]), statistics.median(spent[1])


def report(kind: str, runs: list[dict[str, Any]]) -> None:
    first = statistics.median(run["ten"][0] for run in runs)
    tenth = statistics.median(run["ten"][9] for run in runs)
    slower = [run["ten"][0] - run["ten"][9] for run in runs]
    adds = statistics.median(run["hub"] - run["bare"] for run in runs)
    print(
        f"{kind:<11} first {first:6.2f} ms   tenth {tenth:6.2f} ms   first - tenth {statistics.median(slower):6.2f}"
        f" (worst {max(slower):.2f}) ms   call {statistics.median(run['hub'] for run in runs):5.2f} ms"
        f"   hub adds {adds:5.2f} ms"
        f"   after a pause {statistics.median(run['cold'] for run in runs):5.2f} ms   n={len(runs)}"
    )


def wait_for(port: int) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise SystemExit("the HTTP server did not start")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--processes", type=int, default=5)
    parser.add_argument("--measure", choices=KINDS, help=argparse.SUPPRESS)
    parser.add_argument("--db", help=argparse.SUPPRESS)
    parser.add_argument("--url", default="", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(asyncio.run(measure(options.measure, options.db, options.url))))
        return
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        db = str(Path(folder, "cafe.sqlite"))
        web = subprocess.Popen([sys.executable, "-m", "mcp_servers.cafe", "--db", db, "--http", str(port)])
        try:
            wait_for(port)
            for kind in KINDS:
                command = [sys.executable, "-m", "tests.bench.first_tool_call", "--measure", kind, "--db", db]
                command += ["--url", f"http://127.0.0.1:{port}/mcp"]
                done = [subprocess.run(command, check=True, stdout=subprocess.PIPE) for _ in range(options.processes)]
                report(kind, [json.loads(run.stdout.splitlines()[-1]) for run in done])
        finally:
            web.terminate()
            web.wait(10)


if __name__ == "__main__":
    main()
