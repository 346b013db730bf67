"""Finds secrets in a configuration file, by the name of their key or by what they look like, and in any text.

Pure. The values themselves never leave this module.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

__all__ = ["KeyPath", "redacted", "secrets_in"]

KeyPath = tuple[str | int, ...]

_NAME = re.compile(
    r"(^|[_-])(api[_-]?key|access[_-]?key|private[_-]?key|secret|token|password|passwd|pat|credentials?)$"
    r"|^(key|authorization|cookie)$",
    re.IGNORECASE,
)
_VALUE = re.compile(
    r"\bsk-[A-Za-z0-9_-]{16,}"  # OpenAI, Anthropic and those who copy their form
    r"|\bgh[opsur]_[A-Za-z0-9]{20,}|\bgithub_pat_\w{20,}"
    r"|\bxox[abeprs]-[A-Za-z0-9-]{10,}"  # Slack
    r"|\bAIza[A-Za-z0-9_-]{30,}"  # Google
    r"|\bAKIA[A-Z0-9]{16}\b"  # AWS
    r"|\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}"  # JSON web token
    r"|\b(?:Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{8,}"
    r"|://[^/\s:@$]+:[^/\s@$]{3,}@"  # user:password@host
    r"|[?&](?:api[_-]?key|access[_-]?token|token|key|secret)=[^&\s$]{6,}"
)
_SHORTEST = 6
"""Characters; `token = 0.05` and the like are options."""
_SERVERS = ("mcpServers", "servers")


def secrets_in(data: Any, path: KeyPath = ()) -> Iterator[tuple[KeyPath, str]]:
    """Where `data` holds a secret, and what to do about it instead."""
    if isinstance(data, Mapping):
        for key, value in data.items():
            here = (*path, str(key))
            if isinstance(value, str | int) and not isinstance(value, bool):
                if _is_secret(here, str(value)):
                    yield here, _remedy(here)
            else:
                yield from secrets_in(value, here)
    elif isinstance(data, list | tuple):
        for index, value in enumerate(data):
            if isinstance(value, str) and _VALUE.search(value):
                yield (*path, index), _remedy(path)
            elif not isinstance(value, str):
                yield from secrets_in(value, (*path, index))


def redacted(text: str) -> str:
    """`text` with *** for whatever looks like a secret."""
    return _VALUE.sub("***", text)


def _is_secret(path: KeyPath, value: str) -> bool:
    if _VALUE.search(value):
        return True
    if not _NAME.search(str(path[-1])):
        return False
    if path[0] in _SERVERS:
        # There `${VAR}` is the way to do it, and env also holds things like MAX_TOKEN=100.
        return "${" not in value and len(value) >= 8 and not value.isdigit()
    return "voice" in path[:3] and len(value) >= _SHORTEST  # [voice], [agent.voice], [agents.NAME.voice]


def _remedy(path: KeyPath) -> str:
    if path and path[0] in _SERVERS:
        variable = re.sub(r"\W+", "_", str(path[-1])).upper() if path[-2:-1] == ("env",) else "MY_TOKEN"
        scheme = "Bearer " if str(path[-1]).lower() == "authorization" else ""
        return (
            "looks like a secret, and those come from the environment only: "
            f'write "{scheme}${{{variable}}}" and set {variable} in the environment'
        )
    return (
        "looks like a secret, and those come from the environment only: delete it here and set the provider's own "
        "variable (OPENAI_API_KEY, ANTHROPIC_API_KEY, ...)"
    )
