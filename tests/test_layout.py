"""The shape of the project: what is public, what is shipped, which arrows are allowed."""

import importlib
import pkgutil
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

PACKAGES = ("server", "voice", "toolhub", "mcp_servers")
NEEDS_HARDWARE = {"voice.transports.sound_device"}
"""Imports PortAudio, which a machine without sound does not have."""
ROOT = Path(__file__).parents[1]
TEXTS = ("*.md", "Makefile", "pyproject.toml", "examples/**/*.*", *(f"{package}/**/*.py" for package in PACKAGES))


def modules() -> list[str]:
    """Every module of ours but the command-line entry points."""
    found = []
    for package in PACKAGES:
        found.append(package)
        found += [
            info.name
            for info in pkgutil.walk_packages([str(ROOT / package)], f"{package}.")
            if not info.name.endswith("__main__")
        ]
    return sorted(set(found) - NEEDS_HARDWARE)


@pytest.mark.parametrize("name", modules())
def test_every_module_says_what_it_is_and_what_is_public(name: str) -> None:
    module = importlib.import_module(name)
    assert module.__doc__
    assert list(module.__all__) == sorted(module.__all__, key=lambda n: (not n.isupper(), not n[0].isupper(), n))
    assert [missing for missing in module.__all__ if not hasattr(module, missing)] == []


def test_a_wheel_holds_our_four_packages_and_nothing_else(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(tmp_path), str(ROOT)]
    subprocess.run(command, check=True, timeout=300, stdin=subprocess.DEVNULL)
    [wheel] = tmp_path.glob("frontdesk-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        top = {name.split("/")[0] for name in archive.namelist()}
    assert {name for name in top if not name.endswith(".dist-info")} == set(PACKAGES)


def test_nobody_is_told_to_install_frontdesk_from_an_index() -> None:
    """There is no such package: whoever took the name would run code on our users' machines."""
    telling = re.compile(r"pip3? install[^\n]*\bfrontdesk\b|frontdesk\[\w+\]")
    texts = {path: path.read_text(encoding="utf-8", errors="ignore") for name in TEXTS for path in ROOT.glob(name)}
    assert len(texts) > 100
    assert {str(path): found for path, text in texts.items() if (found := telling.findall(text))} == {}
