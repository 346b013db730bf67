"""The machine's own settings do not reach these tests."""

import os

import pytest


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch):
    for name in ("FRONTDESK_MODELS", "FRONTDESK_MODEL_TINY", "PIP_FIND_LINKS", "PIP_NO_INDEX"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
