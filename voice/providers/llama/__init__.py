"""The embedded LLM on llama.cpp.

llm           the provider
engine        llama.cpp in a thread
prompt        chat and tools -> the model's own format   (pure, as are the three that follow)
grammar       JSON schema -> what the model may write
examples      worked examples made from the tools
grounding     was it said?
"""

__all__: list[str] = []
