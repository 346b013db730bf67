"""The live lines and the table of times, from a recorded stream."""

from server.cli.live_transcript import LiveTranscript, call_text, timing_table
from tests.fakes.recorded_call import CALL
from voice.events import AgentSaid, Failed, FirstToken, Record, ReplyEnded, ToolCallFinished, ToolCallStarted
from voice.metrics import TurnTiming, turn_timings


def lines(records, written=False):
    live = LiveTranscript(written)
    return [line for record in records for line in live.lines(record)]


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
