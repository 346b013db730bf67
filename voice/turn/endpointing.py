"""Has the user finished? Silence, the words and whoever has a vote decide. Pure: `now` in, a verdict out.

A voter is asked (a turn detector) or volunteers (an STT's or a realtime model's own end of turn). Each gives P(the user
has finished); in log-odds from its threshold on they add up as independent evidence does, and so does what the words
end with: a filler, a function word, a comma or a number speak against an end. The joined probability P says how long
the silence must be:

    nobody is there to ask    `min_delay`
    otherwise                 `sure_delay` + (1 - P) (`max_delay` - `sure_delay`)

A verdict says who was for it: "agreed" (all voters), "disagreed" (some), "limit" (none), "silence" (no voters). The
final transcript is waited for `transcript_wait` seconds beyond that; then the best partial counts. While the VAD hears
what may be speech again nothing is decided, and "um" alone is no turn.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from voice.policy import EndpointingPolicy
from voice.text.english.endings import acknowledges, ending, hesitation
from voice.turn.backchannel import normalized
from voice.turn.events import AskDetector

__all__ = ["VOLUNTEERED", "Endpointing", "Verdict"]

VOLUNTEERED = 0.5
"""Threshold of a vote that nobody asked for: a probability's point of indifference."""

_CLOSE = 1e-9
_SURE = 3.5
"""Log-odds (P = 0.97) beyond which nobody is believed: one voter alone does not outvote the others."""
_PENDING = -2.0
"""Log-odds that count for whoever was not heard yet."""
_LEFT_OPEN = -2.0
"""Log-odds of an end after a filler, a function word, a comma or a number."""
_ACKNOWLEDGED = -3.0
"""Log-odds of an end after "okay" alone, where the agent has asked nothing."""
_FEWER = 0.35
"""Share of the silence so far until the sound is judged again: it changes less and less."""
_DOUBT = 0.5
"""Seconds for which what may be speech puts a decision off: by then it is speech, or it was none."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the silence means: "ended" (the turn is over, `by` says why), "nothing" (no words came), "unheard" (speech
    whose words nobody knows), or "wait"."""

    outcome: Literal["ended", "nothing", "unheard", "wait"]
    by: str = ""
    silence: float = 0.0


_WAIT = Verdict("wait")


