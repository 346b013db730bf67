"""Log lines: of which call they are, and no secrets in them.

A line that is logged while a call is held carries the call's id, whichever module logs it: the id is in the context,
which tasks inherit from whoever starts them.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from server.config.secrets import redacted

__all__ = ["CallContext", "LineFormatter", "set_up", "within_call"]

_call: ContextVar[str] = ContextVar("call", default="")


@contextmanager
def within_call(call: str) -> Iterator[None]:
    """What is logged inside, and by the tasks that are started inside, belongs to the call with this id."""
    token = _call.set(call)
    try:
        yield
    finally:
        _call.reset(token)


class CallContext(logging.Filter):
    """Sets `record.call`: the call's id, empty outside of calls. Lets every record through."""

    def filter(self, record: logging.LogRecord) -> bool:
        """See logging.Filter."""
        record.call = _call.get()
        return True


class LineFormatter(logging.Formatter):
    """`frontdesk: message (logger)`, in a call `frontdesk: message (logger, call ID)`. For records with `call`."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        """See logging.Formatter."""
        call: str = record.__dict__["call"]
        return f"frontdesk: {record.message} ({record.name}{f', call {call}' if call else ''})"

    def format(self, record: logging.LogRecord) -> str:
        """See logging.Formatter; a traceback is searched for secrets too."""
        return redacted(super().format(record))


def set_up() -> None:
    """Warnings and worse go to standard error."""
    handler = logging.StreamHandler()
    handler.addFilter(CallContext())
    handler.setFormatter(LineFormatter())
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
