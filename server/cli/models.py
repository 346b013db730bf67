"""`frontdesk models list | pull | path`."""

import argparse
import sys
from typing import TextIO

from server.config.problems import unknown_name
from server.config.voice import VoiceSection
from server.errors import NotReady, WrongInput
from voice.errors import ModelMissing
from voice.models import CATALOGUE, Model, ModelStore
from voice.models.pull import Phase, PullFailed, pull

__all__ = ["ProgressLine", "default_models", "megabytes", "run"]

_BAR = 30
_STEP = 0.1
"""Without a terminal, a line each time this much more has come."""


def run(args: argparse.Namespace) -> int:
    """See `frontdesk models --help`."""
    store = ModelStore()
    match args.action:
        case "list":
            _list(store)
        case "path":
            _path(store, args.name)
        case _:
            _pull(store, list(CATALOGUE) if args.all else args.names or default_models())
    return 0


def default_models() -> list[str]:
    """The models which a configuration without a `[voice]` section needs."""
    voice = VoiceSection()
    strings = (voice.vad, voice.turn, voice.stt, voice.tts, voice.llm)
    return [string.partition("/")[2] for string in strings]


def megabytes(size: int) -> str:
    """ "12.3 MB"."""
    return f"{size / 1e6:.1f} MB"


def _known(name: str) -> Model:
    if name not in CATALOGUE:
        raise WrongInput(unknown_name("model", name, list(CATALOGUE)))
    return CATALOGUE[name]


def _list(store: ModelStore) -> None:
    rows = [("NAME", "SIZE", "STATE", "LICENCE", "PURPOSE")]
    for model in CATALOGUE.values():
        state = store.state(model.name)
        place = {"given": "given", "cache": "here", "installed": "installed", None: "missing"}[state.origin]
        if state.origin and not state.ready:
            place = "not converted"
        rows.append((model.name, megabytes(model.size), place, model.licence, model.purpose))
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    for name, size, place, licence, purpose in rows:
        print(
            f"{name:{widths[0]}}  {size:>{widths[1]}}  {place:{widths[2]}}  {licence:{widths[3]}}  {purpose}".rstrip()
        )
    print(f"\nfolder: {store.root}   fetch: frontdesk models pull [NAME ...|--all]")


def _path(store: ModelStore, name: str | None) -> None:
    if name is None:
        print(store.root)
        return
    _known(name)
    state = store.state(name)
    if state.directory is None:
        raise NotReady(str(ModelMissing(name)))
    print(state.directory)


def _pull(store: ModelStore, names: list[str]) -> None:
    models = [_known(name) for name in dict.fromkeys(names)]
    failures = []
    for model in models:
        if store.state(model.name).ready:
            print(f"{model.name}: already here ({megabytes(model.size)})")
            continue
        print(f"{model.name}: {model.purpose}, {megabytes(model.size)}, {model.licence}")
        line = ProgressLine(sys.stdout)
        try:
            pull(store, model.name, line)
        except (PullFailed, ModelMissing) as error:
            failures.append(str(error))
        finally:
            line.end()
        if store.state(model.name).ready:
            for file in model.files:
                print(f"  {file.name}  {megabytes(file.size)}  sha256 {file.sha256}")
    if failures:
        raise NotReady("\n".join(failures))


class ProgressLine:
    """A bar that redraws itself on a terminal, else a plain line now and then."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._live = stream.isatty()
        self._phase: Phase | None = None
        self._printed = 0.0
        self._width = 0

    def __call__(self, name: str, done: int, total: int, phase: Phase) -> None:
        """The `voice.models.Progress` of one model; `done` and `total` in bytes."""
        share = done / total if total else 0.0
        counted = phase == "downloading"
        amount = f"{megabytes(done)} of {megabytes(total)}" if counted else ""
        if self._live:
            bar = f"[{'#' * round(share * _BAR):{_BAR}}] {share:4.0%}  " if counted else ""
            text = f"  {bar}{phase} {amount}".rstrip()
            self._stream.write(f"\r{text:{self._width}}")
            self._width = len(text)
        elif phase != self._phase or (counted and share - self._printed >= _STEP):
            self._stream.write(f"  {phase} {amount}".rstrip() + "\n")
            self._printed = share if counted else 0.0
        self._phase = phase
        self._stream.flush()

    def end(self) -> None:
        """Leave the line free for what comes next."""
        if self._live and self._width:
            self._stream.write(f"\r{'':{self._width}}\r")
            self._stream.flush()
