"""`frontdesk call`: a call with recorded speech, in real time. Leaves recording.wav, events.jsonl, transcript.json."""

import argparse
import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import date
from pathlib import Path
from typing import TextIO

from server.calls.transcript import transcript
from server.cli.live_transcript import LiveTranscript, failure_text, timing_table
from server.config.file import Config, load
from server.errors import WrongInput
from server.loop import asked_to_stop
from server.loop import run as run_loop
from server.wiring import opened, unavailable
from voice.events import Failed, Record, ReplyEnded, SessionEnded, to_json
from voice.metrics import turn_timings
from voice.session import Session
from voice.transports.recorded import Recorded
from voice.transports.wav import CallScript, Clip, UnreadableAudio, WavCaller, read_clip

__all__ = ["clip_of", "run", "verdict"]


def run(args: argparse.Namespace) -> int:
    """0: every file was answered. 1: it failed, the last line says why. 130 or 143: it was told to stop."""
    clips = _clips(args.files)
    config = load(args.config)
    out: Path = args.out
    records: list[Record] = []
    if sys.stderr.isatty():
        print("getting ready ...", file=sys.stderr)
    script, stopped = run_loop(_call(config, clips, out, records))
    print()
    for line in timing_table(turn_timings(records)):
        print(line)
    failure = verdict(records, script, len(clips), config.voice.phrases.apology)
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
    config: Config, clips: Sequence[Clip], out: Path, records: list[Record]
) -> tuple[CallScript, signal.Signals | None]:
    """What of the script was played, and the signal that ended the call before its time."""
    async with opened(config, spoken=True) as app:
        for line in unavailable(app.hub):
            print(line)
        today = date.today()
        await app.warm(today)
        clock = asyncio.get_running_loop().time
        caller = WavCaller(CallScript(clips, clock(), greeted=bool(config.agent.greeting)))
        with ExitStack() as files:
            try:
                out.mkdir(parents=True, exist_ok=True)
                log = files.enter_context((out / "events.jsonl").open("w", encoding="utf-8", buffering=1))
                files.enter_context(_transcript(out / "transcript.json", records))
                recorded = files.enter_context(Recorded(caller, out / "recording.wav", clock))
            except OSError as error:
                raise WrongInput(f"--out {out}: cannot be made: {error.filename}: {error.strerror}") from error
            stopped = await _hold(caller, app.session(recorded, today), log, records)
        return caller.script, stopped


@contextmanager
def _transcript(path: Path, records: Sequence[Record]) -> Iterator[None]:
    """Written at the end, however that comes; opened at the beginning, so that none of an earlier call is left."""
    with path.open("w", encoding="utf-8") as file:
        try:
            yield
        finally:
            file.write(json.dumps(transcript(records), ensure_ascii=False, indent=2) + "\n")


async def _hold(caller: WavCaller, session: Session, log: TextIO, records: list[Record]) -> signal.Signals | None:
    stopped: signal.Signals | None = None

    def stop(number: signal.Signals) -> None:
        """As if the caller had hung up: what was heard is noted, and a tool call that has begun is finished."""
        nonlocal stopped
        stopped = number
        session.hang_up("interrupted")

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(caller.follow(session.subscribe()))
        tasks.create_task(_report(session.subscribe(), log, records))
        with asked_to_stop(stop):
            await session.run()
    return stopped


async def _report(stream: AsyncIterator[Record], log: TextIO, records: list[Record]) -> None:
    live = LiveTranscript()
    async for record in stream:
        records.append(record)
        log.write(to_json(record) + "\n")
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
