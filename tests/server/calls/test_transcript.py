"""`transcript.json` from a recorded stream."""

from server.calls.transcript import transcript
from tests.fakes.recorded_call import CALL


def test_the_transcript_holds_what_was_said_done_and_heard():
    data = transcript(CALL)
    assert [data[key] for key in ("format", "agent", "ended", "seconds")] == [1, "Lisa", "hangup", 6.0]
    assert data["entries"] == [
        {"at": 1.0, "turn": 1, "who": "caller", "text": "book a table"},
        {"at": 1.4, "turn": 1, "who": "agent", "text": "One moment. It", "interrupted": True},
        {
            "at": 1.5,
            "turn": 1,
            "who": "tool",
            "name": "book",
            "arguments": {"day": "2026-11-24", "guests": 2},
            "result": "all\ntaken",
            "is_error": True,
            "seconds": 0.5,
        },
        {"at": 2.5, "turn": 1, "who": "tool", "name": "search", "arguments": {}, "result": None},
    ]
    [timing] = data["timings"]
    assert (timing["decided"], timing["total"], timing["tools"]) == (0.2, 0.6, 0.5)


def test_a_call_that_was_cut_off_has_no_end():
    cut = transcript(CALL[:9])
    assert cut["ended"] is None
    assert cut["entries"][1]["text"] == "One moment."
    assert transcript([])["entries"] == []
