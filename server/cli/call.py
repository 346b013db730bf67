"""`frontdesk call`: a call with recorded speech, in real time. Leaves recording.wav, events.jsonl, transcript.json."""

import argparse
import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from datetime import date
from functools import partial
from pathlib import Path

from server.calls.call import CannotKeep, held
from server.cli.live_transcript import LiveTranscript, failure_text, timing_table
from server.config.file import Config, load
from server.errors import WrongInput
from server.loop import asked_to_stop
from server.loop import run as run_loop
from server.wiring import opened, unavailable
from voice.events import Failed, Record, ReplyEnded, SessionEnded
from voice.metrics import turn_timings
from voice.session import Session
from voice.transports.wav import CallScript, Clip, UnreadableAudio, WavCaller, read_clip

__all__ = ["clip_of", "run", "verdict"]


def run(args: argparse.Namespace) -> int:
    """0: every file was answered. 1: it failed, the last line says why. 130 or 143: it was told to stop."""
    clips = _clips(args.files)
    config = load(args.config)
    out: Path = args.out
    if sys.stderr.isatty():
        print("getting ready ...", file=sys.stderr)
    records, script, stopped = run_loop(_call(config, clips, out))
    print()
    for line in timing_table(turn_timings(records)):
        print(line)
    failure = verdict(records, script, len(clips), config.agent.voice.phrases.apology)
    print(f"\nleft {out / 'recording.wav'}, {out / 'events.jsonl'}, {out / 'transcript.json'}")
    if stopped:
        print(f"the call was stopped after {script.played} of {len(clips)} files")
        print("interrupted" if stopped is signal.SIGINT else "terminated", file=sys.stderr)
        return 128 + stopped
    print(f"the call failed: {failure}" if failure else f"every file was answered ({len(clips)} of {len(clips)})")
    return 1 if failure else 0


def clip_of(argument: str) -> Clip:
    """ "file.wav" or "file.wav@1.5". Raises WrongInput."""
    path, at, number = argument.rpartition("@")
    after: float | None = None
    if not at or Path(argument).exists():
        path = argument
    else:
        try:
            after = float(number)
        except ValueError:
            after = -1.0
        if not 0 <= after < float("inf"):
            raise WrongInput(f"{argument}: what follows the @ should be seconds, such as {path}@1.5")
    try:
        return read_clip(Path(path), after)
    except UnreadableAudio as error:
        raise WrongInput(str(error)) from error


def _clips(arguments: Sequence[str]) -> list[Clip]:
    clips: list[Clip] = []
    wrong: list[str] = []
    for argument in arguments:
        try:
            clips.append(clip_of(argument))
        except WrongInput as error:
            wrong.append(str(error))
    if wrong:
        raise WrongInput("\n".join(wrong))
    return clips


async def _call(
    config: Config, clips: Sequence[Clip], out: Path
) -> tuple[Sequence[Record], CallScript, signal.Signals | None]:
    """What happened, what of the script was played, and the signal that ended the call before its time."""
    async with opened(config, spoken=True) as app:
        for line in unavailable(app.hub):
            print(line)
        today = date.today()
        await app.warm(today)
        now = asyncio.get_running_loop().time()
        caller = WavCaller(CallScript(clips, now, greeted=bool(config.agent.greeting)))
        try:
            async with held(partial(app.session, today=today), caller, out) as call:
                stopped = await _run(call.session, caller)
        except CannotKeep as error:
            raise WrongInput(f"--out {out}: cannot be made: {error}") from error
        return call.records, caller.script, stopped


async def _run(session: Session, caller: WavCaller) -> signal.Signals | None:
    stopped: signal.Signals | None = None

    def stop(number: signal.Signals) -> None:
        """As if the caller had hung up: what was heard is noted, and a tool call that has begun is finished."""
        nonlocal stopped
        stopped = number
        session.hang_up("interrupted")

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(caller.follow(session.subscribe()))
        tasks.create_task(_show(session.subscribe()))
        with asked_to_stop(stop):
            await session.run()
    return stopped


async def _show(stream: AsyncIterator[Record]) -> None:
    live = LiveTranscript()
    async for record in stream:
        for line in live.lines(record):
            print(line, flush=True)


def verdict(records: Sequence[Record], script: CallScript, clips: int, apology: str) -> str | None:
    """Why the call failed; None when every clip was answered."""
    ended = next((record.event.reason for record in records if isinstance(record.event, SessionEnded)), "cut off")
    if ended == "failed" or script.played < clips:
        return f"it ended ({ended}) after {script.played} of {clips} files{_cause(records)}"
    if script.unanswered:
        return f"no answer to {', '.join(script.unanswered)}{_cause(records)}"
    for number, record in enumerate(records):
        match record.event:
            case ReplyEnded(heard=heard, interrupted=False) if not heard or (apology and apology in heard):
                return f"in turn {record.turn} the agent could not answer{_cause(records[:number])}"
    return None


def _cause(records: Sequence[Record]) -> str:
    """The last failure; that of a turn detector, without which a call goes on, only if there is no other."""
    failures = [record.event for record in records if isinstance(record.event, Failed)]
    failures = [failure for failure in failures if failure.stage != "turn"] or failures
    return f" ({failure_text(failures[-1])})" if failures else ""
