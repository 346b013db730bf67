"""`[voice]`: the models as "provider/model", their options, and the numbers that shape the conversation.

What hears, thinks and speaks for an agent may differ from agent to agent (`AgentVoice`); the VAD and the numbers are
the call's.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import Field, NonNegativeInt

from server.config.problems import unknown_name
from server.config.secrets import KeyPath
from server.config.section import Section, Text
from voice.policy import (
    EndpointingPolicy,
    GatePolicy,
    HistoryPolicy,
    IdlePolicy,
    InterruptionPolicy,
    Phrases,
    ReplyPolicy,
    TurnPolicy,
)
from voice.registry import providers

__all__ = [
    "AGENT_MODELS",
    "MANUAL",
    "AgentVoice",
    "Choice",
    "VoiceSection",
    "inherited",
    "provider_problems",
    "stage_of",
]

AGENT_MODELS = ("stt", "llm", "tts", "turn", "turn_text")
"""Keys of the models that an agent may have of its own."""

MANUAL = "manual"
"""The client says when a turn begins and ends; nobody detects it."""
_DEFAULTS = TurnPolicy()
_WORDS = {"turn": ("off", MANUAL), "turn_text": ("auto", "off")}
"""What these keys may say instead of a provider."""


class AgentVoice(Section):
    """The models of an agent and its phrases."""

    stt: Text = "local/moonshine-base"
    llm: Text = "local/qwen2.5-coder-0.5b"
    tts: Text = "local/hibari"
    turn: Text = "local/smart-turn-v3.2"
    """Hears whether the user has finished; "off" for none, "manual" where the client says so."""
    turn_text: Text = "auto"
    """Reads whether the user has finished: "auto" (the local LLM's own next token, else the rule), "rule/english",
    "off" or another provider."""
    stt_options: dict[str, Any] = Field(default_factory=dict)
    llm_options: dict[str, Any] = Field(default_factory=dict)
    tts_options: dict[str, Any] = Field(default_factory=dict)
    turn_options: dict[str, Any] = Field(default_factory=dict)
    turn_text_options: dict[str, Any] = Field(default_factory=dict)
    phrases: Phrases = Phrases()


class VoiceSection(AgentVoice):
    """`[voice]`: what an agent has that does not say otherwise, and what is the same for all of them."""

    vad: Text = "local/silero-v6"
    vad_options: dict[str, Any] = Field(default_factory=dict)
    endpointing: EndpointingPolicy = EndpointingPolicy()
    interruption: InterruptionPolicy = InterruptionPolicy()
    idle: IdlePolicy = IdlePolicy()
    gate: GatePolicy = GatePolicy()
    reply: ReplyPolicy = ReplyPolicy()
    history: HistoryPolicy = HistoryPolicy()
    preemptive: bool = _DEFAULTS.preemptive
    preemptive_tries: NonNegativeInt = _DEFAULTS.preemptive_tries

    @property
    def turn_policy(self) -> TurnPolicy:
        """The numbers of the turn machine."""
        return TurnPolicy(
            endpointing=self.endpointing,
            interruption=self.interruption,
            idle=self.idle,
            preemptive=self.preemptive,
            preemptive_tries=self.preemptive_tries,
            manual=self.turn == MANUAL,
        )


@dataclass(frozen=True, slots=True)
class Choice:
    """The model that the file names under `key` ("stt", "llm", ...), and its options.

    `tables`: where in the file it may stand, the nearest first; [voice] is the last.
    """

    key: str
    provider: str
    options: Mapping[str, Any]
    tables: tuple[KeyPath, ...]


def inherited(own: Mapping[str, Any], voice: Mapping[str, Any]) -> dict[str, Any]:
    """The table `own` of an agent, with the keys it does not have taken from the table `voice`.

    Options and phrases are taken one by one; options only for the same provider, because another has others.
    """
    whole = {**{key: value for key, value in voice.items() if key in AgentVoice.model_fields}, **own}
    for key in AGENT_MODELS:
        options = f"{key}_options"
        same = _provider(key, whole) == _provider(key, voice)
        whole[options] = {**(voice.get(options, {}) if same else {}), **own.get(options, {})}
    whole["phrases"] = {**voice.get("phrases", {}), **own.get("phrases", {})}
    return whole


def provider_problems(table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Key and message for each provider that a [voice] table names and no installed package has."""
    for key in ("vad", *AGENT_MODELS):
        if key not in table:
            continue
        words, known = _WORDS.get(key, ()), providers(stage_of(key))
        name = _provider(key, table)
        if table[key] not in words and name not in known:
            yield key, unknown_name(f"{stage_of(key)} provider", name, [*words, *known])


def stage_of(key: str) -> str:
    """The entry point group's stage for a key of `[voice]`."""
    return "turn" if key == "turn_text" else key


def _provider(key: str, table: Mapping[str, Any]) -> str:
    value: str = table.get(key, VoiceSection.model_fields[key].default)
    return value.partition("/")[0]
