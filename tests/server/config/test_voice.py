"""[voice], and what an agent has of it."""

import pytest

from server.config.voice import AGENT_MODELS, AgentVoice, VoiceSection, inherited, provider_problems
from voice.policy import EndpointingPolicy, IdlePolicy, TurnPolicy


def test_without_tables_an_agent_has_the_defaults():
    assert AgentVoice.of(inherited({}, {})) == AgentVoice()


def test_what_an_agent_says_stands_before_what_voice_says():
    whole = inherited({"stt": "scripted/own"}, {"stt": "scripted/shared", "llm": "scripted/shared"})
    assert (whole["stt"], whole["llm"]) == ("scripted/own", "scripted/shared")


def test_the_numbers_of_the_call_are_not_an_agents():
    assert inherited({}, {"idle": {"after": 3}, "vad": "scripted/x", "vad_options": {}, "preemptive": False}) == (
        inherited({}, {})
    )


@pytest.mark.parametrize("key", AGENT_MODELS)
def test_options_follow_the_provider_for_every_model(key):
    options = f"{key}_options"
    shared = {key: "scripted/a", options: {"delay": 1, "rate": 2}}
    assert inherited({options: {"rate": 3}}, shared)[options] == {"delay": 1, "rate": 3}
    assert inherited({key: "scripted/b"}, shared)[options] == {"delay": 1, "rate": 2}
    assert inherited({key: "other/b"}, shared)[options] == {}


def test_options_for_the_default_provider_follow_it_too():
    shared = {"llm_options": {"path": "/models/a"}}
    assert inherited({"llm": "local/other"}, shared)["llm_options"] == {"path": "/models/a"}
    assert inherited({"llm": "scripted/other"}, shared)["llm_options"] == {}


def test_neither_table_is_changed():
    own, shared = {"llm_options": {"a": 1}}, {"llm_options": {"b": 2}, "phrases": {"filler": "x"}}
    inherited(own, shared)["llm_options"]["c"] = 3
    assert (own, shared) == ({"llm_options": {"a": 1}}, {"llm_options": {"b": 2}, "phrases": {"filler": "x"}})


@pytest.mark.parametrize(
    "table", [{}, {"turn": "off", "turn_text": "auto"}, {"turn_text": "rule/english", "vad": "local/x"}]
)
def test_providers_that_are_installed_and_words_in_their_place_are_right(table):
    assert list(provider_problems(table)) == []


@pytest.mark.parametrize("key", ["vad", "stt", "llm", "tts"])
def test_only_turn_detectors_can_be_off(key):
    [(wrong, message)] = provider_problems({key: "off"})
    assert wrong == key
    assert message.startswith(f"there is no {key} provider 'off'")


def test_the_turn_machine_gets_its_sections():
    voice = VoiceSection.of({"endpointing": {"min_delay": 1}, "idle": {"after": 0}, "preemptive": False})
    assert voice.turn_policy == TurnPolicy(
        endpointing=EndpointingPolicy(min_delay=1.0), idle=IdlePolicy(after=0.0), preemptive=False
    )
