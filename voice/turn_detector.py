"""Has the user finished? One question, several ways to answer it (from the sound, from the words)."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from voice.chat import Chat

__all__ = ["TurnDetector", "UserTurn"]


@dataclass(frozen=True, slots=True, eq=False)
class UserTurn:
    """The turn so far.

    `text`: best transcript. `audio`: float32 in [-1, 1], 16 kHz mono, shape (n,), at most the last 8 s of this turn,
    with the silence that followed it. `chat`: everything before this turn.
    """

    text: str
    audio: NDArray[np.float32]
    chat: Chat


class TurnDetector(Protocol):
    """Asked while the user is silent, again and again while the silence goes on."""

    async def end_of_turn(self, turn: UserTurn) -> float:
        """P(the user has finished), calibrated so that 0.5 is the point of indifference. Raises ProviderError."""
        ...
