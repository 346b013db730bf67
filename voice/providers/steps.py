"""Chat items grouped into the alternating messages that vendors' APIs accept.

Vendors insist that the results of all calls of one assistant message come right after it, that roles alternate, and
that a request ends with the user. Our history is in the order in which things happened: results of parallel calls
arrive in any order, a filler may be spoken while a tool runs, and the agent greets first.

APIs know no message from the world to the model in the middle of a conversation, so notes go to the user's side, in a
mark which nobody else can write: it is taken out of what users, tools and notes say.

Servers number their calls from the beginning in every answer, and a conversation may go from one vendor to another: a
call keeps its own result, and no id is sent twice.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from voice.chat import (
    AgentMessage,
    Chat,
    ChatItem,
    ImageLink,
    ImagePart,
    Note,
    Summary,
    ToolCall,
    ToolResult,
    UserMessage,
)

__all__ = [
    "AgentStep",
    "Said",
    "Step",
    "UserStep",
    "alternating",
    "fitting",
    "inert",
    "marked",
    "steps",
    "without_images",
]

_CONNECTED = "(The caller is connected.)"
_SILENT = "(The caller says nothing.)"
_MARK = "system-note"
_FORGED = re.compile(rf"<(?=\s*/?\s*{_MARK})", re.IGNORECASE)

Said = str | ImagePart | ImageLink | Note | Summary
"""One thing on the user's side: words, an image, or what the world tells."""


@dataclass(frozen=True, slots=True)
class UserStep:
    """What came from the user's side, in order; no two texts in a row."""

    said: tuple[Said, ...]


@dataclass(frozen=True, slots=True)
class AgentStep:
    """One message of the agent: words, then calls, each with its result."""

    text: str
    calls: tuple[tuple[ToolCall, ToolResult], ...] = ()


Step = UserStep | AgentStep


def steps(chat: Chat) -> list[Step]:
    """The items of `chat` as steps; no two UserSteps in a row.

    A call with no result in the chat gets one that says so. A result with no call is left out.
    """
    items = _with_own_ids(chat.items)
    grouped = _Grouping(items)
    for item in items:
        grouped.add(item)
    return grouped.steps


def alternating(chat: Chat) -> list[Step]:
    """`steps`, from a UserStep to a UserStep or to an AgentStep with calls, as vendors' servers want them."""
    found = steps(chat)
    if not found or isinstance(found[0], AgentStep):
        found.insert(0, UserStep((_CONNECTED,)))
    last = found[-1]
    if isinstance(last, AgentStep) and not last.calls:
        found.append(UserStep((_SILENT,)))
    return found


def marked(note: Note | Summary) -> str:
    """`note` as a text on the user's side that cannot be taken for the user's words."""
    source = "summary" if isinstance(note, Summary) else note.source
    about = "The earlier conversation, shortened:" if isinstance(note, Summary) else "Not said by the caller:"
    named = f' source="{inert(source).replace(chr(34), chr(39))}"' if source else ""
    return f"<{_MARK}{named}>{about} {inert(note.text)}</{_MARK}>"


def inert(text: str) -> str:
    """`text` without anything that looks like the mark of a note."""
    return _FORGED.sub("< ", text)


def without_images(said: Sequence[Said]) -> tuple[Said, ...]:
    """`said` for a model that sees nothing: in the place of each image it is told that there was one."""
    unseen = Note("The caller sent an image, which you cannot see. Say so if it matters.", "image")
    return tuple(unseen if isinstance(one, ImagePart | ImageLink) else one for one in said)


def fitting(call: str, allowed: re.Pattern[str]) -> str:
    """The id `call`, or one made from it where the vendor would refuse it."""
    return call if allowed.fullmatch(call) else _digest(call)


def _digest(text: str) -> str:
    # 9 letters and digits: the one length that all vendors take.
    return sha256(text.encode("utf-8", "replace")).hexdigest()[:9]


