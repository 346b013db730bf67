"""`frontdesk models pull`: what is shown on the way, and that a second run pulls nothing."""

import io

from server.cli.models import ProgressLine, default_models
from tests.fakes.command_line import here
from voice.models import CATALOGUE


class Terminal(io.StringIO):
    def isatty(self):
        return True


def shown(stream, steps):
    line = ProgressLine(stream)
    for step in steps:
        line("a", *step)
    line.end()
    return stream.getvalue()


STEPS = [
    (0, 10_000_000, "locating"),
    *((done * 100_000, 10_000_000, "downloading") for done in range(0, 101)),
    (10_000_000, 10_000_000, "verifying"),
]


def test_a_terminal_gets_a_bar_that_redraws_itself_and_vanishes():
    text = shown(Terminal(), STEPS)
    assert "\n" not in text
    assert "[###############               ]  50%  downloading 5.0 MB of 10.0 MB" in text
    assert text.endswith("\r")


def test_anything_else_gets_a_plain_line_now_and_then():
    lines = shown(io.StringIO(), STEPS).splitlines()
    assert "\r" not in "".join(lines)
    assert lines[0] == "  locating"
    assert lines[-1] == "  verifying"
    assert 10 <= len([line for line in lines if "downloading" in line]) <= 12


def test_the_default_models_are_in_the_catalogue():
    assert set(default_models()) <= set(CATALOGUE)
    assert len(default_models()) == 5


def test_a_model_that_is_here_is_not_pulled_again(tmp_path, monkeypatch):
    given = tmp_path / "silero.onnx"
    given.write_bytes(b"as the user says")
    monkeypatch.setenv("FRONTDESK_MODEL_SILERO_V6", str(given))
    done = here("models", "pull", "silero-v6", cwd=tmp_path)
    assert (done.code, done.out) == (0, "silero-v6: already here (1.3 MB)\n")


def test_a_given_path_that_is_wrong_is_an_error_that_names_it(tmp_path, monkeypatch):
    monkeypatch.setenv("FRONTDESK_MODEL_SILERO_V6", str(tmp_path / "nothing.onnx"))
    done = here("models", "pull", "silero-v6", cwd=tmp_path)
    assert (done.code, "was given but does not exist" in done.err) == (1, True)
