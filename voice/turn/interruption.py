"""Do words that are spoken over the agent take the floor? Pure.

Listeners' sounds ("mhm", "okay", "right") are short and often misheard. Speech that goes on is a turn, whatever its
words are, as long as it has any that are no backchannel. Short speech needs words that ask for the floor ("stop",
"wait", "no"), or several.
"""

from collections.abc import Collection

from voice.policy import InterruptionPolicy
from voice.turn.backchannel import floor_words, normalized

__all__ = ["goes_on", "took_floor"]

_SEVERAL = 2
"""Words more than `min_words` that short speech needs: a mumble is seldom heard as so many."""


def goes_on(text: str, settled: bool, seconds: float, policy: InterruptionPolicy) -> bool:
    """Whether somebody who has spoken for so many seconds, and still does, takes the floor with these words.

    `settled`: the last word will not change any more.
    """
    if settled and _calls(text, policy):
        return True
    return seconds >= policy.sure_overlap and _words(text, settled, policy) >= policy.min_words


def took_floor(text: str, seconds: float, policy: InterruptionPolicy) -> bool:
    """Whether somebody has taken the floor who spoke for so many seconds; `text`: all of it, final."""
    if _calls(text, policy):
        return True
    few = policy.min_words if seconds >= policy.short_overlap else policy.min_words + _SEVERAL
    return _words(text, True, policy) >= few


def _calls(text: str, policy: InterruptionPolicy) -> bool:
    words = normalized(text).split()
    return len(words) >= policy.min_words and not set(policy.calls).isdisjoint(words)


def _words(text: str, settled: bool, policy: InterruptionPolicy) -> int:
    """Words that are no backchannel. The last one of a partial may still become one ("I" -> "I see")."""
    count = floor_words(text, policy.backchannels)
    return count - (not settled and _may_become(text, policy.backchannels))


def _may_become(text: str, backchannels: Collection[str]) -> bool:
    last = normalized(text).split()[-1:]
    return any(last == phrase[:1] for phrase in (normalized(one).split() for one in backchannels) if len(phrase) > 1)
