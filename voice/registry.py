"""`"provider/model"` -> instance, found by entry point; only what is configured is imported."""

from collections.abc import Callable, Mapping
from importlib.metadata import entry_points
from typing import Any

__all__ = ["ProviderNotFound", "constructor", "create", "providers"]


class ProviderNotFound(LookupError):
    """No installed package offers this provider; the message lists those that are."""


def providers(stage: str) -> list[str]:
    """Names of the providers installed for `stage` ("stt", "llm", "tts", "vad", "turn")."""
    return sorted({point.name for point in entry_points(group=f"voice.{stage}")})


def constructor(stage: str, name: str) -> Callable[..., Any]:
    """What builds provider `name`: takes the model, then options as keywords. Imports its module.

    Raises ProviderNotFound, and ImportError when the module needs a package that is not installed.
    """
    for point in entry_points(group=f"voice.{stage}"):
        if point.name == name:
            made: Callable[..., Any] = point.load()
            return made
    raise ProviderNotFound(f"no {stage} provider {name!r}; there are: {', '.join(providers(stage)) or 'none'}")


def create(stage: str, provider: str, options: Mapping[str, Any]) -> Any:
    """Build the provider named by `provider` ("local/moonshine-base") with `options` as keyword arguments.

    Split at the first slash: the left is the entry point's name in group `voice.<stage>`, the right the model, given
    to the constructor as its first argument. Raises as `constructor`; what the constructor raises goes through.
    """
    name, _, model = provider.partition("/")
    return constructor(stage, name)(model, **options)
