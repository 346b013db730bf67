"""How an answer is made.

replies       the replies of one session: prepared, committed, cut short
reply         one of them: steps of models and tools, into its track
cascade       LLM, then TTS
delivery      spoken or written
tool_calls    the tool calls of a session, and the session as their caller
summary       older turns made short, beside the conversation
warming       what is done ahead of need
"""

__all__: list[str] = []
