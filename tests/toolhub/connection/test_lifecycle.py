"""The table of a connection's life, enumerated."""

from itertools import pairwise, product
from typing import get_args

import pytest

from toolhub.connection.lifecycle import (
    TABLE,
    Answered,
    ClientClosed,
    Close,
    Command,
    Doubted,
    Due,
    Ended,
    Event,
    Forgotten,
    ImpossibleEvent,
    Life,
    LoginNeeded,
    Opened,
    OpenFailed,
    ServerState,
    Unanswered,
    Unusable,
    born,
    retry_delay,
    step,
)

ANSWERS: dict[Command | None, list[Event]] = {
    Command.OPEN: [Opened(), OpenFailed("no"), Unusable("never"), LoginNeeded("who?")],
    Command.ASK: [Answered(), Unanswered("no"), LoginNeeded("who?"), Ended("gone"), Forgotten()],
    Command.CLOSE: [ClientClosed("it ended")],
    None: [],
}
ANY_TIME: list[Event] = [Doubted(), Ended("gone"), Forgotten(), Close()]
WAITING = {ServerState.CONNECTING, ServerState.IN_DOUBT, ServerState.DOWN, ServerState.NEEDS_LOGIN}
BAD = {ServerState.DOWN, ServerState.NEEDS_LOGIN, ServerState.FAILED}


def possible(life):
    """What may happen to a life next."""
    happens = {*ANSWERS[life.command], *ANY_TIME}
    return sorted({*happens, Due()} if life.deadline is not None else happens, key=repr)


def check_alone(life, now):
    """What holds for every life."""
    busy = (life.command is not None) + (life.deadline is not None)
    assert busy == (life.state in WAITING), "it waits for something, and for one thing"
    if life.command is not None:
        assert life.connected == (life.command is not Command.OPEN)
    if life.state in (ServerState.READY, ServerState.IN_DOUBT):
        assert life.connected
    if life.state in (ServerState.FAILED, ServerState.CLOSED):
        assert not life.connected
    assert (life.error is not None) == (life.state in BAD)
    if life.deadline is not None:
        assert now <= life.deadline <= now + (300 if life.state is ServerState.NEEDS_LOGIN else 37.5)


def check_step(before, event, after):
    """What holds for every step."""
    if before.state is ServerState.CLOSED:
        assert after == before
    if isinstance(event, Close):
        assert after.state is ServerState.CLOSED
        return
    if before.state is ServerState.FAILED:
        assert after == before
    if before.command in (Command.OPEN, Command.CLOSE) and event not in ANSWERS[before.command]:
        assert after == before, "one thing at a time: nothing interrupts an open or a close"
    if before.connected and not after.connected:
        assert isinstance(event, ClientClosed), "a client is closed before another is opened"
    if after.state is ServerState.READY and before.state is not ServerState.READY:
        assert isinstance(event, Opened | Answered)


def walk(length):
    """Every possible sequence of up to `length` events, each a second or a minute after the last one."""
    rows, sequences = set(), 0
    lives = [(born(), 0.0)]
    for _ in range(length):
        following = []
        for life, now in lives:
            for event in possible(life):
                if life.deadline is None:
                    waits = [1.0, 60.0]
                else:  # the rest of the time until it is due
                    waits = [max(0.0, life.deadline - now)] if isinstance(event, Due) else [0.0]
                for wait in waits:
                    after = step(life, event, now + wait, 0.5)
                    rows.add((life.state, type(event)))
                    check_alone(after, now + wait)
                    check_step(life, event, after)
                    sequences += 1
                    following.append((after, now + wait))
        lives = [(life, now) for life, now in following if life.state is not ServerState.CLOSED]
    return rows, sequences


def test_all_89568_sequences_of_up_to_five_events_keep_the_invariants_and_use_every_row():
    rows, sequences = walk(5)
    assert sequences == 89_568
    reached_when_closed = {(ServerState.CLOSED, kind) for kind in (Doubted, Ended, Forgotten, Close)}
    assert rows | reached_when_closed == set(TABLE)


def test_what_the_table_does_not_list_is_an_error_of_the_owner():
    lives = {state: Life(state) for state in ServerState} | {ServerState.CONNECTING: born()}
    kinds = get_args(Event)
    events: dict[type, Event] = {kind: kind("why") if "reason" in kind.__slots__ else kind() for kind in kinds}
    missing = [pair for pair in product(ServerState, kinds) if pair not in TABLE]
    assert len(missing) == len(ServerState) * len(kinds) - len(TABLE)
    for state, kind in missing:
        with pytest.raises(ImpossibleEvent, match=f"{kind.__name__} while {state}"):
            step(lives[state], events[kind], 0.0, 0.5)


def test_once_closed_nothing_happens_any_more():
    closed = step(born(), Close(), 0.0, 0.5)
    for event in ANY_TIME:
        assert step(closed, event, 1.0, 0.5) == closed


def lived(*events):
    """The life after `events`, each at its deadline or a second after the last one."""
    life, now = born(), 0.0
    for event in events:
        if isinstance(event, Due):
            assert life.deadline is not None
            now = life.deadline
        else:
            now += 1
        life = step(life, event, now, 0.5)
    return life, now


def test_a_server_that_does_not_open_is_tried_again_at_once_and_then_more_and_more_slowly():
    delays = []
    for attempts in range(5):
        life, now = lived(*[OpenFailed("no"), Due()] * attempts, OpenFailed("no"))
        delays.append(life.deadline - now)
    assert delays == [0.0, 0.25, 0.5, 1.0, 2.0]


def test_after_a_life_of_some_length_attempts_count_from_the_start_again():
    life, now = lived(*[OpenFailed("no"), Due()] * 4, Opened())
    soon = step(step(life, Ended("gone"), now + 1, 0.5), ClientClosed("gone"), now + 1, 0.5)
    late = step(step(life, Ended("gone"), now + 31, 0.5), ClientClosed("gone"), now + 31, 0.5)
    assert (soon.deadline - now - 1, late.deadline - now - 31) == (2.0, 0.0)


def test_refused_credentials_are_tried_again_slowly_and_by_the_same_client_where_there_is_one():
    life, now = lived(LoginNeeded("who?"))
    assert (ServerState.NEEDS_LOGIN, now + 300) == (life.state, life.deadline)
    assert step(life, Due(), now + 300, 0.5).command is Command.OPEN
    life, now = lived(Opened(), Doubted(), LoginNeeded("who?"))
    assert (ServerState.NEEDS_LOGIN, now + 300) == (life.state, life.deadline)
    assert step(life, Due(), now + 300, 0.5).command is Command.ASK


def test_a_server_that_forgot_us_is_connecting_again_and_not_down():
    life, _ = lived(Opened(), Forgotten())
    assert (life.state, life.command) == (ServerState.CONNECTING, Command.CLOSE)
    life, now = lived(Opened(), Forgotten(), ClientClosed("gone"))
    assert (ServerState.CONNECTING, now) == (life.state, life.deadline)


def test_the_first_retry_is_at_once_and_the_others_double_up_to_half_a_minute():
    delays = [retry_delay(attempt, 0.5) for attempt in range(12)]
    assert delays[:5] == [0.0, 0.25, 0.5, 1.0, 2.0]
    assert delays[-1] == 30.0
    assert all(a <= b for a, b in pairwise(delays))


def test_chance_spreads_the_retries_by_a_quarter_each_way():
    assert (retry_delay(3, 0.0), retry_delay(3, 1.0)) == (0.75, 1.25)
