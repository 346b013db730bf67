"""The record of one conversation: the only place where its chat changes."""

from dataclasses import replace

from voice.chat import Chat, ChatItem, Note, ToolResult
from voice.history_budget import Fold

__all__ = ["History"]


class History:
    """The owner is the session; everybody else reads a snapshot of `chat`.

    `revision` increases with every change of what has happened. A fold does not increase it: it tells the same
    things in fewer words, and an answer made from the longer text is still an answer.
    """

    def __init__(self, instructions: str) -> None:
        self.chat = Chat(instructions)
        self.revision = 0

    def add(self, *items: ChatItem) -> None:
        """Append what has happened."""
        if items:
            self._change(self.chat.plus(*items))

    def instruct(self, instructions: str) -> None:
        """Another agent goes on with the conversation."""
        self._change(replace(self.chat, instructions=instructions))

    def note(self, text: str, source: str = "") -> None:
        """Append what the model should know without having been told by the user."""
        self.add(Note(text, source))

    def replace_result(self, result: ToolResult) -> None:
        """Put `result` in the place of the one with the same id; nothing happens where there is none."""
        items = tuple(result if isinstance(i, ToolResult) and i.id == result.id else i for i in self.chat.items)
        if items != self.chat.items:
            self._change(replace(self.chat, items=items))

    def fold(self, fold: Fold, summary: str) -> bool:
        """Put `summary` in the place of what `fold` folds; what has been added since stays as it is.

        Returns False, and changes nothing, if the chat no longer begins with what was folded.
        """
        folded = fold.applied(self.chat, summary)
        if folded is None:
            return False
        self.chat = folded
        return True

    def _change(self, chat: Chat) -> None:
        self.chat = chat
        self.revision += 1
