"""The embedded LLM on llama.cpp.

llm           the provider
engine        llama.cpp in a thread
prompt        chat and tools -> the model's own format   (pure, as are all that follow)
grammar       JSON schema -> what the model may write
examples      worked examples made from the tools
intent        what was the agent told to do?
grounding     were a call's arguments said?
said          times, days and counts in what was said
facts         does a sentence say only what was told?
common_words  words that say nothing
lines         fixed lines, and questions made from schemas
"""

__all__: list[str] = []
