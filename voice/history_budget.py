"""When a chat is too long, and what of it becomes a summary. Pure.

The oldest turns are folded: a Summary takes their place, at the front. What nobody could tell again stays word for
word behind it, in its order: notes (confirmed facts among them) and calls whose result has not come. A fold ends where
a user's turn begins, and never parts a call from its result.

The sizes are estimates: 4 characters a token, which is what English has in the vocabularies of today's models (other
languages have fewer, so their chats are somewhat longer than it says), a few for each item's frame, a large picture's
price for each image.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from voice.chat import AgentMessage, Chat, ChatItem, Note, Summary, ToolCall, ToolResult, UserMessage
from voice.policy import HistoryPolicy

__all__ = ["CHARACTERS", "Fold", "cut", "fold_of", "longest_summary", "tokens", "transcript"]

CHARACTERS = 4
"""For each token."""
_FRAME = 4
"""Tokens of an item besides its text."""
_IMAGE = 1600
"""Tokens of an image, at most."""
_LEFT_OUT = "(The beginning is left out.)"
_SHORTEST_LINE, _LONGEST_LINE = 48, 120


@dataclass(frozen=True, slots=True)
class Fold:
    """The items that a chat began with, and which of them stay (positions, ascending)."""

    prefix: tuple[ChatItem, ...]
    kept: tuple[int, ...]

    @property
    def folded(self) -> tuple[ChatItem, ...]:
        """What the summary will stand for."""
        return tuple(item for position, item in enumerate(self.prefix) if position not in self.kept)

    def applied(self, chat: Chat, summary: str) -> Chat | None:
        """`chat` with `summary` in the place of the folded items; None if they are not how it begins any more.

        The items that stay are those of `chat`: a call may have come back since.
        """
        begins = chat.items[: len(self.prefix)]
        if len(begins) < len(self.prefix) or replace(self, prefix=begins).folded != self.folded:
            return None
        stay = tuple(begins[position] for position in self.kept)
        return replace(chat, items=(Summary(summary), *stay, *chat.items[len(begins) :]))


def tokens(items: Iterable[ChatItem]) -> int:
    """About how many `items` are for a model."""
    return sum(map(_tokens, items))


def longest_summary(policy: HistoryPolicy) -> int:
    """Tokens a summary may have: an eighth of the budget."""
    return policy.max_tokens // 8


def fold_of(chat: Chat, policy: HistoryPolicy) -> Fold | None:
    """What to fold now; None while `chat` is within the budget, or little would be won."""
    items, answers = chat.items, _answers(chat.items)
    fixed = _fixed(items, answers)
    room = max(policy.max_tokens - tokens(items[at] for at in fixed), policy.max_tokens // 2)
    loose = [0 if at in fixed else _tokens(item) for at, item in enumerate(items)]
    if sum(loose) <= room:
        return None
    end = _end(items, loose, room // 2 - longest_summary(policy), policy.keep_turns)
    kept = [at for at in range(end) if at in fixed or answers.get(at, 0) >= end]
    fold = Fold(items[:end], tuple(kept))
    won = tokens(item for item in fold.folded if not isinstance(item, Summary))
    return fold if won >= longest_summary(policy) else None


def _end(items: Sequence[ChatItem], loose: Sequence[int], room: int, keep_turns: int) -> int:
    """Where the oldest turn begins from which on everything fits into `room`; no later than the last turns to keep."""
    starts = [at for at, item in enumerate(items) if isinstance(item, UserMessage)]
    allowed = starts[: max(len(starts) - keep_turns + 1, 0)]
    rest = [*accumulate(reversed(loose))][::-1]
    return next((at for at in allowed if rest[at] <= room), allowed[-1] if allowed else 0)


def _answers(items: Sequence[ChatItem]) -> dict[int, int]:
    """Where the result of each call is, by where the call is."""
    found: dict[int, int] = {}
    waiting: dict[str, int] = {}
    for at, item in enumerate(items):
        if isinstance(item, ToolCall):
            waiting[item.id] = at
        elif isinstance(item, ToolResult) and item.id in waiting:
            found[waiting.pop(item.id)] = at
    return found


def _fixed(items: Sequence[ChatItem], answers: dict[int, int]) -> set[int]:
    """Positions of notes, and of open calls with their placeholders."""
    fixed = {at for at, item in enumerate(items) if isinstance(item, Note)}
    for at, item in enumerate(items):
        if isinstance(item, ToolCall) and _is_open(items, answers.get(at)):
            fixed |= {at, answers.get(at, at)}
    return fixed


def _is_open(items: Sequence[ChatItem], answer: int | None) -> bool:
    result = items[answer] if answer is not None else None
    return not isinstance(result, ToolResult) or result.pending


def _tokens(item: ChatItem) -> int:
    images = len(item.parts) * _IMAGE if isinstance(item, UserMessage) else 0
    return _FRAME + images + -(-len(_content(item)) // CHARACTERS)


def _content(item: ChatItem) -> str:
    match item:
        case ToolCall(name=name, arguments=arguments):
            return f"{name} {json.dumps(dict(arguments), ensure_ascii=False, default=str)}"
    return item.text


# --- what a folded chat says


def transcript(items: Iterable[ChatItem], longest: int) -> list[str]:
    """A line for each of `items`, of about `longest` characters at most; an earlier summary stays whole."""
    return [line for item in items if (line := _line(item, longest))]


def cut(fold: Fold, policy: HistoryPolicy) -> str:
    """A summary made without a model: how each item begins, and of those the last that fit."""
    limit = longest_summary(policy) * CHARACTERS
    longest = min(max(limit // max(len(fold.folded), 1), _SHORTEST_LINE), _LONGEST_LINE)
    text = "\n".join(transcript(fold.folded, longest))
    whole = text.removeprefix(_LEFT_OUT).lstrip()
    if len(whole) == len(text) <= limit:
        return text
    last = whole[-(limit - len(_LEFT_OUT) - 1) :]
    if len(last) < len(whole):
        last = last.partition(" ")[2] or last
    return f"{_LEFT_OUT}\n{last}"


def _line(item: ChatItem, longest: int) -> str:
    match item:
        case UserMessage(text, parts):
            shown = f" (with {len(parts)} image{'s' * (len(parts) > 1)})" if parts else ""
            return f"Caller{shown}: {_head(text, longest)}"
        case AgentMessage(text):
            return f"Agent: {_head(text, longest)}"
        case ToolCall():
            return f"Agent calls {_head(_content(item), longest)}"
        case ToolResult(name=name, text=text):
            return f"Result of {name}: {_head(text, longest)}"
        case Summary(text):
            return text
    return ""


def _head(text: str, longest: int) -> str:
    plain = " ".join(text.split())
    if len(plain) <= longest:
        return plain
    return f"{plain[:longest].rpartition(' ')[0] or plain[:longest]} ..."
