"""Do words that are spoken over the agent take the floor? Pure."""

from voice.policy import InterruptionPolicy
from voice.turn.backchannel import floor_words

__all__ = ["takes_floor"]


def takes_floor(text: str, final: bool, policy: InterruptionPolicy) -> bool:
    """Whether `text` has enough words that are no backchannel. `final`: its last word will not change any more.

    A partial's last word may still turn into something else ("I" -> "I see"), so one word more is asked of it.
    """
    return floor_words(text, policy.backchannels) >= policy.min_words + (0 if final else 1)
