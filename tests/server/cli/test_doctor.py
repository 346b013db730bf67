"""What `frontdesk doctor` says of the processor, and which extras it knows of."""

import argparse

import pytest

from server.cli import doctor
from voice.providers.processor import integer_kernels


@pytest.mark.parametrize(
    ("machine", "there", "line"),
    [
        (
            "x86_64",
            frozenset({"avx2", "fma"}),
            "8-bit kernels: AVX2, with unsigned weights, since sums of signed ones could be clipped"
            " (processor features: avx2 fma)",
        ),
        ("aarch64", frozenset({"asimddp"}), "8-bit kernels: NEON dot product, exact (processor features: asimddp)"),
        ("arm64", frozenset(), "8-bit kernels: NEON, exact (processor features: none that matter)"),
        (
            "AMD64",
            None,
            "8-bit kernels: not known, with unsigned weights, since sums of signed ones could be clipped"
            " (the system does not list the processor's features)",
        ),
    ],
)
def test_the_kernels_of_this_processor_are_named_in_one_line(monkeypatch, capsys, tmp_path, machine, there, line):
    monkeypatch.setenv("FRONTDESK_MODELS", str(tmp_path))
    monkeypatch.setattr(doctor, "features", lambda: there)
    monkeypatch.setattr(doctor, "this_machine", lambda: integer_kernels(machine, there))
    assert doctor.run(argparse.Namespace()) == 0
    assert [said for said in capsys.readouterr().out.splitlines() if "8-bit kernels" in said] == [f"  {line}"]


def test_the_extras_are_those_of_the_installed_distribution():
    assert doctor.extras().keys() == {"audio", "local"}
    assert "sounddevice" in doctor.extras()["audio"]
