import logging
import os

from toolhub.transports.stdio import Stderr, redacted


def test_secrets_are_replaced_the_longest_first():
    assert redacted("key abcdefgh1234, abcdefgh", ["abcdefgh", "abcdefgh1234"]) == "key ***, ***"


async def test_stderr_is_logged_line_by_line_and_the_last_line_kept(caplog):
    caplog.set_level(logging.INFO)
    reading, writing = os.pipe()
    os.write(writing, b"first\n\nsecond with pass-word-1\n" + b"x" * 5000 + b"\nno newline \xff")
    os.close(writing)
    stderr = Stderr(logging.getLogger("toolhub.test"), frozenset({"pass-word-1"}))
    await stderr.read(os.fdopen(reading, "rb", buffering=0))
    assert [len(line) if "x" in line else line for line in caplog.messages] == [
        "first",
        "second with ***",
        2000,
        "no newline �",
    ]
    assert stderr.last == "no newline �"
