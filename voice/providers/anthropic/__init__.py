"""Anthropic's Messages API: `llm`, and `request`, which is pure."""

__all__: list[str] = []
