"""The life of a connection as a table. Pure: an event and `now` in, the next life out.

    state         | what it means                                 | is left by
    --------------+-----------------------------------------------+------------------------------------------------
    connecting    | being opened; calls wait                      | opened, open failed, unusable, login needed
    ready         | can be called                                 | doubted, ended, forgotten
    in doubt      | a call did not get through: the server is     | answered, unanswered, login needed, ended,
                  | asked for its tools; can be called            | forgotten
    down          | not there; tried again and again              | opened, answered, unusable, login needed
    needs login   | refuses our credentials; tried again slowly   | opened, open failed, answered, unanswered, ended
    failed        | can never work as configured                  | close
    closed        | over                                          | -

A `Life` says what the owner has to do now (`command`) and when to come back by itself (`deadline`). At most one of them
is set; while the state is ready, failed or closed there is no deadline.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

__all__ = [
    "TABLE",
    "Answered",
    "ClientClosed",
    "Close",
    "Command",
    "Doubted",
    "Due",
    "Ended",
    "Event",
    "Forgotten",
    "ImpossibleEvent",
    "Life",
    "LoginNeeded",
    "OpenFailed",
    "Opened",
    "ServerState",
    "Unanswered",
    "Unusable",
    "born",
    "retry_delay",
    "step",
]

_LONGEST_DELAY = 30.0
_LOGIN_DELAY = 300.0
"""Seconds between attempts with credentials that were refused: they change when a human changes them."""


class ServerState(StrEnum):
    """Of a server; see the table above."""

    CONNECTING = "connecting"
    READY = "ready"
    IN_DOUBT = "in doubt"
    DOWN = "down"
    NEEDS_LOGIN = "needs login"
    FAILED = "failed"
    CLOSED = "closed"


class Command(StrEnum):
    """What the owner has to do: open a client and list the tools; list the tools again; close the client."""

    OPEN = "open"
    ASK = "ask"
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class Opened:
    """The client is open and the tools are listed."""


@dataclass(frozen=True, slots=True)
class OpenFailed:
    """It could not be opened; no client is left."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unusable:
    """It will never open as configured."""

    reason: str


@dataclass(frozen=True, slots=True)
class LoginNeeded:
    """The server answered the open or the question that it does not accept who we are."""

    reason: str


@dataclass(frozen=True, slots=True)
class Doubted:
    """A call could not reach the server."""


@dataclass(frozen=True, slots=True)
class Answered:
    """The server listed its tools again."""


@dataclass(frozen=True, slots=True)
class Unanswered:
    """It could not be reached; the client is alive."""

    reason: str


@dataclass(frozen=True, slots=True)
class Ended:
    """The client is of no use any more: the child ended, the connection broke."""

    reason: str


@dataclass(frozen=True, slots=True)
class Forgotten:
    """The server does not know our session any more, and is there."""


@dataclass(frozen=True, slots=True)
class ClientClosed:
    """The client is closed as commanded; `reason` is what is now known of why."""

    reason: str


@dataclass(frozen=True, slots=True)
class Due:
    """The deadline has come."""


@dataclass(frozen=True, slots=True)
class Close:
    """The owner is told to end."""


Event = (
    Opened
    | OpenFailed
    | Unusable
    | LoginNeeded
    | Doubted
    | Answered
    | Unanswered
    | Ended
    | Forgotten
    | ClientClosed
    | Due
    | Close
)


@dataclass(frozen=True, slots=True)
class Life:
    """How a connection is. Times are seconds of one clock."""

    state: ServerState
    command: Command | None = None
    deadline: float | None = None
    connected: bool = False
    """There is a client."""
    error: str | None = None
    """Why the state is down, needs login or failed; no secrets."""
    attempt: int = 0
    since: float = 0.0
    """When it last became ready."""


class ImpossibleEvent(RuntimeError):
    """The owner reports what it was not told to do."""


def retry_delay(attempt: int, chance: float) -> float:
    """Seconds before attempt number `attempt`: 0, then 0.25 doubling to 30, times 0.75..1.25 by `chance` (0..1)."""
    if attempt == 0:
        return 0.0
    return min(_LONGEST_DELAY, 0.25 * 2.0 ** (attempt - 1)) * (0.75 + 0.5 * chance)


def born() -> Life:
    """The life of a connection that is to be opened."""
    return Life(ServerState.CONNECTING, Command.OPEN)


def step(life: Life, event: Event, now: float, chance: float) -> Life:
    """The life after `event`. `chance` (0..1) spreads the retries.

    Raises:
        ImpossibleEvent: `TABLE` has no row for it.
    """
    handler = TABLE.get((life.state, type(event)))
    if handler is None:
        raise ImpossibleEvent(f"{type(event).__name__} while {life.state}")
    return handler(life, event, now, chance)


def _opened(life: Life, event: Opened, now: float, chance: float) -> Life:
    return Life(ServerState.READY, connected=True, attempt=life.attempt, since=now)


def _open_failed(life: Life, event: OpenFailed, now: float, chance: float) -> Life:
    return _try_again(replace(life, state=ServerState.DOWN, error=event.reason), now, chance)


def _unusable(life: Life, event: Unusable, now: float, chance: float) -> Life:
    return replace(life, state=ServerState.FAILED, command=None, error=event.reason)


def _login_needed(life: Life, event: LoginNeeded, now: float, chance: float) -> Life:
    refused = replace(life, state=ServerState.NEEDS_LOGIN, command=None, error=event.reason)
    return replace(refused, deadline=now + _LOGIN_DELAY)


