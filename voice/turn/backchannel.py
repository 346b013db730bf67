"""Is it a listener's "mhm", or does it want the floor? Words only; English defaults in `policy.BACKCHANNELS`."""

import re
from collections.abc import Collection

__all__ = ["floor_words", "normalized"]

_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")


def normalized(text: str) -> str:
    """Lower-case words with single spaces, no punctuation: two transcripts that agree in this say the same."""
    return " ".join(_WORD.findall(text.casefold()))


def floor_words(text: str, backchannels: Collection[str]) -> int:
    """How many words of `text` are left when every phrase of `backchannels` is taken out, longest phrase first."""
    words = normalized(text).split()
    phrases = {tuple(normalized(phrase).split()) for phrase in backchannels}
    longest = max((len(phrase) for phrase in phrases), default=0)
    left = position = 0
    while position < len(words):
        for size in range(min(longest, len(words) - position), 0, -1):
            if tuple(words[position : position + size]) in phrases:
                position += size
                break
        else:
            left += 1
            position += 1
    return left
