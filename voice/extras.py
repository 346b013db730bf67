"""How to get what an optional part of frontdesk needs. No package index has frontdesk: it is installed from a clone."""

__all__ = ["how_to_install"]


def how_to_install(extra: str) -> str:
    """The command for messages that brings the packages of `extra`, a name under optional-dependencies."""
    return f"in your clone run: .venv/bin/python -m pip install -e '.[{extra}]'"
