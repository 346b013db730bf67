"""Everything that can go wrong in a conversation, as one tree.

VoiceError
├── ProviderError(stage, provider)      stage: "stt" | "llm" | "tts" | "vad" | "turn"
│   ├── ProviderUnavailable             connect, time-out, 429, 5xx: may be retried
│   ├── ProviderRejected                key, quota, bad request: will not pass by retrying
│   └── ProviderMisbehaved              the stream broke its own protocol
├── ModelMissing(name)                  a model file is not on this machine: `frontdesk models pull`
└── TransportClosed                     the other end hung up

Adapters translate vendor exceptions at the edge (`raise ... from error`); nothing else crosses. `code` is stable and
goes into the event stream; the message never holds a secret.
"""

from typing import ClassVar, Literal

__all__ = [
    "ModelMissing",
    "ProviderError",
    "ProviderMisbehaved",
    "ProviderRejected",
    "ProviderUnavailable",
    "Stage",
    "TransportClosed",
    "VoiceError",
]

Stage = Literal["stt", "llm", "tts", "vad", "turn"]


class VoiceError(Exception):
    """Base of the tree."""

    code: ClassVar[str] = "voice_error"


class ProviderError(VoiceError):
    """A provider failed. `stage` says which step, `provider` the provider string or vendor name."""

    code = "provider_error"

    def __init__(self, stage: Stage, provider: str, message: str) -> None:
        super().__init__(message)
        self.stage: Stage = stage
        self.provider = provider

    def __str__(self) -> str:
        return f"{self.stage} {self.provider}: {self.args[0]}"


class ProviderUnavailable(ProviderError):
    """Could not be reached or is overloaded; the same request may pass later."""

    code = "provider_unavailable"


class ProviderRejected(ProviderError):
    """Refused: key, quota or request. Retrying the same request will not help."""

    code = "provider_rejected"


class ProviderMisbehaved(ProviderError):
    """Answered, but not in its own protocol."""

    code = "provider_misbehaved"


class ModelMissing(VoiceError):
    """A model file is not on this machine; the message names the command that fetches it."""

    code = "model_missing"

    def __init__(self, name: str, detail: str = "") -> None:
        super().__init__(f"model {name!r} is not on this machine{detail}: run `frontdesk models pull {name}`")
        self.name = name


class TransportClosed(VoiceError):
    """The other end hung up."""

    code = "transport_closed"