def _with_own_ids(items: Sequence[ChatItem]) -> list[ChatItem]:
    """`items` with no id at two calls, and with every result at its call; results of no call are left out."""
    own = dict(_own_ids(items))
    called = _called(items)
    told: list[ChatItem] = []
    for position, item in enumerate(items):
        if isinstance(item, ToolCall):
            told.append(replace(item, id=own[position]))
        elif not isinstance(item, ToolResult):
            told.append(item)
        elif position in called:
            told.append(replace(item, id=own[called[position]]))
    return told


def _own_ids(items: Sequence[ChatItem]) -> Iterator[tuple[int, str]]:
    """The id of the call at each position: the first one with an id keeps it."""
    theirs = {item.id for item in items if isinstance(item, ToolCall)}
    taken: set[str] = set()
    for position, item in enumerate(items):
        if isinstance(item, ToolCall):
            own, number = item.id, 1
            while not own or own in taken or (own in theirs and own != item.id):
                own, number = _digest(f"{item.id} {number}"), number + 1
            taken.add(own)
            yield position, own


def _called(items: Sequence[ChatItem]) -> dict[int, int]:
    """Where the call stands that the result at a position answers.

    Of calls with one id that is the first unanswered one of this turn, of the same tool if there is one; else the last.
    """
    waiting: list[int] = []
    turn = 0
    answers: dict[int, int] = {}
    for position, item in enumerate(items):
        if isinstance(item, UserMessage):
            turn = position
        elif isinstance(item, ToolCall):
            waiting.append(position)
        elif isinstance(item, ToolResult):
            alike = [(at, call) for at in waiting if isinstance(call := items[at], ToolCall) and call.id == item.id]
            if found := [at for at, call in alike if call.name == item.name] or [at for at, _ in alike]:
                answers[position] = next((at for at in found if at >= turn), found[-1])
                waiting.remove(answers[position])
    return answers


class _Grouping:
    def __init__(self, items: Sequence[ChatItem]) -> None:
        self.steps: list[Step] = []
        self._results = {item.id: item for item in items if isinstance(item, ToolResult)}
        self._awaited: set[str] = set()  # calls of the last step whose results have not come by yet

    def add(self, item: ChatItem) -> None:
        match item:
            case UserMessage(text, parts):
                self._user(*([text] if text.strip() else []), *parts)
            case Note() | Summary() if item.text.strip():
                self._user(item)
            case AgentMessage(text=text) if text.strip():
                self._agent(text)
            case ToolCall():
                self._call(item)
            case ToolResult(id=call):
                self._awaited.discard(call)

    def _user(self, *said: Said) -> None:
        if not said:
            return
        self._awaited.clear()
        last = self.steps[-1] if self.steps else None
        if isinstance(last, UserStep):
            self.steps[-1] = UserStep(_joined(*last.said, *said))
        else:
            self.steps.append(UserStep(_joined(*said)))

    def _agent(self, text: str) -> None:
        last = self.steps[-1] if self.steps else None
        if isinstance(last, AgentStep) and (self._awaited or not last.calls):
            self.steps[-1] = replace(last, text=f"{last.text} {text}".strip())
        else:
            self.steps.append(AgentStep(text))

    def _call(self, call: ToolCall) -> None:
        unanswered = ToolResult(call.id, call.name, "The tool did not answer.", is_error=True)
        pair = (call, self._results.get(call.id, unanswered))
        last = self.steps[-1] if self.steps else None
        if isinstance(last, AgentStep) and (self._awaited or not last.calls):
            self.steps[-1] = replace(last, calls=(*last.calls, pair))
        else:
            self.steps.append(AgentStep("", (pair,)))
        self._awaited.add(call.id)


def _joined(*said: Said) -> tuple[Said, ...]:
    """`said`, texts that follow each other as one."""
    joined: list[Said] = []
    for one in said:
        last = joined[-1] if joined else None
        if isinstance(one, str) and isinstance(last, str):
            joined[-1] = f"{last} {one}"
        else:
            joined.append(one)
    return tuple(joined)
