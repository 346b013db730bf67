"""A call as its event stream: words, tools, a pause, an interruption, a failure."""

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