def _doubted(life: Life, event: Doubted, now: float, chance: float) -> Life:
    return replace(life, state=ServerState.IN_DOUBT, command=Command.ASK)


def _answered(life: Life, event: Answered, now: float, chance: float) -> Life:
    since = life.since if life.state is ServerState.IN_DOUBT else now
    return Life(ServerState.READY, connected=True, attempt=life.attempt, since=since)


def _unanswered(life: Life, event: Unanswered, now: float, chance: float) -> Life:
    return _try_again(replace(_rested(life, now), state=ServerState.DOWN, error=event.reason), now, chance)


def _ended(life: Life, event: Ended, now: float, chance: float) -> Life:
    if not life.connected or life.command is Command.CLOSE:
        return life
    gone = replace(_rested(life, now), state=ServerState.DOWN, error=event.reason)
    return replace(gone, command=Command.CLOSE, deadline=None)


def _forgotten(life: Life, event: Forgotten, now: float, chance: float) -> Life:
    return replace(_rested(life, now), state=ServerState.CONNECTING, command=Command.CLOSE)


def _restarted(life: Life, event: Forgotten, now: float, chance: float) -> Life:
    return _ended(life, Ended("the server was restarted"), now, chance)


def _reopen(life: Life, event: ClientClosed, now: float, chance: float) -> Life:
    return _try_again(replace(life, connected=False), now, chance)


def _explained(life: Life, event: ClientClosed, now: float, chance: float) -> Life:
    return _try_again(replace(life, connected=False, error=event.reason), now, chance)


def _due(life: Life, event: Due, now: float, chance: float) -> Life:
    return replace(life, deadline=None, command=Command.ASK if life.connected else Command.OPEN)


def _closed(life: Life, event: Close, now: float, chance: float) -> Life:
    return Life(ServerState.CLOSED)


def _same(life: Life, event: Event, now: float, chance: float) -> Life:
    return life


def _try_again(life: Life, now: float, chance: float) -> Life:
    deadline = now + retry_delay(life.attempt, chance)
    return replace(life, command=None, deadline=deadline, attempt=life.attempt + 1)


def _rested(life: Life, now: float) -> Life:
    """Attempts count from 0 again after a life of some length."""
    was_ready = life.state in (ServerState.READY, ServerState.IN_DOUBT)
    return replace(life, attempt=0) if was_ready and now - life.since > _LONGEST_DELAY else life


_S = ServerState
TABLE: dict[tuple[ServerState, type[Event]], Callable[[Life, Any, float, float], Life]] = {
    (_S.CONNECTING, Opened): _opened,
    (_S.CONNECTING, OpenFailed): _open_failed,
    (_S.CONNECTING, Unusable): _unusable,
    (_S.CONNECTING, LoginNeeded): _login_needed,
    (_S.CONNECTING, ClientClosed): _reopen,
    (_S.CONNECTING, Due): _due,
    (_S.CONNECTING, Doubted): _same,
    (_S.CONNECTING, Ended): _same,
    (_S.CONNECTING, Forgotten): _same,
    (_S.CONNECTING, Close): _closed,
    (_S.READY, Doubted): _doubted,
    (_S.READY, Ended): _ended,
    (_S.READY, Forgotten): _forgotten,
    (_S.READY, Close): _closed,
    (_S.IN_DOUBT, Answered): _answered,
    (_S.IN_DOUBT, Unanswered): _unanswered,
    (_S.IN_DOUBT, LoginNeeded): _login_needed,
    (_S.IN_DOUBT, Doubted): _same,
    (_S.IN_DOUBT, Ended): _ended,
    (_S.IN_DOUBT, Forgotten): _forgotten,
    (_S.IN_DOUBT, Close): _closed,
    (_S.DOWN, Due): _due,
    (_S.DOWN, Opened): _opened,
    (_S.DOWN, OpenFailed): _open_failed,
    (_S.DOWN, Unusable): _unusable,
    (_S.DOWN, LoginNeeded): _login_needed,
    (_S.DOWN, Answered): _answered,
    (_S.DOWN, Unanswered): _unanswered,
    (_S.DOWN, ClientClosed): _explained,
    (_S.DOWN, Doubted): _same,
    (_S.DOWN, Ended): _ended,
    (_S.DOWN, Forgotten): _restarted,
    (_S.DOWN, Close): _closed,
    (_S.NEEDS_LOGIN, Due): _due,
    (_S.NEEDS_LOGIN, Opened): _opened,
    (_S.NEEDS_LOGIN, OpenFailed): _open_failed,
    (_S.NEEDS_LOGIN, Unusable): _unusable,
    (_S.NEEDS_LOGIN, LoginNeeded): _login_needed,
    (_S.NEEDS_LOGIN, Answered): _answered,
    (_S.NEEDS_LOGIN, Unanswered): _unanswered,
    (_S.NEEDS_LOGIN, Doubted): _same,
    (_S.NEEDS_LOGIN, Ended): _ended,
    (_S.NEEDS_LOGIN, Forgotten): _restarted,
    (_S.NEEDS_LOGIN, Close): _closed,
    (_S.FAILED, Doubted): _same,
    (_S.FAILED, Ended): _same,
    (_S.FAILED, Forgotten): _same,
    (_S.FAILED, Close): _closed,
    (_S.CLOSED, Doubted): _same,
    (_S.CLOSED, Ended): _same,
    (_S.CLOSED, Forgotten): _same,
    (_S.CLOSED, Close): _same,
}
