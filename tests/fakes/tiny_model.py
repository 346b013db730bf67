"""Small models whose sources are on this machine."""

import base64
import hashlib
import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

from voice.models.catalogue import Derivation, Hub, Member, Model, ModelFile, Source, Wheel


def make_wheel(name: str, members: dict[str, bytes]) -> bytes:
    """A pure Python wheel, version 1.0, that pip accepts."""
    info = f"{name}-1.0.dist-info"
    files = members | {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n".encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(
        f"{path},sha256={base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip('=')},{len(data)}\n"
        for path, data in files.items()
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path, data in files.items():
            archive.writestr(path, data)
        archive.writestr(f"{info}/RECORD", record + f"{info}/RECORD,,\n")
    return buffer.getvalue()


def model_of(files: dict[str, bytes], *sources: Source, derived: Derivation | None = None) -> Model:
    pinned = tuple(ModelFile(name, len(data), hashlib.sha256(data).hexdigest()) for name, data in files.items())
    return Model("tiny", "testing", "MIT", pinned, sources, derived)


def hub(url: str, files: dict[str, bytes]) -> Hub:
    return Hub({name: f"{url}/{name}" for name in files})


def wheel_of(name: str, members: dict[str, tuple[str, bytes]], size: int) -> Wheel:
    """`members`: path in the wheel -> (model file, its bytes there)."""
    return Wheel(f"{name}==1.0", size, tuple(Member(file, path, len(data)) for path, (file, data) in members.items()))


def convert(sources: Mapping[str, Path], target: Path) -> None:
    """A converter: every file in capitals, under the name that `CAPITALS` promises."""
    for name, path in sources.items():
        (target / name.upper()).write_bytes(path.read_bytes().upper())


def convert_without_its_package(sources: Mapping[str, Path], target: Path) -> None:
    """A converter that finds something missing halfway."""
    (target / "HALF").write_bytes(b"")
    raise ModuleNotFoundError("No module named 'onnx'", name="onnx")


def capitals(*names: str, version: int = 1, converter: str = "convert") -> Derivation:
    return Derivation(f"tests.fakes.tiny_model:{converter}", version, "pytest", tuple(name.upper() for name in names))
