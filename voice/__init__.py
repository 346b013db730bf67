"""One spoken conversation: hears, decides whose turn it is, answers, speaks.

Knows nothing of MCP connections (it asks a `Toolbox`), of web servers or of configuration files; it shares only
MCP's data types with the rest. `server` builds the parts and calls `voice.session.Session`.

How a turn flows, top to bottom (`session` is the loop in the middle, and the file to read first):

    transport --AudioFrame--> hearing --speech started/stopped, transcripts--> inbox <--votes-- detectors
        -> turn.Agenda (pure): whose turn is it, who speaks, whom does the turn answer?
        -> replies: LLM -> speakable text -> TTS --Speech--> track of the one output --AudioFrame--> transport
                 \\- tool call -> Toolbox.call -> result -> LLM again
        -> offers: what others want said or asked (a tool's question, progress, news, an announcement)
    cursor --what was heard--> history

    session        the loop: inbox -> agenda -> commands                          agent     who answers
    turn           pure: agenda, turn machine, endpointing, interruption          history   what was said (pure)
    hearing        microphone -> speech, words, votes                             events    what the world is told
    replies        how an answer is made, tool calls, summaries                   policy    the numbers
    speaking       the one output, what has been heard, phrases                   metrics   folds over the events
    text           written words -> spoken words and back (pure)
    stt llm tts vad turn_detector tools transport                                 the seams, one noun each
    models providers transports                                                   what is plugged into them

Decisions are sans-IO: `turn`, `text`, `chat`, `history`, `history_budget`, `hearing.speech_gate`, `speaking.cursor`,
`metrics`.
"""

__all__: list[str] = []
