"""`frontdesk doctor`: what this machine has. Changes nothing, reads no configuration, shows no secret."""

import argparse
import os
import platform
import re
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version

from server.cli.audio_devices import describe_devices
from server.cli.models import megabytes
from voice.extras import how_to_install
from voice.models import CATALOGUE, ModelStore
from voice.providers.processor import features, this_machine

__all__ = ["extras", "run"]

_KEYS = ("ANTHROPIC_API_KEY", "OPENAI_API_KEY")
_REQUIREMENT = re.compile(r"(?P<name>[A-Za-z0-9._-]+).*\bextra\s*==\s*['\"](?P<extra>[\w-]+)['\"]")


def run(args: argparse.Namespace) -> int:
    """Always 0: it tells, it does not judge."""
    sections = {
        "machine": _machine(),
        "packages": _packages(),
        "audio": describe_devices(),
        "models": _models(),
        "keys": (f"{name:18} {'present' if os.environ.get(name, '').strip() else 'not set'}" for name in _KEYS),
    }
    for title, lines in sections.items():
        print(title)
        for line in lines:
            print(f"  {line}")
    return 0


def extras() -> dict[str, list[str]]:
    """Our optional extras and the distributions each brings."""
    found: dict[str, list[str]] = {}
    for requirement in requires("frontdesk") or []:
        if match := _REQUIREMENT.match(requirement):
            found.setdefault(match["extra"], []).append(match["name"])
    return found


def _machine() -> Iterator[str]:
    yield f"frontdesk {version('frontdesk')}, Python {platform.python_version()}"
    yield f"{platform.system()} {platform.release()}, {platform.machine()}"
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    yield f"{usable} processor cores, load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else f"{usable} cores"
    yield _kernels()
    if {"SC_PHYS_PAGES", "SC_PAGE_SIZE"} <= set(getattr(os, "sysconf_names", ())):
        yield f"{os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE') / 2**30:.1f} GiB of memory"


def _kernels() -> str:
    kernels, there = this_machine(), features()
    sums = "exact" if kernels.exact else "with unsigned weights, since sums of signed ones could be clipped"
    if there is None:
        has = "the system does not list the processor's features"
    else:
        has = f"processor features: {' '.join(sorted(there)) or 'none that matter'}"
    return f"8-bit kernels: {kernels.name}, {sums} ({has})"


def _packages() -> Iterator[str]:
    for name in ("mcp", "onnxruntime", "numpy"):
        yield f"{name} {_version(name) or 'missing'}"
    for extra, names in extras().items():
        missing = [name for name in names if _version(name) is None]
        there = ", ".join(f"{name} {_version(name)}" for name in names if name not in missing)
        remedy = f"missing {', '.join(missing)}; {how_to_install(extra)}" if missing else ""
        yield f"extra {extra:6} {'; '.join(filter(None, (there, remedy)))}"


def _models() -> Iterator[str]:
    store = ModelStore()
    yield f"folder {store.root}"
    for name, model in CATALOGUE.items():
        state = store.state(name)
        there = f"{state.origin}, {megabytes(state.size)}" if state.ready else f"missing: frontdesk models pull {name}"
        yield f"{model.name:18} {there}"


def _version(distribution: str) -> str | None:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None
