"""What stops a command before or instead of a call; `server.__main__` prints the message and exits with `exit_code`."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

__all__ = ["CommandError", "ConfigError", "NotReady", "Problem", "WrongInput"]


class CommandError(Exception):
    """Base: a message for the user, never a traceback."""

    exit_code: ClassVar[int] = 1


class NotReady(CommandError):
    """The configuration is right, but this machine lacks something: a model, an extra, a key, a device. Exit code 1."""


class WrongInput(CommandError):
    """The command was given something it cannot use; the message names it. Exit code 2."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a configuration file. `key` is the dotted path, `line` counts from 1 where it is known."""

    path: Path
    key: str
    message: str
    line: int | None = None

    def __str__(self) -> str:
        where = f"{self.path}:{self.line}" if self.line else str(self.path)
        return f"{where}: {self.key}: {self.message}" if self.key else f"{where}: {self.message}"


class ConfigError(CommandError):
    """The configuration is wrong; names every problem found, one a line. Exit code 2."""

    exit_code = 2

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)
