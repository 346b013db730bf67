"""Tool calls put together from the pieces in which servers send them. Pure.

OpenAI names a call once, with an index and an id, then sends its arguments piece by piece with the index. Compatible
servers leave out index or id or change them, give all calls one index or one id, repeat the name in every piece or send
it last, send whole calls, or send again what they have sent. Pieces with one index are one call, whatever else changes;
an object of arguments that is complete is the end of one, and another call begins with a name.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from voice.providers.arguments import is_object, joined, repeats
from voice.providers.tool_names import ToolNames

__all__ = ["CallPieces", "SentCall"]

_LONGEST = 400_000
"""Characters of arguments in a call."""


@dataclass(slots=True)
class SentCall:
    """A call as far as it has come; empty fields were not sent."""

    index: int | None
    id: str
    name: str
    pieces: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The pieces of the arguments as they came."""
        return "".join(self.pieces)

    @property
    def arguments(self) -> str:
        """The arguments, which may have come more than once."""
        return joined(self.pieces)

    @property
    def whole(self) -> bool:
        """Nothing can follow but what repeats it."""
        return is_object(self.text)


class CallPieces:
    """`add` what comes; `close` when no more comes. Both return calls that are complete."""

    def __init__(self, names: ToolNames) -> None:
        self._names = names
        self._open: list[SentCall] = []
        self._done: list[SentCall] = []

    def add(self, piece: Mapping[str, Any]) -> tuple[bool, list[SentCall]]:
        """Take `piece`; returns whether a call began with it, and the calls that are complete by that.

        Raises ValueError for arguments that do not end, TypeError for a piece that is none.
        """
        new = _normalised(piece)
        arguments = new.pieces[0]
        call = self._continued(new, arguments)
        if call is not None:
            self._extend(call, new, arguments)
            return False, []
        if self._is_late(new, arguments):
            return False, []
        done = self._take([call for call in self._open if call.whole and call.text.strip() != "{}"])
        self._open.append(new)
        return True, done

    def close(self) -> list[SentCall]:
        """The calls that are open, complete or not."""
        return [call for call in self._take(list(self._open)) if not self._is_echo(call)]

    def _is_echo(self, call: SentCall) -> bool:
        """A name that was sent again after its call was complete, and that nothing followed."""
        alike = [done for done in self._done if (done.index, done.id, done.name) == (call.index, call.id, call.name)]
        return not call.text.strip() and any(done.whole for done in alike)

    def _take(self, done: list[SentCall]) -> list[SentCall]:
        self._open = [call for call in self._open if call not in done]
        self._done += done
        return done

    def _extend(self, call: SentCall, new: SentCall, arguments: str) -> None:
        call.id = call.id or new.id
        call.name = self._one_name(call.name, new.name)
        call.index = new.index if call.index is None else call.index
        if call.whole and is_object(arguments) and self._adds_nothing(call, arguments):
            call.pieces.clear()
        call.pieces.append(arguments)
        if sum(map(len, call.pieces)) > _LONGEST:
            raise ValueError("the arguments of a call do not end")

    def _one_name(self, name: str, more: str) -> str:
        """The name of a call whose name came in two pieces, or twice, or later."""
        if not more or not name or more.startswith(name):
            return more or name
        if self._names.known(name) is None and self._names.known(name + more) is not None:
            return name + more
        return name if self._names.known(name) is not None else more

    def _continued(self, new: SentCall, arguments: str) -> SentCall | None:
        """The open call that `new` goes on with; None if it begins another."""
        call = self._candidate(new, arguments)
        if call is None or not new.name or not call.name:
            return call
        goes_on = bool(call.text.strip()) and not call.whole and not arguments.lstrip().startswith("{")
        other_id = bool(new.id and call.id and new.id != call.id)
        if not self._may_be_one_name(call.name, new.name):
            same_id = bool(new.id) and new.id == call.id
            return call if goes_on or (same_id and not call.whole) else None
        if call.whole:
            return call if not other_id and self._adds_nothing(call, arguments) else None
        return call if goes_on or not other_id or new.index is not None else None

    def _candidate(self, new: SentCall, arguments: str) -> SentCall | None:
        same_id = [call for call in self._open if new.id and call.id == new.id]
        if new.index is None:
            return next(reversed(same_id or self._open), None)
        same_index = [call for call in self._open if call.index == new.index]
        if same_index:
            return same_index[-1]
        if same_id and not same_id[-1].whole and same_id[-1].text and not arguments.lstrip().startswith("{"):
            return same_id[-1]
        return next((call for call in reversed(self._open) if call.index is None and not same_id), None)

    def _may_be_one_name(self, name: str, more: str) -> bool:
        if more.startswith(name):
            return True
        return self._names.known(more) is None and self._names.known(name + more) is not None

    def _adds_nothing(self, call: SentCall, arguments: str) -> bool:
        if not is_object(arguments):
            return bool(arguments.strip()) and not arguments.lstrip().startswith("{")
        return repeats(json.loads(arguments), json.loads(call.text))

    def _is_late(self, new: SentCall, arguments: str) -> bool:
        """Whether `new` belongs to a call that was handed over, or to none."""
        if not new.name:
            known = any(new.index == call.index and new.id in ("", call.id) for call in self._done)
            return known or not (new.id or arguments.strip())
        return any(
            (new.index, new.id, new.name) == (call.index, call.id, call.name)
            and is_object(arguments)
            and json.loads(arguments) == json.loads(call.text)
            for call in self._done
            if call.whole
        )


def _normalised(piece: Mapping[str, Any]) -> SentCall:
    function = piece.get("function")
    if not isinstance(function, Mapping):
        function = {"name": function, **piece} if isinstance(function, str) else piece
    index, call = piece.get("index"), piece.get("id")
    name, arguments = function.get("name"), function.get("arguments", function.get("input"))
    if not isinstance(arguments, str):
        arguments = "" if arguments is None else json.dumps(arguments)
    return SentCall(
        int(index) if isinstance(index, int | float) or (isinstance(index, str) and index.isdigit()) else None,
        str(call) if isinstance(call, str | int) else "",
        name.strip() if isinstance(name, str) else "",
        [arguments],
    )
