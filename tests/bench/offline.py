"""The offline default, end to end: the café's call in real time with all real models, and its latencies.

    python -m tests.bench.offline [--runs 3]

End of speech to first audio, for turns answered directly and for turns with a tool (where the first audio is usually
the filler). Needs `frontdesk models pull`; quiet cores, or the figures say more about the neighbours.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from voice.events import from_json
from voice.metrics import TurnTiming, turn_timings

ROOT = Path(__file__).parents[2]
CAFE = ROOT / "examples/cafe"


def hold(out: Path) -> list[TurnTiming]:
    """One call; the turns that were answered."""
    clips = [str(clip) for clip in sorted((CAFE / "audio").glob("*.wav"))]
    command = [sys.executable, "-m", "server", "call", *clips, "--config", str(CAFE / "frontdesk.toml")]
    environ = {**os.environ, "CAFE_DB": str(out / "cafe.sqlite")}
    subprocess.run([*command, "--out", str(out)], check=True, env=environ, stdout=subprocess.DEVNULL, timeout=300)
    return turn_timings(from_json(line) for line in (out / "events.jsonl").read_text().splitlines())


def report(name: str, timings: list[TurnTiming]) -> None:
    totals = sorted(timing.total for timing in timings if timing.total is not None)
    if not totals:
        print(f"{name:<18} none")
        return
    decided = statistics.median(timing.decided or 0.0 for timing in timings)
    print(
        f"{name:<18} first audio median {statistics.median(totals):.2f} s, worst {totals[-1]:.2f} s "
        f"(decided after {decided:.2f} s), n={len(totals)}"
    )


def main(runs: int) -> None:
    turns: list[TurnTiming] = []
    for _ in range(runs):
        with tempfile.TemporaryDirectory() as out:
            turns += hold(Path(out))
    report("direct answer", [turn for turn in turns if turn.tools is None])
    report("with a tool", [turn for turn in turns if turn.tools is not None])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    main(parser.parse_args().runs)
