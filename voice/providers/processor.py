"""The processor's integer arithmetic: onnxruntime's kernels for 8-bit models, and whether their sums are exact.

A quantised product multiplies unsigned activations by signed weights. Processors with VNNI or AMX, and ARM ones, sum
the products in 32 bits. Other x86 ones sum pairs of them in 16 bits, where they are clipped: the model then answers
something else. The order of choice is that of onnxruntime's `platform.cpp`.
"""

import ctypes
import platform
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

__all__ = ["Kernels", "features", "integer_kernels", "linux_features", "mac_features", "this_machine"]

_CPUINFO = Path("/proc/cpuinfo")
_X86 = ("x86_64", "amd64")
_ARM = ("aarch64", "arm64")

_AVX2 = frozenset({"avx2", "fma"})
_AVX512 = _AVX2 | {"avx512f", "avx512bw", "avx512dq", "avx512vl"}
_AMX, _VNNI, _AVX_VNNI = frozenset({"amx_tile", "amx_int8"}), "avx512_vnni", "avx_vnni"
_DOT, _I8MM = "asimddp", "i8mm"
_KNOWN = _AVX512 | _AMX | {_VNNI, _AVX_VNNI, _DOT, _I8MM}

_SYSCTL = {
    "avx2": "hw.optional.avx2_0",
    "fma": "hw.optional.fma",
    "avx512f": "hw.optional.avx512f",
    "avx512bw": "hw.optional.avx512bw",
    "avx512dq": "hw.optional.avx512dq",
    "avx512vl": "hw.optional.avx512vl",
    _VNNI: "hw.optional.avx512vnni",
    _DOT: "hw.optional.arm.FEAT_DotProd",
    _I8MM: "hw.optional.arm.FEAT_I8MM",
}
"""What macOS calls them."""


@dataclass(frozen=True, slots=True)
class Kernels:
    """`exact`: products of unsigned by signed bytes are summed without clipping. False too if nobody knows."""

    name: str
    exact: bool


def integer_kernels(machine: str, features: frozenset[str] | None) -> Kernels:
    """The kernels for `machine` (as `platform.machine()` says it) with these features, None if they are not known."""
    kind = machine.lower()
    if kind in _ARM:
        return Kernels(_arm(features or frozenset()), exact=True)
    if kind not in _X86 or features is None:
        return Kernels("not known", exact=False)
    if features >= _AVX2 | _AMX:
        return Kernels("AMX", exact=True)
    if features >= _AVX512:
        return Kernels("AVX512-VNNI", exact=True) if _VNNI in features else Kernels("AVX512", exact=False)
    if features >= _AVX2:
        return Kernels("AVX-VNNI", exact=True) if _AVX_VNNI in features else Kernels("AVX2", exact=False)
    return Kernels("SSE", exact=False)


def this_machine() -> Kernels:
    """The kernels here."""
    return integer_kernels(platform.machine(), features())


@cache
def features() -> frozenset[str] | None:
    """What this processor has of all that matters here, as Linux names it; None where the system does not say."""
    try:
        if sys.platform == "darwin":
            return mac_features(_sysctl)
        return linux_features(_CPUINFO.read_text(encoding="utf-8", errors="replace"))
    except (OSError, AttributeError):
        return None


def linux_features(cpuinfo: str) -> frozenset[str] | None:
    """The features in the text of /proc/cpuinfo; None if it lists none."""
    for line in cpuinfo.splitlines():
        name, _, value = line.partition(":")
        if name.strip().lower() in ("flags", "features"):
            return _KNOWN & frozenset(value.split())
    return None


def mac_features(sysctl: Callable[[str], bool]) -> frozenset[str]:
    """The features of which `sysctl` says that they are there, asked by macOS's names."""
    return frozenset(feature for feature, name in _SYSCTL.items() if sysctl(name))


def _arm(features: frozenset[str]) -> str:
    return "NEON I8MM" if _I8MM in features else "NEON dot product" if _DOT in features else "NEON"


def _sysctl(name: str) -> bool:
    """Whether the kernel's integer of this name is there and not 0."""
    value, size = ctypes.c_int64(0), ctypes.c_size_t(8)
    answer = ctypes.CDLL(None).sysctlbyname(name.encode(), ctypes.byref(value), ctypes.byref(size), None, 0)
    return answer == 0 and value.value != 0
