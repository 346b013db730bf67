"""How an answer is made.

replies       the replies of one session
reply         one of them: steps of models and tools
cascade       LLM, then TTS
tool_runs     the tool calls that are on their way
warming       what is done ahead of need
summary       older turns made short, beside the conversation
"""

__all__: list[str] = []
