"""What a call leaves in a folder: recording.wav, events.jsonl, transcript.json."""

import logging
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from server.calls.transcript import transcript
from voice.events import Record, to_json, written_json
from voice.transport import Transport
from voice.transports.recorded import Recorded

__all__ = ["CallFolder"]

_log = logging.getLogger(__name__)


class CallFolder:
    """The files of one call, made anew: nothing of an earlier call in the same folder is left. A context manager.

    Recording and events are written as the call goes on, the transcript of its `records` on leaving. `transport` is the
    one to use instead of the given one. A disk that fills up ends the files, not the call.

    Raises:
        OSError: the folder or a file in it cannot be made; or, on leaving, could not be written.
    """

    def __init__(
        self, path: Path, transport: Transport | None, records: Sequence[Record], clock: Callable[[], float]
    ) -> None:
        """`clock`: seconds, as `Recorded` wants it."""
        self.transport = transport
        self._records = records
        self._failure: OSError | None = None
        path.mkdir(parents=True, exist_ok=True)
        with ExitStack() as files:
            self._events = files.enter_context((path / "events.jsonl").open("w", encoding="utf-8", buffering=1))
            self._transcript = files.enter_context((path / "transcript.json").open("w", encoding="utf-8"))
            if transport is not None:
                self.transport = files.enter_context(Recorded(transport, path / "recording.wav", clock))
            self._files = files.pop_all()

    def write(self, record: Record) -> None:
        """One line of events.jsonl; the system has it when this returns."""
        if self._failure is not None:
            return
        try:
            self._events.write(to_json(record) + "\n")
        except OSError as error:
            _log.warning("the events stop here: %s", error.strerror)
            self._failure = error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._files:
            self._transcript.write(written_json(transcript(self._records), indent=2) + "\n")
        if self._failure is not None and error is None:
            raise self._failure
