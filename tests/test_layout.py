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

TESTED_ELSEWHERE = {
    "server.config.section": "the base of all sections; tests/server/config/test_file.py",
    "mcp_servers.cafe.__main__": "two lines of choice; run as a program in tests/mcp_servers/cafe/test_server.py",
    "server.cli.check": "a command, as a user meets it: tests/server/test_main.py",
    "server.cli.screen": "what the console shows: tests/server/cli/test_console.py",
    "voice.hearing.detectors": "only whole calls show it: tests/sessions/test_turns.py, test_failures.py",
    "voice.llm": "a Protocol; contract suite tests/contracts/test_llm.py",
    "voice.policy": "numbers; what each does is tested where it is read",
    "voice.providers.llama.engine": "needs the weights: tests/models/test_llama_engine.py",
    "voice.providers.llama.llm": "needs the weights: tests/models/test_llama.py",
    "voice.providers.moonshine.convert": "needs the weights: tests/models/test_moonshine_convert.py",
    "voice.providers.scripted": "keeps the contracts of tests/contracts and plays in every whole call",
    "voice.replies.reply": "only whole calls show it: tests/sessions",
    "voice.replies.warming": "only whole calls show it: tests/sessions/test_warming.py",
    "voice.session": "only whole calls show it: tests/sessions",
    "voice.stt": "a Protocol; contract suite tests/contracts/test_stt.py",
    "voice.text.english.abbreviations": "a table; tests/voice/text/test_sentences.py",
    "voice.text.english.tables": "tables; tests/voice/text/english",
    "voice.text.english.tokens": "puts its neighbours in order; what they read is tested in tests/voice/text/english",
    "voice.text.language": "values without behaviour; tests/voice/text/test_languages.py",
    "voice.transport": "a Protocol; tests/voice/transports",
    "voice.tts": "a Protocol; contract suite tests/contracts/test_tts.py",
    "voice.turn.events": "values without behaviour; tests/voice/turn/test_taker.py",
    "voice.turn_detector": "a Protocol; contract suite tests/contracts/test_turn_detector.py",
    "voice.vad": "a Protocol; contract suite tests/contracts/test_vad.py",
}
"""Modules without a test file of their own, and why each may do without."""
BESIDES = {"tests/server/test_whole_call.py": "the command from end to end, in processes of its own"}
"""Test files below a package's folder that mirror no module."""


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


def own_test(module: str) -> Path:
    """Where the tests of `module` belong: tests/voice/text/test_sentences.py for voice.text.sentences."""
    *packages, name = module.split(".")
    return Path("tests", *packages, f"test_{name.strip('_')}.py")


def source_modules() -> dict[str, Path]:
    """Every module that is no package's front page, and the test file that mirrors it."""
    files = [path.relative_to(ROOT) for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    names = [".".join(path.with_suffix("").parts) for path in files if path.name != "__init__.py"]
    return {name: own_test(name) for name in names}


def test_every_module_has_a_test_file_or_a_reason_to_have_none() -> None:
    missing = {name for name, path in source_modules().items() if not (ROOT / path).exists()}
    assert missing - TESTED_ELSEWHERE.keys() == set(), "write the test file, or the reason"
    assert TESTED_ELSEWHERE.keys() - missing == set(), "is tested, or is no more: take it from the table"


def test_every_file_a_reason_names_is_there() -> None:
    named = {path for reason in TESTED_ELSEWHERE.values() for path in re.findall(r"tests/[\w/]+(?:\.py)?", reason)}
    assert {path for path in {*named, *BESIDES} if not (ROOT / path).exists()} == set()


def test_every_test_file_of_a_package_mirrors_a_module() -> None:
    mirrors = {str(path) for path in source_modules().values()}
    there = {str(path.relative_to(ROOT)) for package in PACKAGES for path in (ROOT / "tests" / package).rglob("test_*")}
    assert {path for path in there if path.endswith(".py")} - mirrors == BESIDES.keys()


def test_nobody_is_told_to_install_frontdesk_from_an_index() -> None:
    """There is no such package: whoever took the name would run code on our users' machines."""
    telling = re.compile(r"pip3? install[^\n]*\bfrontdesk\b|frontdesk\[\w+\]")
    texts = {path: path.read_text(encoding="utf-8", errors="ignore") for name in TEXTS for path in ROOT.glob(name)}
    assert len(texts) > 100
    assert {str(path): found for path, text in texts.items() if (found := telling.findall(text))} == {}
