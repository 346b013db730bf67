"""`"provider/model"` -> instance, found by entry point; only what is configured is imported."""

from collections.abc import Mapping
from importlib.metadata import entry_points
from typing import Any

__all__ = ["ProviderNotFound", "create", "providers"]


class ProviderNotFound(LookupError):
    """No installed package offers this provider; the message lists those that are."""


def providers(stage: str) -> list[str]:
    """Names of the providers installed for `stage` ("stt", "llm", "tts", "vad", "turn")."""
    return sorted({point.name for point in entry_points(group=f"voice.{stage}")})


def create(stage: str, provider: str, options: Mapping[str, Any]) -> Any:
    """Build the provider named by `provider` ("local/moonshine-base") with `options` as keyword arguments.

    Split at the first slash: the left is the entry point's name in group `voice.<stage>`, the right the model, given
    to the constructor as `model`. Raises ProviderNotFound; what the constructor raises goes through.
    """
    name, _, model = provider.partition("/")
    for point in entry_points(group=f"voice.{stage}"):
        if point.name == name:
            return point.load()(model, **options)
    raise ProviderNotFound(f"no {stage} provider {name!r}; there are: {', '.join(providers(stage)) or 'none'}")
