"""Chat and tools as one growing ChatML text for a small instruct model. Pure.

A prompt is `opening` (instructions, tools, worked examples: the same for every call of an agent) and the conversation,
rendered item by item, so that a later prompt begins with the tokens of the one before and the model's cache is used.
"""

import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from mcp_types import Tool

from voice.chat import Chat, Note, Summary
from voice.providers.llama.examples import RESULT, Example, examples, summary
from voice.providers.steps import Said, Step, UserStep, steps, without_images

__all__ = ["ANSWER", "conversation", "opening", "unfinished"]

ANSWER = "<|im_start|>assistant\n"
_END = "<|im_end|>\n"

_RULES = (
    "You are on the phone: answer in one or two short sentences of plain words. "
    "When a tool is needed, answer with nothing but its call, a line of JSON. "
    "Never make up facts; what you do not know from here or from a tool's result, you do not know."
)


def opening(instructions: str, tools: Sequence[Tool]) -> str:
    """The system message and the examples."""
    parts = [_inert(instructions.strip()), _RULES]
    if tools:
        parts.append("Tools:\n" + "\n".join(_declared(tool) for tool in tools))
    shown = "".join(_shown(example) for example in examples(tools))
    return _turn("system", "\n\n".join(part for part in parts if part)) + shown + (_worked_result() if tools else "")


def _worked_result() -> str:
    call = Example(RESULT.user, tool=RESULT.tool, arguments={})
    return _shown(call) + _result(RESULT.tool, RESULT.result) + _turn("assistant", RESULT.answer)


def _declared(tool: Tool) -> str:
    required = set(tool.input_schema.get("required", ()))
    names = [name if name in required else f"{name}?" for name in tool.input_schema.get("properties", {})]
    return _plain(f"{tool.name}({', '.join(names)}): {summary(tool)}.")


def _shown(example: Example) -> str:
    answer = example.answer if example.arguments is None else _call(example.tool, example.arguments)
    return _turn("user", _plain(example.user)) + _turn("assistant", answer)


def conversation(chat: Chat, budget: int) -> str:
    """The turns of `chat`, the last one complete, in about `budget` characters.

    When it is longer the oldest steps are left out, half a budget at a time: each time the cache of all that follows
    is lost, so it must be rare. Notes stay as long as they fit.
    """
    taken = _without_past_calls(steps(chat))
    turns, notes = list(map(_rendered, taken)), list(map(_notes, taken))
    excess = sum(map(len, turns)) - budget
    if excess > 0:
        block = max(1, budget // 2)
        left = sum(map(len, turns)) - math.ceil(excess / block) * block
        turns = _shortened(_shortened(turns, notes, left), [""] * len(turns), budget)
    return "".join(turns)


def _shortened(turns: Sequence[str], stays: Sequence[str], room: int) -> list[str]:
    """`turns`, from the oldest on reduced to what `stays` of each until they fit into `room`; the last one is whole."""
    shorter, length, at = list(turns), sum(map(len, turns)), 0
    while at < len(shorter) - 1 and length > room:
        length -= len(shorter[at]) - len(stays[at])
        shorter[at] = stays[at]
        at += 1
    return shorter


def _without_past_calls(taken: list[Step]) -> list[Step]:
    """Calls of earlier turns are left out, the answers say what came of them: shown its own calls, a small model calls
    again, whatever it is asked. A note after a call begins no turn."""
    turn = max((number for number in range(len(taken)) if _begins_turn(taken, number)), default=0)
    return [step for step in taken[:turn] if isinstance(step, UserStep) or not step.calls] + taken[turn:]


def _begins_turn(taken: Sequence[Step], number: int) -> bool:
    step, before = taken[number], taken[number - 1] if number else None
    if not isinstance(step, UserStep):
        return False
    told = all(isinstance(one, Note | Summary) for one in step.said)
    return not (told and before is not None and not isinstance(before, UserStep) and before.calls)


def unfinished(chat: Chat, budget: int) -> str:
    """`chat` with its last message, a user's, broken off: without the punctuation an STT may have put there.

    It is how `conversation` begins, so nothing of it is computed twice.
    """
    return conversation(chat, budget).removesuffix(_END).rstrip(" .?!…,;:-")


def _rendered(step: Step) -> str:
    if isinstance(step, UserStep):
        return "".join(map(_said, without_images(step.said)))
    if not step.calls:
        return _turn("assistant", _plain(step.text))
    # What was said before a call is left out: a small model would soon say it instead of calling.
    return "".join(
        _turn("assistant", _call(call.name, call.arguments)) + _result(result.name, result.text)
        for call, result in step.calls
    )


def _notes(step: Step) -> str:
    """What stays of `step` when it is left out."""
    notes = [one for one in step.said if isinstance(one, Note | Summary)] if isinstance(step, UserStep) else []
    return "".join(map(_said, notes))


def _said(one: Said) -> str:
    """A turn of its own for each, so that words which follow a note leave the prompt before them as it was."""
    match one:
        case Note(text, source):
            return _turn("user", _plain(f"[note, {source}] {text}" if source else f"[note] {text}"))
        case Summary(text):
            return _turn("user", _plain(f"[summary of the call so far] {text}"))
    return _turn("user", _plain(str(one)))


def _result(tool: str, text: str) -> str:
    return _turn("user", f"[result of {tool}] {_plain(text)}")


def _call(name: str, arguments: Mapping[str, Any]) -> str:
    return _inert(json.dumps({"name": name, "arguments": dict(arguments)}, ensure_ascii=False))


def _turn(role: str, text: str) -> str:
    return f"<|im_start|>{role}\n{text}{_END}"


def _plain(text: str) -> str:
    """`text` on one line, unable to end its message or to begin another."""
    return _inert(" ".join(text.split()))


def _inert(text: str) -> str:
    """`text` without the marks of the chat template."""
    return re.sub(r"<\|.*?\|>", "", text).replace("<|", "< |")
