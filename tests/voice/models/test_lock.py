"""One process at a time."""

import subprocess
import sys

import pytest

from voice.models.lock import file_lock

HOLD = """
import sys
from pathlib import Path
from voice.models.lock import file_lock
with file_lock(Path(sys.argv[1]), lambda: None):
    print("held", flush=True)
    sys.stdin.read()
"""


def unexpected() -> None:
    pytest.fail("nobody else holds the lock")


def test_a_free_lock_is_taken_without_waiting(tmp_path):
    with file_lock(tmp_path / "new" / "lock", unexpected):
        assert (tmp_path / "new" / "lock").exists()


def test_a_lock_can_be_taken_again_after_its_release(tmp_path):
    for _ in range(2):
        with file_lock(tmp_path / "lock", unexpected):
            pass


def test_a_lock_that_another_process_holds_is_waited_for_until_it_dies(tmp_path):
    path = tmp_path / "lock"
    command = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        waited = []

        def waiting() -> None:
            waited.append(True)
            holder.kill()

        with file_lock(path, waiting):
            assert waited == [True]
