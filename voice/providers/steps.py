"""Chat items grouped into the alternating messages that vendors' APIs accept.

Vendors insist that the results of all calls of one assistant message come right after it, that roles alternate, and
that a request ends with the user. Our history is in the order in which things happened: results of parallel calls
arrive in any order, a filler may be spoken while a tool runs, and the agent greets first.
"""

from dataclasses import dataclass, replace

from voice.chat import AgentMessage, Chat, ToolCall, ToolResult, UserMessage

__all__ = ["AgentStep", "Step", "UserStep", "alternating", "steps"]

_CONNECTED = "(The caller is connected.)"
_SILENT = "(The caller says nothing.)"


@dataclass(frozen=True, slots=True)
class UserStep:
    """Words of the user."""

    text: str


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
    grouped = _Grouping(chat)
    for item in chat.items:
        grouped.add(item)
    return grouped.steps


def alternating(chat: Chat) -> list[Step]:
    """`steps`, from a UserStep to a UserStep or to an AgentStep with calls, as vendors' servers want them."""
    found = steps(chat)
    if not found or isinstance(found[0], AgentStep):
        found.insert(0, UserStep(_CONNECTED))
    last = found[-1]
    if isinstance(last, AgentStep) and not last.calls:
        found.append(UserStep(_SILENT))
    return found


class _Grouping:
    def __init__(self, chat: Chat) -> None:
        self.steps: list[Step] = []
        self._results = {item.id: item for item in chat.items if isinstance(item, ToolResult)}
        self._awaited: set[str] = set()  # calls of the last step whose results have not come by yet

    def add(self, item: UserMessage | AgentMessage | ToolCall | ToolResult) -> None:
        match item:
            case UserMessage(text=text) if text.strip():
                self._user(text)
            case AgentMessage(text=text) if text.strip():
                self._agent(text)
            case ToolCall():
                self._call(item)
            case ToolResult(id=call):
                self._awaited.discard(call)

    def _user(self, text: str) -> None:
        self._awaited.clear()
        last = self.steps[-1] if self.steps else None
        if isinstance(last, UserStep):
            self.steps[-1] = UserStep(f"{last.text} {text}")
        else:
            self.steps.append(UserStep(text))

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
