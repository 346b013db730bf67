"""What the tests of the commands share: a configuration without models, speech files, and the command line itself."""

import io
import os
import signal
import subprocess
import sys
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import numpy as np
import soundfile

from server.__main__ import main

SCRIPTED = """
[agent]
name = "Mira"
instructions = "You answer the phone."
greeting = "Hello, this is Mira."
[voice]
llm = "scripted/echo"
stt = "scripted/texts"
tts = "scripted/hum"
vad = "scripted/loud"
turn = "off"
turn_text = "off"
"""
QUICK = """
[voice.tts_options]
rate = 60
"""
"""For calls in real time: a voice four times as fast."""
CLOCK = """
[mcpServers.clock.frontdesk]
module = "mcp_servers.clock:create"
"""


@dataclass
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        return self.out + self.err


def frontdesk(*arguments: object, cwd: Path, stdin: str = "", env: dict[str, str] | None = None) -> Done:
    """Run the command line as a user would, in a process of its own."""
    command = [sys.executable, "-m", "server", *map(str, arguments)]
    root = Path(__file__).parents[2]
    whole = {**os.environ, "PYTHONPATH": str(root), "PYTHONWARNINGS": "error", **(env or {})}
    done = subprocess.run(command, cwd=cwd, input=stdin, capture_output=True, text=True, timeout=60, env=whole)
    return Done(done.returncode, done.stdout, done.stderr)


def here(*arguments: object, cwd: Path, env: dict[str, str] | None = None) -> Done:
    """The same in this process, which has imported everything already."""
    out, err = io.StringIO(), io.StringIO()
    with chdir(cwd), patch.dict(os.environ, env or {}), redirect_stdout(out), redirect_stderr(err):
        try:
            code = main(list(map(str, arguments)))
        except SystemExit as error:  # argparse
            code = int(error.code or 0)
    return Done(code, out.getvalue(), err.getvalue())


def configured(folder: Path, text: str = SCRIPTED) -> Path:
    """Write `frontdesk.toml`."""
    path = folder / "frontdesk.toml"
    path.write_text(text, encoding="utf-8")
    return path


def speech(path: Path, seconds: float = 1.0, rate: int = 16_000, **others: object) -> Path:
    """A tone that the scripted VAD takes for speech."""
    tone = 0.4 * np.sin(2 * np.pi * 300 * np.arange(round(rate * seconds)) / rate)
    soundfile.write(path, tone, rate, **others)
    return path


def heed_interrupts() -> None:
    """A shell starts what runs in the background deaf to them, tests and their children included."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
