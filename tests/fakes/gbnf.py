"""A matcher for GBNF grammars, by backtracking over the parsed rules: enough to test what a grammar lets pass."""

import re
from collections.abc import Iterator
from typing import Any

Node = tuple[Any, ...]

_TOKEN = re.compile(
    r"""\s+|(?P<string>"(?:\\.|[^"\\])*")|(?P<set>\[(?:\\.|[^\]\\])*\])|(?P<name>[a-zA-Z][\w-]*)"""
    r"""|(?P<times>[?*+]|\{\d+(?:,\d*)?\})|(?P<mark>[()|])"""
)


class Grammar:
    """`accepts` whole texts, `begins` texts that could go on to be accepted."""

    def __init__(self, text: str) -> None:
        self._rules: dict[str, Node] = {}
        for line in text.strip().splitlines():
            name, body = line.split(" ::= ", 1)
            tokens = list(_tokens(body))
            self._rules[name], rest = _alternatives(tokens)
            assert not rest, f"left over in {name}: {rest}"

    def accepts(self, text: str) -> bool:
        return any(end == len(text) for end in self._match(("rule", "root"), text, 0))

    def begins(self, text: str) -> bool:
        """Whether some accepted text starts with `text`, as far as the matcher can see by running off its end."""
        try:
            return any(True for _ in self._match(("rule", "root"), text + "\0", 0))
        except _Ran:
            return True

    def _match(self, node: Node, text: str, at: int) -> Iterator[int]:
        match node:
            case ("rule", name):
                yield from self._match(self._rules[name], text, at)
            case ("either", options):
                for option in options:
                    yield from self._match(option, text, at)
            case ("all", []):
                yield at
            case ("all", [first, *rest]):
                for middle in self._match(first, text, at):
                    yield from self._match(("all", rest), text, middle)
            case ("text", wanted):
                if text.startswith(wanted, at):
                    yield at + len(wanted)
                elif text.endswith("\0") and wanted.startswith(text[at:-1]):
                    raise _Ran
            case ("set", pattern):
                if at < len(text) and text[at] == "\0":
                    raise _Ran
                if at < len(text) and pattern.fullmatch(text[at]):
                    yield at + 1
            case ("times", inner, least, most):
                yield from self._repeat(inner, least, most, text, at)

    def _repeat(self, inner: Node, least: int, most: int, text: str, at: int) -> Iterator[int]:
        reached = {at}
        for count in range(most + 1):
            if count >= least:
                yield from sorted(reached, reverse=True)
            reached = {end for start in reached for end in self._match(inner, text, start) if end > start}
            if not reached:
                return


class _Ran(Exception):
    """The text ended where the grammar would go on."""


def _tokens(body: str) -> Iterator[tuple[str, str]]:
    at = 0
    while at < len(body):
        found = _TOKEN.match(body, at)
        assert found, f"not GBNF: {body[at : at + 40]!r}"
        at = found.end()
        if found.lastgroup:
            yield found.lastgroup, found[0]


def _alternatives(tokens: list[tuple[str, str]]) -> tuple[Node, list[tuple[str, str]]]:
    options: list[Node] = []
    sequence: list[Node] = []
    while tokens:
        kind, text = tokens[0]
        if text == ")" and kind == "mark":
            break
        tokens = tokens[1:]
        match kind, text:
            case "mark", "|":
                options.append(("all", sequence))
                sequence = []
            case "mark", "(":
                group, tokens = _alternatives(tokens)
                assert tokens, "unclosed group"
                sequence.append(group)
                tokens = tokens[1:]
            case "string", _:
                sequence.append(
                    ("text", re.sub(r"\\(.)", lambda m: {"n": "\n", "r": "\r"}.get(m[1], m[1]), text[1:-1]))
                )
            case "set", _:
                sequence.append(("set", re.compile(text, re.DOTALL)))
            case "name", _:
                sequence.append(("rule", text))
            case "times", _:
                least, most = _bounds(text)
                sequence[-1] = ("times", sequence[-1], least, most)
    return ("either", [*options, ("all", sequence)]), tokens


def _bounds(times: str) -> tuple[int, int]:
    if times in "?*+":
        return {"?": (0, 1), "*": (0, 10_000), "+": (1, 10_000)}[times]
    least, comma, most = times.strip("{}").partition(",")
    return int(least), int(most or 10_000) if comma else int(least)
