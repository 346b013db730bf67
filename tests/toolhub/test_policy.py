from itertools import product

import pytest
from mcp_types import Tool, ToolAnnotations

from toolhub.policy import Decision, Fate, Rule, decide, fate, is_read_only, read_back

HINTS = [
    None,
    *(
        ToolAnnotations(read_only_hint=reads, destructive_hint=destroys)
        for reads, destroys in product([None, False, True], repeat=2)
    ),
]
EVERYTHING = list(product(HINTS, [False, True], Rule, [False, True]))
"""Hints, trusted, rule, ask_unless_read_only."""


def decided(hints, trusted, rule, ask):
    return decide(hints, trusted=trusted, rule=rule, ask_unless_read_only=ask)


def test_every_one_of_the_160_combinations_is_decided_as_written_here():
    assert len(EVERYTHING) == 160
    for hints, trusted, rule, ask in EVERYTHING:
        reads = hints is not None and bool(hints.read_only_hint)
        destroys = hints is not None and bool(hints.destructive_hint)
        expected = {
            Rule.DENY: Decision.REFUSE,
            Rule.ASK: Decision.ASK_FIRST,
            Rule.ALLOW: Decision.RUN_NOW if trusted and reads else Decision.WAIT,
            Rule.HINTS: {
                # trusted, reads only, says it destroys, the LLM has to ask
                (False, False, False, False): Decision.WAIT,
                (False, False, False, True): Decision.ASK_FIRST,
                (False, False, True, False): Decision.WAIT,
                (False, False, True, True): Decision.ASK_FIRST,
                (False, True, False, False): Decision.WAIT,
                (False, True, False, True): Decision.WAIT,
                (False, True, True, False): Decision.WAIT,
                (False, True, True, True): Decision.WAIT,
                (True, False, False, False): Decision.WAIT,
                (True, False, False, True): Decision.ASK_FIRST,
                (True, False, True, False): Decision.ASK_FIRST,
                (True, False, True, True): Decision.ASK_FIRST,
                (True, True, False, False): Decision.RUN_NOW,
                (True, True, False, True): Decision.RUN_NOW,
                (True, True, True, False): Decision.RUN_NOW,
                (True, True, True, True): Decision.RUN_NOW,
            }[trusted, reads, destroys, ask],
        }[rule]
        assert expected is decided(hints, trusted, rule, ask), (hints, trusted, rule, ask)


def test_nothing_that_may_change_the_world_or_is_not_trusted_ever_runs_before_the_commit():
    now = [case for case in EVERYTHING if decided(*case) is Decision.RUN_NOW]
    assert now
    assert all(trusted and is_read_only(hints) for hints, trusted, _, _ in now)


def test_a_hint_never_makes_a_call_freer_where_its_server_is_not_trusted_and_the_llm_may_act():
    assert {decided(hints, False, Rule.HINTS, False) for hints in HINTS} == {Decision.WAIT}


def test_with_todays_configuration_every_call_waits_for_the_commit():
    assert {decide(hints) for hints in HINTS} == {Decision.WAIT}


@pytest.mark.parametrize(
    ("read_only", "sent", "expected"),
    [(False, False, Fate.CANCEL), (True, False, Fate.CANCEL), (True, True, Fate.CANCEL), (False, True, Fate.GO_ON)],
)
def test_only_what_was_sent_and_may_have_changed_the_world_goes_on_without_its_reply(read_only, sent, expected):
    assert fate(read_only, sent) is expected


@pytest.mark.parametrize(
    ("title", "arguments", "said"),
    [
        (
            "Book a table",
            {"date": "Tuesday", "time": "18:30", "people": 2, "name": "Miller"},
            "Shall I book a table: Tuesday, 18:30, two people, name Miller?",
        ),
        (None, {"number_of_guests": 1, "garden": True}, "Shall I book table: one guest, garden?"),
        (
            None,
            {"guests": 14, "order_number": 4, "dog": False},
            "Shall I book table: 14 guests, order number 4, no dog?",
        ),
        (
            "Move it.",
            {"to": {"street": "Mill Lane"}, "tags": ["a", "b"]},
            "Shall I move it: street Mill Lane, tags a and b?",
        ),
        ("Book a table", {"note": "", "extra": None, "people": 0}, "Shall I book a table?"),
        ("Book a table", {}, "Shall I book a table?"),
    ],
)
def test_a_call_is_read_back_as_a_question_with_its_arguments(title, arguments, said):
    assert read_back(Tool(name="book_table", title=title, input_schema={"type": "object"}), arguments) == said
