"""What a call leaves in a folder, also when the disk is full."""

import json

import pytest

from server.calls.folder import CallFolder
from tests.fakes.call import Caller
from voice.events import Record, SessionEnded, SessionStarted, from_json

CALL = [Record(0.0, 0, SessionStarted("Lisa")), Record(2.0, 0, SessionEnded("hangup"))]


def folder(path, records=CALL, transport=None):
    return CallFolder(path, transport or Caller(), records, lambda: 0.0)


def test_events_are_on_the_disk_as_they_happen_and_the_transcript_at_the_end(tmp_path):
    with folder(tmp_path) as files:
        for number, record in enumerate(CALL, 1):
            files.write(record)
            assert len((tmp_path / "events.jsonl").read_text().splitlines()) == number
        assert (tmp_path / "transcript.json").read_text() == ""
    assert [from_json(line) for line in (tmp_path / "events.jsonl").read_text().splitlines()] == CALL
    assert json.loads((tmp_path / "transcript.json").read_text())["ended"] == "hangup"


def test_the_transcript_of_a_call_that_breaks_is_written_too(tmp_path):
    with pytest.raises(ZeroDivisionError), folder(tmp_path):
        raise ZeroDivisionError
    assert json.loads((tmp_path / "transcript.json").read_text())["agent"] == "Lisa"


def test_a_written_conversation_has_no_recording(tmp_path):
    with CallFolder(tmp_path, None, CALL, lambda: 0.0) as files:
        assert files.transport is None
    assert sorted(path.name for path in tmp_path.iterdir()) == ["events.jsonl", "transcript.json"]


def test_a_file_that_cannot_be_made_closes_the_others(tmp_path):
    """Warnings are errors here, and a file that is left open warns."""
    (tmp_path / "transcript.json").mkdir()
    with pytest.raises(IsADirectoryError):
        folder(tmp_path)


class Full:
    """A file on a full disk."""

    def __init__(self):
        self.tries = 0

    def write(self, text):
        self.tries += 1
        raise OSError(28, "No space left on device")


def test_a_full_disk_ends_the_events_but_not_the_call_and_is_told_at_the_end(tmp_path, caplog):
    full = Full()

    def hold():
        with folder(tmp_path) as files:
            files._events = full
            for record in CALL:
                files.write(record)

    with pytest.raises(OSError, match="No space left"):
        hold()
    assert full.tries == 1
    assert "the events stop here: No space left on device" in caplog.text


def test_what_broke_the_call_is_not_hidden_by_a_full_disk(tmp_path):
    def hold():
        with folder(tmp_path) as files:
            files._events = Full()
            files.write(CALL[0])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        hold()
