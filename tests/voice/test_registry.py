"""Provider strings."""

import subprocess
import sys

import pytest

from voice.providers.scripted import ScriptedLLM
from voice.registry import ProviderNotFound, create, providers


def test_the_part_after_the_first_slash_is_the_model() -> None:
    llm = create("llm", "scripted/some/model", {"first_token": 0.5})
    assert isinstance(llm, ScriptedLLM)
    assert llm.model == "some/model"


def test_an_unknown_provider_is_told_which_there_are() -> None:
    with pytest.raises(ProviderNotFound, match="anthropic, local, openai, scripted"):
        create("llm", "nobody/x", {})


def test_built_in_providers_are_found_for_every_stage() -> None:
    for stage in ("stt", "llm", "tts", "vad", "turn"):
        assert "scripted" in providers(stage)
        assert "local" in providers(stage)


def test_a_provider_that_is_not_configured_is_not_imported() -> None:
    vendors = ["openai", "anthropic", "onnxruntime", "mcp"]
    code = f"import sys, voice.session, voice.registry; print([m for m in {vendors} if m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert out.stdout.strip() == "[]"
