"""Building the provider; what it hears is tested with its weights."""

import pytest

from voice.errors import ModelMissing
from voice.providers.moonshine.stt import Moonshine


def test_another_model_is_refused():
    with pytest.raises(ValueError, match="no local STT model 'whisper'; there is 'moonshine-base'"):
        Moonshine("whisper")


def test_missing_files_are_a_missing_model(tmp_path, monkeypatch):
    monkeypatch.setenv("FRONTDESK_MODELS", str(tmp_path))
    with pytest.raises(ModelMissing, match="frontdesk models pull moonshine-base"):
        Moonshine()


def test_a_folder_that_was_given_and_is_empty_is_named(tmp_path):
    with pytest.raises(ModelMissing, match=r"encoder_model\.ort was given but does not exist"):
        Moonshine(path=tmp_path)
