"""From a model's name to files on this machine."""

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal

from voice.errors import ModelMissing
from voice.models.catalogue import CATALOGUE, Installed, Model

__all__ = ["ModelState", "ModelStore", "cache_root", "sha256_of"]

Origin = Literal["given", "cache", "installed"]


@dataclass(frozen=True, slots=True)
class ModelState:
    """Where a model is. `origin` is None when it is missing; `size` in bytes of its own files, derived ones apart.

    `ready` means usable: all files are there, those derived from them too.
    """

    name: str
    origin: Origin | None
    directory: Path | None
    size: int
    ready: bool


def cache_root(environ: Mapping[str, str] = os.environ) -> Path:
    """$FRONTDESK_MODELS, else $XDG_CACHE_HOME/frontdesk/models, else ~/.cache/frontdesk/models."""
    if given := environ.get("FRONTDESK_MODELS"):
        return Path(given).expanduser()
    cache = environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(cache).expanduser() / "frontdesk" / "models"


def sha256_of(path: Path) -> str:
    """Of the file's bytes, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class ModelStore:
    """Model files under `root` (default `cache_root()`), with what was given or is installed taken into account.

    A model is looked for at the path given for it (argument or environment variable, see `variable`), in the cache,
    and in the distributions already installed. Cached files were verified when they were written; installed ones are
    verified each time; a given path is the user's word.
    """

    def __init__(self, root: Path | None = None, catalogue: Mapping[str, Model] = CATALOGUE) -> None:
        self.root = root or cache_root()
        self._catalogue = catalogue

    @staticmethod
    def variable(name: str) -> str:
        """The environment variable that gives the path of model `name`: FRONTDESK_MODEL_SILERO_V6."""
        return "FRONTDESK_MODEL_" + "".join(c if c.isalnum() else "_" for c in name.upper())

    def model(self, name: str) -> Model:
        """The catalogue's entry. Raises ValueError that lists what there is."""
        try:
            return self._catalogue[name]
        except KeyError:
            raise ValueError(f"no model {name!r} in the catalogue; there are: {', '.join(self._catalogue)}") from None

    def given(self, name: str) -> Path | None:
        """The path the environment gives for the model, if it does."""
        path = os.environ.get(self.variable(name))
        return Path(path).expanduser() if path else None

    def originals(self, name: str, given: str | Path | None = None) -> dict[str, Path]:
        """File name -> path of the model's own files, those derived from them apart. Raises ModelMissing."""
        return self._locate(self.model(name), given)[1]

    def files(self, name: str, given: str | Path | None = None) -> dict[str, Path]:
        """File name -> path of every file of the model, derived ones included. Never downloads.

        `given`: the file, or the directory of the files, to use instead of looking further. Raises ModelMissing.
        """
        model = self.model(name)
        files = self.originals(name, given)
        if model.derived is None:
            return files
        directory = self.derived_directory(model, files)
        if not directory.is_dir():
            raise ModelMissing(name, f" in the form converted for this {model.derived.runtime}")
        return files | {file: directory / file for file in model.derived.files}

    def path(self, name: str, given: str | Path | None = None) -> Path:
        """The file of a model that has one. Raises ModelMissing."""
        (file,) = self.files(name, given).values()
        return file

    def state(self, name: str) -> ModelState:
        """Where the model is, without raising for a missing one. Raises ValueError for an unknown one."""
        model = self.model(name)
        try:
            origin, files = self._locate(model, None)
        except ModelMissing:
            return ModelState(name, None, None, 0, ready=False)
        ready = model.derived is None or self.derived_directory(model, files).is_dir()
        size = sum(path.stat().st_size for path in files.values())
        return ModelState(name, origin, next(iter(files.values())).parent, size, ready)

    def derived_directory(self, model: Model, files: Mapping[str, Path]) -> Path:
        """Where the files derived from `files` belong: the key changes with sources, converter and runtime."""
        assert model.derived is not None
        known = {file.name: file.sha256 for file in model.files}
        cached = self.root / model.name
        digest = hashlib.sha256()
        for file, path in sorted(files.items()):
            digest.update((known[file] if path.parent == cached else sha256_of(path)).encode())
        runtime = f"{model.derived.runtime}-{metadata.version(model.derived.runtime)}"
        return cached / f"derived-v{model.derived.version}-{runtime}-{digest.hexdigest()[:16]}"

    def _locate(self, model: Model, given: str | Path | None) -> tuple[Origin, dict[str, Path]]:
        if path := Path(given).expanduser() if given else self.given(model.name):
            return "given", _given(model, path)
        cached = {file.name: self.root / model.name / file.name for file in model.files}
        if all(_has_size(cached[file.name], file.size) for file in model.files):
            return "cache", cached
        for source in model.sources:
            if isinstance(source, Installed) and (installed := _installed(model, source)):
                return "installed", installed
        raise ModelMissing(model.name)


def _has_size(path: Path, size: int) -> bool:
    return path.is_file() and path.stat().st_size == size


def _given(model: Model, path: Path) -> dict[str, Path]:
    if len(model.files) == 1 and path.is_file():
        return {model.files[0].name: path}
    files = {file.name: path / file.name for file in model.files}
    for file in files.values():
        if not file.is_file():
            raise ModelMissing(
                model.name, f" ({file} was given but does not exist): correct the path, or leave it out and"
            )
    return files


def _installed(model: Model, source: Installed) -> dict[str, Path] | None:
    try:
        distribution = metadata.distribution(source.distribution)
    except metadata.PackageNotFoundError:
        return None
    files = {name: Path(str(distribution.locate_file(path))) for name, path in source.paths.items()}
    for file in model.files:
        path = files[file.name]
        if not _has_size(path, file.size) or sha256_of(path) != file.sha256:
            return None
    return files
