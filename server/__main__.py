"""The command line: `frontdesk COMMAND`, or `python -m server COMMAND`."""

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from server import logs
from server.errors import CommandError

__all__ = ["main", "parser"]

_DESCRIPTION = "A voice agent whose abilities are MCP servers."

_EPILOG = """\
examples:
  frontdesk models pull                  fetch the models of the offline default
  frontdesk check                        is ./frontdesk.toml right, and can it run here?
  frontdesk console                      talk to the agent in the terminal
  frontdesk call hello.wav book.wav      hold a call with recorded speech; see out/

exit codes: 0 done; 1 failed, or something is missing on this machine; 2 wrong input or configuration; 130 interrupted
"""

_CALL_EPILOG = """\
Each file is played in real time when the agent has finished answering the one before. FILE@SECONDS is played that long
after the agent began its answer to the one before, to barge in (or when the answer is over, if that is sooner); the
answer to the first file's predecessor is the greeting. Any rate, mono or stereo, every format libsndfile reads.

DIR is left with
  recording.wav     stereo: caller left, agent right
  events.jsonl      one JSON object a line, written as it happens; "at" is seconds since the call began, "v" the format
  transcript.json   the turns: what was said, the tool calls, what was heard, and where the time went

examples:
  frontdesk call question.wav
  frontdesk call --config examples/cafe/frontdesk.toml book.wav never-mind.wav@1.5

Ctrl-C (or SIGTERM) hangs up: what there was until then is kept, and a tool call that has begun is finished. A second
one does not wait.

exit codes: 0 every file was answered; 1 the call failed, the last line says why; 2 wrong input; 130 interrupted (143 by
            SIGTERM)
"""

_CONSOLE_EPILOG = """\
With microphone and loudspeaker where there are, else in writing; `frontdesk doctor` says what is missing. Speak or type
at any time; both interrupt the agent. Use headphones: there is no echo cancellation. While it runs:
  /voice  /text     speak and listen, or only write
  /tools            what the agent can do
  /agent [NAME]     who there is; go on with another agent
  /help  /quit

Reads lines when the input is no terminal:
  printf 'hello\\n' | frontdesk console --text
"""

_CHECK_EPILOG = """\
exit codes: 0 ready; 1 the configuration is right, but a model, key, package or MCP server is missing here;
            2 the configuration is wrong
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit code. Raises SystemExit for --help, --version and wrong usage."""
    args = parser().parse_args(arguments)
    logs.set_up()
    try:
        code: int = importlib.import_module(f"server.cli.{args.command}").run(args)
        sys.stdout.flush()
        return code
    except CommandError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    except (OSError, ExceptionGroup) as error:
        failures = _leaves(error)
        if any(not isinstance(failure, OSError) for failure in failures):
            raise
        if any(not isinstance(failure, BrokenPipeError) for failure in failures):
            print(f"frontdesk: {next(f for f in failures if not isinstance(f, BrokenPipeError))}", file=sys.stderr)
            return 1  # a full disk, say
        # The reader (head, say) has seen enough; what is still buffered must not raise again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141


def _leaves(error: Exception) -> list[Exception]:
    if not isinstance(error, ExceptionGroup):
        return [error]
    return [leaf for inner in error.exceptions for leaf in _leaves(inner)]


def parser() -> argparse.ArgumentParser:
    """The whole command line; of what it parses, `command` names the module in `server.cli`."""
    whole = argparse.ArgumentParser(
        "frontdesk", description=_DESCRIPTION, epilog=_EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    whole.add_argument("--version", action="version", version=f"frontdesk {version('frontdesk')}")
    commands = whole.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_call(commands)
    _add_console(commands)
    _add_models(commands)
    _add_config(_add(commands, "check", "validate the configuration and show what it resolves to", _CHECK_EPILOG))
    _add(commands, "doctor", "show what this machine has: audio, models, packages, keys (never their values)")
    return whole


_Commands = Any  # argparse keeps the type of what `add_subparsers` returns private


def _add(commands: _Commands, name: str, summary: str, epilog: str = "") -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(
        name,
        help=summary,
        description=summary[0].upper() + summary[1:] + ".",
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    return parser


def _add_config(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--config", metavar="FILE", type=Path, default=Path("frontdesk.toml"), help="default: %(default)s"
    )


def _add_call(commands: _Commands) -> None:
    parser = _add(commands, "call", "hold a call with recorded speech", _CALL_EPILOG)
    parser.add_argument("files", nargs="+", metavar="FILE[@SECONDS]", help="what the caller says")
    _add_config(parser)
    parser.add_argument("--out", metavar="DIR", type=Path, default=Path("out"), help="default: %(default)s")


def _add_console(commands: _Commands) -> None:
    parser = _add(commands, "console", "talk to the agent in the terminal", _CONSOLE_EPILOG)
    _add_config(parser)
    way = parser.add_mutually_exclusive_group()
    way.add_argument("--voice", action="store_const", const="voice", dest="mode", help="speak and listen")
    way.add_argument("--text", action="store_const", const="text", dest="mode", help="only write")
    parser.add_argument("--input", metavar="DEVICE", help="microphone: number or part of its name")
    parser.add_argument("--output", metavar="DEVICE", help="loudspeaker: number or part of its name")
    parser.add_argument("--list-devices", action="store_true", help="show the audio devices and leave")


def _add_models(commands: _Commands) -> None:
    actions = _add(commands, "models", "list, fetch or locate model files").add_subparsers(
        dest="action", required=True, metavar="ACTION"
    )
    _add(actions, "list", "show what there is and what of it is on this machine")
    pull = _add(actions, "pull", "fetch models, verified by SHA-256; goes on where it was interrupted")
    pull.add_argument("names", nargs="*", metavar="NAME", help="default: those of the offline default")
    pull.add_argument("--all", action="store_true", help="every model there is")
    path = _add(actions, "path", "print where a model lies, or the folder of all")
    path.add_argument("name", nargs="?", metavar="NAME")


if __name__ == "__main__":
    sys.exit(main())
