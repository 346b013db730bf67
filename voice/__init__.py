"""One spoken conversation: hears, decides whose turn it is, answers, speaks.

Knows nothing of MCP connections (it asks a `Toolbox`), of web servers or of configuration files; it shares only
MCP's data types with the rest. `server` builds the parts and calls `voice.session.Session`.

How a turn flows, top to bottom:

    transport --AudioFrame--> hearing --SpeechStarted/Stopped, Transcribed--> session inbox <--Scored-- detectors
        -> turn.TurnTaker (pure) -- StartReply, CommitReply, CancelReply, PausePlayout ... --> session --> replies
        -> reply.Reply: responder (LLM -> speakable text -> TTS) --Speech--> playout --AudioFrame--> transport
                        \\- ToolCall -> Toolbox.call -> CallToolResult -> responder again
    playout cursor --what was heard--> history.History

Decisions (`turn`, `speech_gate`, `sentences`, `speakable`, `chat`, `history`, `history_budget`, `cursor`, `metrics`)
are sans-IO.
"""

__all__: list[str] = []
