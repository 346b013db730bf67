"""What is installed from the clone is something the project declares."""

import tomllib
from pathlib import Path

import pytest

from voice.extras import how_to_install

PYPROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))
EXTRAS = PYPROJECT["project"]["optional-dependencies"]


@pytest.mark.parametrize("extra", EXTRAS)
def test_an_extra_is_installed_from_the_clone_into_its_environment(extra):
    assert how_to_install(extra).endswith(f".venv/bin/python -m pip install -e '.[{extra}]'")
