"""The tree of errors: what each says, and the code it has in the event stream."""

import pytest

from voice import errors
from voice.errors import ModelMissing, ProviderError, ProviderRejected, VoiceError

TREE: list[type[VoiceError]] = [kind for name in errors.__all__ if isinstance(kind := getattr(errors, name), type)]


def test_a_provider_is_named_with_its_stage():
    error = ProviderRejected("tts", "openai", "wrong key")
    assert (str(error), error.stage, error.provider) == ("tts openai: wrong key", "tts", "openai")


def test_a_missing_model_is_named_with_the_command_that_fetches_it():
    error = ModelMissing("hibari", " (it was deleted)")
    assert str(error) == "model 'hibari' is not on this machine (it was deleted): run `frontdesk models pull hibari`"
    assert error.name == "hibari"


def test_every_error_is_a_voice_error_with_a_code_of_its_own():
    assert all(issubclass(kind, VoiceError) for kind in TREE)
    assert len({kind.code for kind in TREE}) == len(TREE) > 5


@pytest.mark.parametrize("kind", ProviderError.__subclasses__())
def test_a_failed_provider_can_be_caught_whatever_went_wrong(kind):
    with pytest.raises(ProviderError):
        raise kind("llm", "x", "y")
