"""From what was heard back to what was written: the chat keeps "A7" where the ear got "A seven"."""

import re

from voice.text.speakable import Speakable

__all__ = ["written_form"]

_SPACE = re.compile(r"\s+")


def written_form(written: str, heard: str, language: str = "en") -> str:
    """The longest beginning of `written`, cut at a word, whose spoken form lies within `heard`.

    What was heard beyond the spoken form of all of `written` (a fixed line after it) follows as it was heard; where
    not one word can be matched, `heard` itself is what there is, and of what cannot be said ("👍") nothing was heard.
    """
    ear = _letters(heard)
    if not ear:
        return ""
    if _letters(written).startswith(ear) and not _after(written, len(ear))[:1].strip():
        return heard.strip()
    ends = [match.start() for match in _SPACE.finditer(written)] + [len(written)]
    for end in reversed(ends):
        spoken = _letters(_spoken(written[:end], language))
        if spoken and ear.startswith(spoken):
            rest = _after(heard, len(spoken)).strip() if end == len(written) else ""
            return f"{written[:end].strip()} {rest}".strip()
    return heard


def _spoken(text: str, language: str) -> str:
    filtered = Speakable(language)
    return filtered.push(text) + filtered.flush()


def _letters(text: str) -> str:
    return "".join(text.split())


def _after(text: str, letters: int) -> str:
    """`text` without its first `letters` characters that are no space."""
    for position, character in enumerate(text):
        if not letters:
            return text[position:]
        letters -= not character.isspace()
    return ""
