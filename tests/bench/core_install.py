"""How big the core is, and what it costs to import: a fresh environment without extras, thrown away afterwards.

    python -m tests.bench.core_install [--runs 5]

Promised: at most 50 distributions and 260 MiB (apparent size, with the byte code pip writes); importing what a voice
agent needs, before its models, at most 1.2 CPU-seconds and 90 MB. Imports run in fresh processes with byte code in
place, away from the checkout; the cheapest of several counts, because a busy machine only adds CPU time. "added" is
what they cost on top of a bare interpreter. The last lines are whole agents, one line more for each thing a
configuration may ask for: a vendor's SDK, and the models' runtime, imported when a model is opened.
"""

import argparse
import json
import platform
import subprocess
import sys
import tempfile
import venv
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("voice.session", "toolhub.hub")
AGENT = ("server.wiring",)
OPENAI = (*AGENT, "voice.providers.openai")
ANTHROPIC = (*AGENT, "voice.providers.anthropic")
RUNTIME = ("onnxruntime", "voice.providers.silero", "voice.providers.smart_turn")
AGENTS = {
    "agent, before its models": AGENT,
    "with OpenAI's SDK": OPENAI,
    "with Anthropic's SDK": ANTHROPIC,
    "with OpenAI's SDK and onnxruntime": (*OPENAI, *RUNTIME),
    "with Anthropic's SDK and onnxruntime": (*ANTHROPIC, *RUNTIME),
}
PROBE = """
import json, resource, sys
for module in sys.argv[1:]:
    __import__(module)
used = resource.getrusage(resource.RUSAGE_SELF)
try:  # not ru_maxrss, which on Linux starts at what the parent had
    rss = next(int(line.split()[1]) * 1024 for line in open("/proc/self/status") if line.startswith("VmHWM"))
except FileNotFoundError:
    rss = used.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
print(json.dumps([used.ru_utime + used.ru_stime, rss]))
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU in seconds (user and system, all threads), resident memory in bytes (peak)."""

    cpu: float
    rss: float


def install(folder: Path) -> Path:
    """Install the checkout into a new environment below `folder`, without pip in it; return its interpreter."""
    venv.create(folder, with_pip=False)
    python = folder / ("Scripts/python.exe" if platform.system() == "Windows" else "bin/python")
    pip = [sys.executable, "-m", "pip", "--python", str(python), "--disable-pip-version-check", "-q"]
    subprocess.run([*pip, "install", str(ROOT)], check=True)
    return python


def packages(python: Path) -> Path:
    script = "import sysconfig; print(sysconfig.get_path('purelib'))"
    return Path(subprocess.run([python, "-c", script], check=True, capture_output=True, text=True).stdout.strip())


def sizes(folder: Path) -> tuple[int, int]:
    """Apparent bytes of all files without and with byte code caches."""
    files = [(path, path.stat().st_size) for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    return sum(size for path, size in files if path.suffix != ".pyc"), sum(size for _, size in files)


def cost(python: Path, modules: tuple[str, ...], runs: int, folder: Path) -> Cost:
    found = []
    for _ in range(runs):
        command = [str(python), "-c", PROBE, *modules]
        done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=folder)
        found.append(json.loads(done.stdout))
    return Cost(*(min(column) for column in zip(*found, strict=True)))


def largest(folder: Path, count: int) -> list[str]:
    entries = sorted(((sizes(path)[1], path.name) for path in folder.iterdir() if path.is_dir()), reverse=True)
    return [f"{name} {size / 2**20:.0f}" for size, name in entries[:count]]


def main(runs: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        python = install(folder / "env")
        site = packages(python)
        count = len(list(site.glob("*.dist-info")))
        without, with_caches = sizes(site)
        print(f"distributions, ours included   {count:6}         (at most 50)")
        print(f"site-packages, no byte code    {without / 2**20:6.1f} MiB")
        print(f"site-packages, byte code too   {with_caches / 2**20:6.1f} MiB     (at most 260)")
        print(f"largest, MiB: {', '.join(largest(site, 8))}")
        bare = cost(python, (), runs, folder)
        print(f"\n{'import':40} {'CPU s':>6} {'added':>6}   {'MB':>5} {'added':>6}   (at most 1.2 s, 90 MB)")
        print(f"{'bare interpreter':40} {bare.cpu:6.2f} {'':6}   {bare.rss / 1e6:5.0f}")
        for title, modules in [*((module, (module,)) for module in PARTS), *AGENTS.items()]:
            spent = cost(python, modules, runs, folder)
            added = f"{spent.cpu - bare.cpu:6.2f}   {spent.rss / 1e6:5.0f} {(spent.rss - bare.rss) / 1e6:6.0f}"
            print(f"{title:40} {spent.cpu:6.2f} {added}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    main(parser.parse_args().runs)
