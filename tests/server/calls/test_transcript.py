"""`transcript.json` and the live lines, from a recorded stream."""

from server.calls.transcript import transcript
from server.cli.live_transcript import LiveTranscript, call_text, timing_table
from voice.events import (
    AgentSaid,
    AgentSpeechPaused,
    AgentSpeechResumed,
    AgentSpeechStarted,
    Failed,
    FirstToken,
    Record,
    ReplyDiscarded,
    ReplyEnded,
    SessionEnded,
    SessionStarted,
    ToolCallFinished,
    ToolCallStarted,
    UserTurnEnded,
)
from voice.metrics import TurnTiming, turn_timings

CALL = [
    Record(0.0, 0, SessionStarted("Lisa")),
    Record(1.0, 1, UserTurnEnded("book a table", "agreed", 0.2, 1)),
    Record(1.3, 1, FirstToken(1, 1)),
    Record(1.4, 1, AgentSpeechStarted(1)),
    Record(1.4, 1, AgentSaid(1, "One moment.")),
    Record(1.5, 1, ToolCallStarted(1, "c1", "book", {"day": "2026-11-24", "guests": 2})),
    Record(2.0, 1, ToolCallFinished(1, "c1", "book", True, "all\ntaken", 0.5)),
    Record(2.5, 1, ToolCallStarted(1, "c2", "search", {})),
    Record(3.0, 1, AgentSpeechPaused(1)),
    Record(3.5, 1, AgentSpeechResumed(1, "backchannel")),
    Record(4.0, 1, ReplyEnded(1, "One moment. It", True)),
    Record(5.0, 2, Failed("llm", "provider_unavailable", "gone")),
    Record(5.5, 2, ReplyDiscarded(2)),
    Record(6.0, 2, SessionEnded("hangup")),
]


def lines(records, written=False):
    live = LiveTranscript(written)
    return [line for record in records for line in live.lines(record)]


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


def test_the_live_lines_show_tools_pauses_and_what_was_heard():
    assert lines(CALL) == [
        "   1.00  caller  book a table",
        "   1.40  agent   One moment.",
        '   1.50  tool    book(day="2026-11-24", guests=2)',
        "   2.00  tool    book failed: all taken (0.50 s)",
        "   2.50  tool    search()",
        "   3.00          (the caller speaks, the agent pauses)",
        "   3.50          (it was only a backchannel, the agent goes on)",
        "   4.00          (interrupted; the caller heard: 'One moment. It')",
        "   5.00  failed  llm: gone",
    ]


def test_written_pieces_are_joined_to_a_line_before_whatever_follows():
    pieces = [Record(1.0, 1, AgentSaid(1, piece)) for piece in ("Let ", "me", " see.")]
    after = [Record(1.2, 1, ToolCallStarted(1, "c", "look", {})), Record(2.0, 1, FirstToken(1, 2))]
    answer = [Record(2.0, 1, AgentSaid(1, "Yes.")), Record(2.1, 1, ReplyEnded(1, "Let me see. Yes.", False))]
    assert [line[9:] for line in lines(pieces + after + answer, written=True)] == [
        "agent   Let me see.",
        "tool    look()",
        "agent   Yes.",
    ]


def test_a_providers_message_is_not_given_its_stage_twice():
    [line] = lines([Record(1.0, 1, Failed("llm", "provider_unavailable", "llm openai: gone"))])
    assert line[9:] == "failed  llm openai: gone"


def test_long_results_are_shortened_but_arguments_are_whole():
    long = "x" * 1000
    [line] = lines([Record(1.0, 1, ToolCallFinished(1, "c", "look", False, long, 0.1))])
    assert len(line) < 400
    assert long in call_text("look", {"text": long})


def test_the_table_shows_milliseconds_and_a_dash_for_what_did_not_happen():
    header = list(timing_table([]))
    assert len(header) == 2
    [_, _, spoken] = timing_table(turn_timings(CALL))
    assert " ".join(spoken.split()) == "1 agreed 200 ms 300 ms 100 ms 600 ms 500 ms book a table"
    [_, _, typed] = timing_table([TurnTiming(2, "hello", "typed", None)])
    assert " ".join(typed.split()) == "2 typed - - - - - hello"