class Endpointing:
    """The question of one user turn, from pause to pause.

    `detectors`: the names of those who answer AskDetector: "audio" hears the sound and is asked again while the silence
    goes on; any other reads the words and is asked when they are final. `words`: whether there is an STT; without one a
    turn ends without words.
    """

    def __init__(self, policy: EndpointingPolicy, detectors: tuple[str, ...], words: bool = True) -> None:
        self._policy = policy
        self.detectors = detectors
        self._words = words
        self._thresholds: Mapping[str, float] = {"audio": policy.audio_threshold, "text": policy.text_threshold}
        self._questions = 0
        self.asked = False
        """The agent's last words were a question."""
        self.begin()

    def switch(self, detectors: tuple[str, ...], words: bool) -> None:
        """From now on these are asked, and there is an STT or none; the votes of others are void."""
        self.detectors = detectors
        self._words = words
        self._forget_votes()

    def begin(self) -> None:
        """A new utterance: nothing is known of it."""
        self.text = ""
        self.final = False
        self.failed = False
        self.stopped_at = 0.0
        self.next_look = 0.0
        self._votes: dict[str, float] = {}
        """Log-odds of an end."""
        self._asked: dict[str, int] = {}
        self._again = 0.0
        self._speech_until = 0.0

    def goes_on(self) -> None:
        """The user speaks again: what was final is not any more, and the votes are void."""
        self.final = False
        self._speech_until = 0.0
        self._forget_votes()

    def doubt(self, speech: bool, now: float) -> None:
        """The VAD hears what may be speech again, or it was none."""
        self._speech_until = now + _DOUBT if speech else 0.0

    def pause(self, stopped_at: float) -> None:
        """The user fell silent at `stopped_at`; a vote that was volunteered just before still counts."""
        self.stopped_at = stopped_at
        self._speech_until = 0.0
        volunteered = {name: vote for name, vote in self._votes.items() if name not in self.detectors}
        self._forget_votes()
        self._votes.update(volunteered)

    def note(self, text: str, final: bool) -> None:
        """The words so far."""
        if normalized(text) != normalized(self.text):
            for name in set(self._asked) | set(self._votes):
                if name in self.detectors and name != "audio":
                    self._votes.pop(name, None)
                    self._asked.pop(name, None)
        self.text = text
        self.final = final

    def vote(self, name: str, question: int | None, probability: float) -> bool:
        """Count a vote; returns whether it counts: an answer to a question that was replaced does not."""
        if question is not None and self._asked.get(name) != question:
            return False
        odds = _log_odds(probability) - _log_odds(self._thresholds.get(name, VOLUNTEERED))
        self._votes[name] = max(-_SURE, min(_SURE, odds))
        if name == "audio" and question is not None:  # the sound changes while the silence goes on; the words do not
            del self._asked[name]
        return True

    def look(self, now: float) -> tuple[Verdict, list[AskDetector]]:
        """The verdict at `now`, and whom to ask; with "wait" `next_look` says when to look again."""
        silence = now - self.stopped_at
        known = not self._words or self.final or self.failed
        if self._words and known and not normalized(self.text):
            return self._wordless(silence), []
        by, delay = self._due()
        due = max(delay, 0.0 if known else self._policy.transcript_wait, self._speech_until - self.stopped_at)
        if silence < due - _CLOSE:
            return _WAIT, self._ask(now, silence, due)
        if self._words and (not normalized(self.text) or hesitation(self.text)):
            self.failed = self.failed or not self.final
            return self._wordless(silence), []
        return Verdict("ended", by, silence), []

    def _wordless(self, silence: float) -> Verdict:
        return Verdict("unheard" if self.failed else "nothing", silence=silence)

    def _due(self) -> tuple[str, float]:
        """Why, and after how much silence, the turn ends as the votes stand."""
        policy = self._policy
        voters = set(self.detectors) | set(self._votes)
        yes = sum(vote >= 0 for vote in self._votes.values())
        by = "limit" if not yes else "agreed" if yes == len(voters) else "disagreed"
        if not voters:
            by, delay = "silence", policy.min_delay
        else:
            votes = {name: self._votes.get(name, _PENDING) for name in voters}
            sound = votes.pop("audio", 0.0)
            odds = sound + max(-_SURE, sum(votes.values()) + self._ending())
            delay = policy.sure_delay + (policy.max_delay - policy.sure_delay) / (1 + math.exp(odds))
        if self._words and hesitation(self.text):
            delay = policy.max_delay
        return by, max(delay, policy.min_delay)

    def _ending(self) -> float:
        """What the words end with, as evidence."""
        if not self.asked and acknowledges(self.text):
            return _ACKNOWLEDGED
        return _LEFT_OPEN if ending(self.text) else 0.0

    def _ask(self, now: float, silence: float, due: float) -> list[AskDetector]:
        asks = []
        looks = [self.stopped_at + due]
        opens = self.stopped_at + self._policy.min_delay
        if now < opens:
            looks.append(opens)
        if "audio" in self.detectors and "audio" not in self._asked:
            if now >= max(opens, self._again) - _CLOSE:
                asks.append(self._question("audio", silence))
            else:
                looks.append(max(opens, self._again))
        if self.final:
            readers = [name for name in self.detectors if name != "audio" and name not in self._asked]
            asks.extend(self._question(name, silence) for name in readers)
        self.next_look = min(look for look in looks if look > now)
        return asks

    def _question(self, name: str, silence: float) -> AskDetector:
        self._questions += 1
        self._asked[name] = self._questions
        if name == "audio":
            self._again = self.stopped_at + silence + max(self._policy.rescore, silence * _FEWER)
        return AskDetector(name, self._questions, self.text, silence)

    def _forget_votes(self) -> None:
        self._votes.clear()
        self._asked.clear()
        self._again = 0.0


def _log_odds(probability: float) -> float:
    clipped = min(max(probability, 1e-6), 1 - 1e-6)
    return math.log(clipped / (1 - clipped))
