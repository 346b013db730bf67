"""`frontdesk console`: talk to the agent in the terminal, by voice or in writing."""

import argparse
import asyncio
import codecs
import os
import sys
import threading
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from prompt_toolkit import PromptSession
from prompt_toolkit.patch_stdout import patch_stdout

from server.calls.call import held
from server.cli.audio_devices import describe_devices, portaudio, why_no_audio
from server.cli.screen import HELP, Agents, Console, Said
from server.config.file import Config, load
from server.errors import NotReady
from server.loop import run as run_loop
from server.wiring import opened, unavailable
from voice.errors import TransportClosed
from voice.session import Session

__all__ = ["run"]

_LINES = 100
"""Of a pipe, read ahead."""


def run(args: argparse.Namespace) -> int:
    """0: left by the user, or the input ended. 1: the conversation failed, or there is no way to hold it."""
    if args.list_devices:
        for line in describe_devices():
            print(line)
        return 0
    config = load(args.config)
    terminal = sys.stdin.isatty() and sys.stdout.isatty()
    obstacle = why_no_audio() if args.mode == "voice" or terminal else "the input is no terminal; start with --voice"
    if args.mode == "voice" and obstacle:
        raise NotReady(obstacle)
    if sys.stderr.isatty():
        print("getting ready ...", file=sys.stderr)
    plan = _Plan(config, terminal, obstacle, voiced=not obstacle and args.mode != "text", args=args)
    return run_loop(_console(plan))


@dataclass(frozen=True, slots=True)
class _Plan:
    """How the conversation is to be held. `obstacle`: why it can only be written."""

    config: Config
    terminal: bool
    obstacle: str | None
    voiced: bool
    args: argparse.Namespace


async def _console(plan: _Plan) -> int:
    async with AsyncExitStack() as resources:
        obstacle = plan.obstacle
        try:
            app = await resources.enter_async_context(opened(plan.config, spoken=obstacle is None))
        except NotReady as error:
            if obstacle or plan.voiced:
                raise
            obstacle = str(error)  # /voice will say so
            app = await resources.enter_async_context(opened(plan.config, spoken=False))
        device = None if obstacle else resources.enter_context(_device(plan.args))
        today = date.today()
        await app.warm(today)
        begin = partial(app.session, today=today, patient=not plan.voiced)
        session = (await resources.enter_async_context(held(begin, device))).session
        session.use_voice(plan.voiced)

        def speak(on: bool) -> str | None:
            if device is None:
                return obstacle if on else None
            try:
                device.activate(on)
            except TransportClosed as error:
                return str(error)
            session.use_voice(on)
            return None

        if plan.voiced and (problem := speak(True)):
            raise NotReady(problem)
        for line in unavailable(app.hub):
            print(line)
        agents = Agents(session, app.agents(today), plan.config.answered_by)
        console = Console(session, agents, speak, print, voiced=plan.voiced, echo=not plan.terminal)
        return await _hold(plan, session, console)


async def _hold(plan: _Plan, session: Session, console: Console) -> int:
    prompt: PromptSession[str] | None = PromptSession() if plan.terminal else None
    interrupted = False

    def changed() -> None:
        if prompt is not None:
            prompt.app.invalidate()

    async def converse() -> None:
        nonlocal interrupted
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(console.watch(session.subscribe(), changed))
            reading = tasks.create_task(_prompt(console, prompt) if prompt else _pipe(console))
            reading.add_done_callback(lambda task: session.hang_up("quit"))
            await session.run()
            interrupted = reading.done() and not reading.cancelled() and reading.result()
            reading.cancel()

    if prompt is None:
        await converse()
    else:
        print(HELP)
        with patch_stdout(raw=True):
            await converse()
    if interrupted:
        raise KeyboardInterrupt
    return 1 if console.failed and prompt is None else 0


async def _prompt(console: Console, prompt: "PromptSession[str]") -> bool:
    """Read lines at the prompt; True when the user pressed Ctrl-C."""

    def toolbar() -> str:
        return f" {console.status}   {console.partial}"

    while True:
        try:
            line = await prompt.prompt_async("you> ", bottom_toolbar=toolbar)
        except EOFError:
            return False
        except KeyboardInterrupt:
            return True
        if console.enter(line) is Said.QUIT:
            return False


async def _pipe(console: Console) -> bool:
    """Read lines from standard input, each when the agent has answered the one before."""
    lines: asyncio.Queue[str | None] = asyncio.Queue(maxsize=_LINES)
    room = threading.Semaphore(_LINES)
    loop = asyncio.get_running_loop()
    # A thread of its own, because regular files cannot be waited for; a daemon, because it cannot be interrupted.
    threading.Thread(target=_read, args=(loop, lines, room), daemon=True).start()
    while True:
        await console.idle.wait()
        line = await lines.get()
        room.release()
        if line is None or console.enter(line) is Said.QUIT:
            return False


def _read(loop: asyncio.AbstractEventLoop, lines: "asyncio.Queue[str | None]", room: threading.Semaphore) -> None:
    """Straight from the descriptor: a thread inside `sys.stdin` would hold a lock that the interpreter needs to end."""
    decode = codecs.getincrementaldecoder("utf-8")("replace").decode
    rest = ""

    def put(line: str | None) -> None:
        room.acquire()
        loop.call_soon_threadsafe(lines.put_nowait, line)

    try:
        while chunk := os.read(sys.stdin.fileno(), 4096):
            *whole, rest = (rest + decode(chunk)).split("\n")
            for line in whole:
                put(line)
        for last in (rest, None) if rest else (None,):
            put(last)
    except RuntimeError:
        return  # the loop is closed: nobody listens any more


def _device(args: argparse.Namespace) -> Any:
    portaudio()
    from voice.transports.sound_device import SoundDevice  # the extra `audio` may not be installed

    try:
        return SoundDevice(_device_name(args.input), _device_name(args.output))
    except TransportClosed as error:
        raise NotReady(f"{error} (frontdesk console --list-devices shows those there are)") from error


def _device_name(given: str | None) -> int | str | None:
    return int(given) if given is not None and given.isdigit() else given
