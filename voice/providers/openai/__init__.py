"""OpenAI's chat completions and whoever is compatible: `llm`, and `request`, which is pure."""

__all__: list[str] = []
