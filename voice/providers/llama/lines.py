"""What the agent says where the model's own words do not count: fixed lines, and questions made from a schema. Pure."""

import re
from collections.abc import Mapping
from typing import Any

from mcp_types import Tool

from voice.providers.llama.grounding import options_of, properties

__all__ = ["ASSISTANT", "GOES_ON", "HERE", "NOT_DONE", "UNKNOWN", "asks_for_a_human", "question", "told_only"]

UNKNOWN = "I am sorry, I do not know that. Can I help you with something else?"
ASSISTANT = "I am a voice assistant, not a human being. How can I help you?"
GOES_ON = "That is still being worked on. I will tell you as soon as it is done."
HERE = "All right. What can I do for you?"
NOT_DONE = "All right, then I will not do that. Can I help you with something else?"

_HUMAN = re.compile(
    r"\bare you (?:really |actually )?(?:an? )?(?:real|human|robot|person|machine|bot|computer|alive|ai)\b",
    re.IGNORECASE,
)
_SHORT = 6
"""Words of a description that fits into a question."""
_KNOWN = {
    "date": "For which day?",
    "day": "For which day?",
    "name": "What is the name?",
    "people": "For how many people?",
    "time": "At what time?",
}


def asks_for_a_human(said: str) -> bool:
    """Whether the user wants to know whether the agent is one."""
    return _HUMAN.search(said) is not None


def question(tool: Tool, name: str) -> str:
    """A question for the argument `name` of `tool`."""
    schema = properties(tool).get(name, {})
    plain = re.sub(r"(?<=[a-z])(?=[A-Z])|_", " ", name).lower()
    return _KNOWN.get(plain) or _described(plain, schema)


def told_only(sentence: str) -> str:
    """`sentence`, which stands in the instructions, as all that is known about what was asked."""
    return f"I am not sure. What I know is this: {sentence}"


def _described(plain: str, schema: Mapping[str, Any]) -> str:
    if options := options_of(schema):
        return f"Which {plain}: {' or '.join(filter(None, [', '.join(options[:-1]), options[-1]]))}?"
    about = re.split(r"[:;(]|,\s|\. ", str(schema.get("description", "")).strip(), maxsplit=1)[0].rstrip(". ")
    if re.match(r"(?i)(?:how|what|which|who|where|when)\b", about):
        return f"{about}?"
    if schema.get("type") in ("integer", "number") and "number" not in plain:
        return f"How many {plain.removeprefix('number of ')}?"
    about = about.removeprefix("The ").removeprefix("the ")
    if 0 < len(about.split()) <= _SHORT and '"' not in about:
        return f"What is the {about[:1].lower()}{about[1:]}?"
    return f"What is the {plain}?"
