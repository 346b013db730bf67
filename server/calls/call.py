"""One call's life, for every front end: id, session, recording, records, log lines, end."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from server.calls.folder import CallFolder
from server.logs import within_call
from voice.events import Record
from voice.session import Session
from voice.transport import Transport

__all__ = ["Begin", "Call", "CannotKeep", "held"]

Begin = Callable[[Transport | None, str], AbstractAsyncContextManager[Session]]
"""Makes the session of a call, from where the caller is and the call's id (`server.wiring.App.session`)."""


class CannotKeep(Exception):
    """The files of a call cannot be made; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call that is held. `id`: 32 hexadecimal digits. `records`: all that has happened so far, without a gap."""

    id: str
    session: Session
    records: Sequence[Record]


@asynccontextmanager
async def held(begin: Begin, transport: Transport | None, folder: Path | None = None) -> AsyncIterator[Call]:
    """A call, to be run inside (`call.session.run()`). What is logged inside carries its id.

    However it ends, its recording, events and transcript are in `folder` then. Enter and leave it in the same task.

    Raises:
        CannotKeep: on entering.
        OSError: on leaving: the files are not whole, because the disk is full, say.
    """
    call_id = uuid4().hex
    records: list[Record] = []
    async with AsyncExitStack() as resources:
        resources.enter_context(within_call(call_id))
        files = resources.enter_context(_files(folder, transport, records)) if folder else None
        where = files.transport if files else transport
        session = await resources.enter_async_context(begin(where, call_id))
        session.attach(records.append)
        if files:
            session.attach(files.write)
        yield Call(call_id, session, records)


def _files(folder: Path, transport: Transport | None, records: Sequence[Record]) -> CallFolder:
    try:
        return CallFolder(folder, transport, records, asyncio.get_running_loop().time)
    except OSError as error:
        raise CannotKeep(f"{error.filename}: {error.strerror}") from error
