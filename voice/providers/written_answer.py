"""The content of an answer as the parts of an LLM's reply; what both remote adapters do with it."""

from collections.abc import Iterable, Sequence

from mcp_types import Tool

from voice.chat import ToolCall
from voice.llm import Alive, LLMPart, TextDelta, ToolCallBegan
from voice.providers.content import Content, Piece, Thought, Words
from voice.providers.remote import CallIds
from voice.providers.tool_names import ToolNames
from voice.providers.written_calls import CallReader, WrittenCall

__all__ = ["WrittenAnswer"]


class WrittenAnswer:
    """Takes text, returns parts. A call that the server has read out of the text as well is one call, not two."""

    def __init__(self, names: ToolNames, tools: Sequence[Tool], ids: CallIds, *, thinking: bool) -> None:
        self._content = Content(CallReader(names, {tool.name: tool.input_schema for tool in tools}), thinking=thinking)
        self._ids = ids
        self._announced = False
        self._written: list[WrittenCall] = []
        self._sent: list[ToolCall] = []
        self._unreadable: list[WrittenCall] = []

    @property
    def thinking(self) -> bool:
        """The model's template opens its reasoning, of which only the end is written."""
        return self._content.closed_unopened

    @property
    def run_on(self) -> bool:
        """The answer is over, and the model does not stop."""
        return self._content.run_on

    def push(self, text: str) -> list[LLMPart]:
        """What `text` adds. Raises ValueError for what does not end."""
        return self._parts(self._content.push(text))

    def flush(self) -> list[LLMPart]:
        """What was held back; calls that could not be read count only where there is no other."""
        parts = self._parts(self._content.flush())
        unreadable, self._unreadable = self._unreadable, []
        if self._written or self._sent:
            return parts
        return parts + [part for call in unreadable for part in self._announce(call)]

    def sent(self, calls: Iterable[ToolCall]) -> list[ToolCall]:
        """`calls`, which the server sent as calls, without those that were in the text."""
        new = []
        for call in calls:
            self._sent.append(call)
            same = next((one for one in self._written if _same(one, call)), None)
            if same is None:
                new.append(call)
            else:
                self._written.remove(same)
        return new

    def _parts(self, pieces: Iterable[Piece]) -> list[LLMPart]:
        parts: list[LLMPart] = []
        for piece in pieces:
            match piece:
                case Words(text):
                    parts.append(TextDelta(text))
                case Thought(call):
                    parts.append(ToolCallBegan() if call and not self._announced else Alive())
                    self._announced = self._announced or call
                case WrittenCall() if piece.error:
                    self._unreadable.append(piece)
                case WrittenCall():
                    parts += self._taken(piece)
        return parts

    def _taken(self, call: WrittenCall) -> list[LLMPart]:
        same = next((one for one in self._sent if _same(call, one)), None)
        if same is not None:
            self._sent.remove(same)
            return []
        self._written.append(call)
        return self._announce(call)

    def _announce(self, call: WrittenCall) -> list[LLMPart]:
        began: list[LLMPart] = [] if self._announced else [ToolCallBegan()]
        self._announced = False
        return [*began, ToolCall(self._ids.own(None), call.name, call.arguments, call.error)]


def _same(written: WrittenCall, sent: ToolCall) -> bool:
    return (written.name, written.arguments) == (sent.name, sent.arguments)
