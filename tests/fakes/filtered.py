"""What the speakable filter makes of a text, however the text arrives."""

from collections.abc import Iterable

from voice.text.speakable import Speakable


def said(deltas: Iterable[str], language: str = "en") -> str:
    """What is said of a text in deltas; a string is one delta for each of its characters."""
    filtered = Speakable(language)
    return "".join([*[filtered.push(delta) for delta in deltas], filtered.flush()])


def both(text: str) -> tuple[str, str]:
    """What is said of `text` in one delta, and in one for each character."""
    return said([text]), said(text)
