"""`frontdesk call`: a call with recorded speech, in real time. Leaves recording.wav, events.jsonl, transcript.json."""

import argparse
import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from datetime import date
from pathlib import Path
from typing import TextIO

from server.config import Config, load
from server.errors import WrongInput
from server.live import LiveTranscript, timing_table
from server.loop import run as run_loop
from server.transcript import transcript
from server.wiring import App, opened, unavailable
from voice.events import Failed, Record, ReplyEnded, SessionEnded, to_json
from voice.metrics import turn_timings
from voice.recording import Recorded
from voice.transports.wav import CallScript, Clip, UnreadableAudio, WavCaller, read_clip

__all__ = ["clip_of", "run", "verdict"]


def run(args: argparse.Namespace) -> int:
    """0: every file was answered. 1: it failed, the last line says why."""
    clips = _clips(args.files)
    config = load(args.config)
    out: Path = args.out
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WrongInput(f"--out {out}: cannot be made: {error.strerror}") from error
    records: list[Record] = []
    try:
        script = run_loop(_call(config, clips, out, records))
    finally:
        if records:  # however it ended
            written = json.dumps(transcript(records), ensure_ascii=False, indent=2)
            (out / "transcript.json").write_text(written + "\n", encoding="utf-8")
    print()
    for line in timing_table(turn_timings(records)):
        print(line)
    failure = verdict(records, script, len(clips), config.voice.reply.apology)
    print(f"\nleft {out / 'recording.wav'}, {out / 'events.jsonl'}, {out / 'transcript.json'}")
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


async def _call(config: Config, clips: Sequence[Clip], out: Path, records: list[Record]) -> CallScript:
    async with opened(config, spoken=True) as app:
        for line in unavailable(app.hub):
            print(line)
        today = date.today()
        await app.warm(today)
        with (out / "events.jsonl").open("w", encoding="utf-8", buffering=1) as log:
            return await _hold(app, clips, out / "recording.wav", log, records, today)


async def _hold(
    app: App, clips: Sequence[Clip], recording: Path, log: TextIO, records: list[Record], today: date
) -> CallScript:
    clock = asyncio.get_running_loop().time
    caller = WavCaller(CallScript(clips, clock(), greeted=bool(app.config.agent.greeting)))
    with Recorded(caller, recording, clock) as line:
        session = app.session(line, today)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(caller.follow(session.subscribe()))
            tasks.create_task(_report(session.subscribe(), log, records))
            await session.run()
    return caller.script


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
    failures = [record.event for record in records if isinstance(record.event, Failed)]
    last = f" ({failures[-1].stage}: {failures[-1].message})" if failures else ""
    if ended == "failed" or script.played < clips:
        return f"it ended ({ended}) after {script.played} of {clips} files{last}"
    if script.unanswered:
        return f"no answer to {', '.join(script.unanswered)}{last}"
    for record in records:
        match record.event:
            case ReplyEnded(heard=heard, interrupted=False) if not heard or (apology and apology in heard):
                return f"in turn {record.turn} the agent could not answer{last}"
    return None
