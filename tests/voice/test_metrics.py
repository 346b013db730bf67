"""Latencies as a fold over the event stream."""

import pytest

from tests.fakes.call import Caller, Tools, call
from voice.events import from_json, to_json
from voice.metrics import TurnTiming, turn_timings
from voice.policy import IdlePolicy, TurnPolicy
from voice.providers.scripted import ScriptedLLM, ScriptedSTT, ScriptedTTS


def test_the_parts_of_a_turn_add_up() -> None:
    outcome = call(
        Caller([(1.024, 2.048)], until=9),
        ScriptedSTT(texts=["Book"], delay=0.05),
        ScriptedLLM(replies=["Let me see.", "Done."], first_token=0.3),
        ScriptedTTS(delay=0.25),
        turn=TurnPolicy(idle=IdlePolicy(after=0), preemptive=False),
    )
    [timing] = turn_timings(outcome.records)
    assert timing.decided == pytest.approx(0.2, abs=0.001)
    assert timing.first_token == pytest.approx(0.3, abs=0.001)
    assert timing.first_audio == pytest.approx(0.25, abs=0.001)
    assert timing.total == pytest.approx(0.75, abs=0.001)
    assert timing.tools is None


def test_a_prepared_reply_took_no_time_after_the_decision() -> None:
    outcome = call(
        Caller([(1.024, 3.072)], until=9),
        ScriptedSTT(texts=["Book"], stable_after=0.3),
        ScriptedLLM(replies=[[{"tool": "a"}], "Done."]),
        tools=Tools({"a": (1.5, "x")}),
    )
    [timing] = turn_timings(outcome.records)
    assert timing.first_token == 0
    assert timing.first_audio == pytest.approx(0, abs=0.001)
    assert timing.tools == pytest.approx(1.5)


def test_replaying_the_written_events_gives_the_same_figures() -> None:
    outcome = call(Caller([(1.024, 2.048)], until=9), ScriptedSTT(texts=["Book"]), ScriptedLLM())
    replayed = [from_json(to_json(record)) for record in outcome.records]
    for live, again in zip(turn_timings(outcome.records), turn_timings(replayed), strict=True):
        assert live.text == again.text
        assert live.total == pytest.approx(again.total, abs=0.001)


def test_a_turn_that_was_never_answered_has_no_total() -> None:
    assert TurnTiming(1, "x", "agreed", 0.2).total is None
