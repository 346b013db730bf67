"""The event log's format."""

import json
from dataclasses import fields
from typing import get_args

import pytest

from voice.events import FORMAT, Event, Record, SessionEnded, ToolCallStarted, UserTranscript, from_json, to_json


def test_a_line_holds_version_time_turn_type_and_the_events_fields() -> None:
    line = to_json(Record(1.23456, 2, UserTranscript("hi", final=True), "c1"))
    assert json.loads(line) == {
        "v": 1,
        "id": "c1",
        "at": 1.2346,
        "turn": 2,
        "type": "user_transcript",
        "text": "hi",
        "final": True,
    }


@pytest.mark.parametrize("kind", get_args(Event))
def test_every_event_survives_the_log(kind: type) -> None:
    record = Record(0.5, 1, kind(*("x" for _ in fields(kind))))
    assert record == from_json(to_json(record))


def test_tool_arguments_stay_structured() -> None:
    line = to_json(Record(0, 1, ToolCallStarted(1, "c", "book", {"people": 2})))
    assert json.loads(line)["arguments"] == {"people": 2}


def test_a_field_of_a_later_version_is_left_out() -> None:
    line = '{"v": 1, "at": 0, "turn": 0, "type": "session_ended", "reason": "x", "mood": "good"}'
    assert from_json(line) == Record(0, 0, SessionEnded("x"))


def test_another_version_is_refused() -> None:
    with pytest.raises(ValueError, match=f"format {FORMAT}"):
        from_json('{"v": 99, "at": 0, "turn": 0, "type": "session_ended", "reason": "x"}')


def test_an_unknown_type_is_refused() -> None:
    with pytest.raises(ValueError, match="unheard_of"):
        from_json('{"v": 1, "at": 0, "turn": 0, "type": "unheard_of"}')


def test_half_a_character_and_no_number_are_written_so_that_any_reader_and_file_takes_them() -> None:
    arguments = {"name": "\ud800", "people": [float("nan"), 2], "far": float("inf")}
    line = to_json(Record(0, 1, ToolCallStarted(1, "c", "book", arguments)))
    line.encode("utf-8")
    assert json.loads(line)["arguments"] == {"name": "\ud800", "people": [None, 2], "far": None}
