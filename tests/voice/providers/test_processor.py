"""Which integer kernels a processor gets, and what each system says of its processor."""

from pathlib import Path

import pytest

from voice.providers.processor import Kernels, features, integer_kernels, linux_features, mac_features, this_machine

HASWELL = frozenset({"avx2", "fma"})
SKYLAKE = HASWELL | {"avx512f", "avx512bw", "avx512dq", "avx512vl"}
CPUINFO = """processor\t: 0
vendor_id\t: GenuineIntel
flags\t\t: fpu sse4_1 fma avx2 avx512f avx512_vnni

processor\t: 1
flags\t\t: fpu sse4_1
"""


@pytest.fixture(autouse=True)
def asked_anew():
    features.cache_clear()
    yield
    features.cache_clear()


@pytest.mark.parametrize(
    ("machine", "there", "kernels"),
    [
        ("x86_64", SKYLAKE | {"avx512_vnni", "amx_tile", "amx_int8"}, Kernels("AMX", exact=True)),
        ("x86_64", SKYLAKE | {"avx512_vnni"}, Kernels("AVX512-VNNI", exact=True)),
        ("x86_64", SKYLAKE, Kernels("AVX512", exact=False)),
        ("x86_64", HASWELL | {"avx_vnni"}, Kernels("AVX-VNNI", exact=True)),
        ("AMD64", HASWELL, Kernels("AVX2", exact=False)),
        ("x86_64", {"avx2", "avx512_vnni"}, Kernels("SSE", exact=False)),
        ("x86_64", (), Kernels("SSE", exact=False)),
        ("aarch64", {"asimddp", "i8mm"}, Kernels("NEON I8MM", exact=True)),
        ("arm64", {"asimddp"}, Kernels("NEON dot product", exact=True)),
        ("arm64", (), Kernels("NEON", exact=True)),
        ("riscv64", (), Kernels("not known", exact=False)),
    ],
)
def test_a_processor_gets_the_best_kernels_it_can_run(machine, there, kernels):
    assert integer_kernels(machine, frozenset(there)) == kernels


@pytest.mark.parametrize(("machine", "exact"), [("AMD64", False), ("ARM64", True), ("", False)])
def test_where_nothing_is_known_only_arm_is_trusted(machine, exact):
    assert integer_kernels(machine, None).exact is exact


@pytest.mark.parametrize(
    ("cpuinfo", "there"),
    [
        (CPUINFO, {"fma", "avx2", "avx512f", "avx512_vnni"}),
        ("processor\t: 0\nFeatures\t: fp asimd asimddp i8mm\n", {"asimddp", "i8mm"}),
        ("processor\t: 0\nFeatures\t:\n", frozenset()),
        ("processor\t: 0\nisa\t: rv64imafdc\n", None),
        ("", None),
    ],
)
def test_linux_lists_the_features_of_its_processor(cpuinfo, there):
    assert linux_features(cpuinfo) == there


def test_macos_is_asked_for_each_feature_by_its_own_name():
    assert mac_features({"hw.optional.arm.FEAT_DotProd", "hw.optional.avx512vnni"}.__contains__) == {
        "asimddp",
        "avx512_vnni",
    }


@pytest.mark.parametrize("system", ["linux", "darwin", "win32"])
@pytest.mark.parametrize("error", [OSError, AttributeError])
def test_a_system_that_does_not_say_is_no_error(tmp_path: Path, monkeypatch, system, error):
    def no_library(name):
        raise error

    monkeypatch.setattr("voice.providers.processor._CPUINFO", tmp_path / "cpuinfo")
    monkeypatch.setattr("voice.providers.processor.ctypes.CDLL", no_library)
    monkeypatch.setattr("voice.providers.processor.sys.platform", system)
    assert features() is None
    assert this_machine().name
