"""Whether a small model's sentence says only what it was told, and what it was told about a question. Pure.

Half a billion parameters answer every question, also those they know nothing about, and say yes to all of them. So a
sentence counts when all its numbers and words with content stand in one sentence of the instructions, of a result or of
the talk (or in the question, or mean nothing but politeness), when that sentence is also about what was asked, and when
both deny or neither does. English.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from voice.chat import AgentMessage, Chat, Note, Summary, ToolResult, UserMessage
from voice.providers.llama.common_words import content, told
from voice.providers.llama.intent import is_question
from voice.providers.llama.said import with_digits

__all__ = ["Sources", "is_speakable", "sources"]

_BREAK = re.compile(r"(?<=[.!?])\s+|;\s+|\n+")
_TO_THE_AGENT = re.compile(
    r"^\W*(?:you are|you have|use|pass|ask|never|always|tell|do not|don't|speak|answer|keep|say|be|if|when the|today is"
    r"|every order|needs?)\b|\bthe caller\b|\bask\b|\bneeds\b|\btools?\b",
    re.IGNORECASE,
)
_DENIES = re.compile(r"\b(?:no|not|never|none|nothing|cannot|closed|without)\b|n't\b", re.IGNORECASE)
_ADMITS = re.compile(
    r"\b(?:do not|don't|cannot|can't) (?:know|help|tell)|\bnot sure\b|\bonly help with\b", re.IGNORECASE
)
_YES_NO = re.compile(
    r"^\W*(?:(?:and|so|hi|hello|okay|ok|sorry|excuse me|oh)\W+)*"
    r"(?:do|does|did|is|are|was|were|can|could|may|has|have|will|would|should|isn't|aren't)\b",
    re.IGNORECASE,
)
_CLAIMS = re.compile(
    r"\b(?:i|we)(?:'ve| have|'ll| will| am|'m)? (?:now |just |already )?"
    r"(?:book|reserv|cancel|chang|mov|order|sen[dt]|schedul|updat|confirm|arrang|mak|check|look)\w*"
    r"|\b(?:is|are|has been|have been|was) (?:now |already )?(?:booked|reserved|cancell?ed|changed|confirmed|ordered)",
    re.IGNORECASE,
)
_AS_THE_USER = re.compile(r"\bmy (?!name|pleasure)", re.IGNORECASE)
"""A small model repeats the question as its own: "Yes, I can bring my dog." The agent has nothing of its own."""
_AFFIRMS = re.compile(
    r"^\W*(?:yes|yeah|no|sure|certainly|absolutely|of course|definitely|we do|it is)\b", re.IGNORECASE
)
_NAME = re.compile(r"(?<=[a-z,] )[A-Z]\w+")
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "today", "tomorrow", "noon")
_PRICE = "cost"
"""What `content` has for all words about prices. A sentence about some price says nothing about another one."""
_HALF = 0.5


@dataclass(frozen=True, slots=True)
class Sources:
    """`known`: sentences that may be repeated; `asked`: the user's last words; `mine`: all of the user's words.

    `result`: what tools have said since; `talk`: what agent and tools have said since the user first spoke.
    """

    known: tuple[str, ...]
    asked: str
    mine: str
    result: str
    talk: tuple[str, ...]

    def support(self, sentence: str) -> bool:
        """Whether `sentence` says nothing of its own."""
        about = told(sentence)
        numbers = _numbers(sentence)
        if _ADMITS.search(sentence) and not numbers:
            return True
        if self.result:
            return self._repeats(sentence, about, numbers)
        if _CLAIMS.search(sentence) or _AS_THE_USER.search(sentence):
            return False
        if not about and not numbers:
            return not (self.is_asked and _AFFIRMS.search(sentence)) and (
                not self.is_asked or sentence.rstrip().endswith("?")
            )
        return any(self._supports(one, sentence, about, numbers) for one in self.known)

    @property
    def is_asked(self) -> bool:
        """Whether the user has asked for something that has to be known."""
        return is_question(self.asked) and bool(content(self.asked))

    @property
    def is_unheard_of(self) -> bool:
        """Whether the user has asked about something of which nothing was told."""
        return self.is_asked and not any(_shared(content(self.asked), content(one)) for one in self.known)

    @property
    def is_empty(self) -> bool:
        """Whether the user has said nothing that calls for knowledge: a greeting, thanks."""
        return not content(self.asked) and not is_question(self.asked)

    def supported(self, sentence: str) -> str:
        """`sentence` as far as it says nothing of its own, from the beginning to one of its commas or its end."""
        if self.support(sentence):
            return sentence
        parts = sentence.split(",")
        shorter = (",".join(parts[:end]) + "." for end in range(len(parts) - 1, 0, -1))
        return next((one for one in shorter if _tells(one) and self.support(one)), "")

    def recalled(self) -> str | None:
        """What was said in this talk about all that is asked now; nothing where days or numbers are asked for."""
        asked = content(self.asked)
        if not asked or not is_question(self.asked) or _numbers(self.asked):
            return None
        return next((one for one in reversed(self.talk) if _shared(asked, content(one)) == asked), None)

    def recited(self) -> tuple[str, bool] | None:
        """The told sentence that is most about what was asked, and whether it is about all of it."""
        asked = content(self.asked)
        usable = [one for one in self.known if not _TO_THE_AGENT.search(one)]
        best = max(usable, key=lambda one: len(_shared(asked, content(one))), default=None)
        shared = _shared(asked, content(best)) if best else set()
        return (best, shared == asked) if best and (shared - {_PRICE} or shared == asked) else None

    def _repeats(self, sentence: str, about: set[str], numbers: set[str]) -> bool:
        """Whether `sentence` says what the result says, in the user's words or the result's.

        Of data, which cannot be read out instead, only names, numbers and whether it denies are checked.
        """
        both = f"{self.result} {self.mine}"
        claimed = _CLAIMS.search(sentence)
        if not (numbers <= _numbers(both) and (claimed is None or _within(content(claimed[0]), content(self.result)))):
            return False
        if is_speakable(self.result):
            return _within(about, content(both)) and _denies(sentence) == _denies(self.result)
        names = {name.lower() for name in _NAME.findall(sentence)} & about
        denied = "false" in self.result.lower() and "true" not in self.result.lower()
        return _within(names, content(both)) and (not denied or _denies(sentence))

    def _supports(self, source: str, sentence: str, about: set[str], numbers: set[str]) -> bool:
        asked, words = content(self.asked), content(source)
        if not _within(about, words | asked) or not numbers <= _numbers(source):
            return False
        if _denies(source) != _denies(sentence) or self._is_contradicted(sentence):
            return False
        asked = asked - {_PRICE} or asked
        share = len(_shared(asked, words)) / len(asked) if asked else 0.0
        return share == 1 or (share >= _HALF and not _YES_NO.search(self.asked))

    def _is_contradicted(self, sentence: str) -> bool:
        """Whether what was told about all of a yes-no question denies what `sentence` affirms."""
        asked = content(self.asked)
        return _YES_NO.search(self.asked) is not None and any(
            _denies(source) and not _denies(sentence) and _shared(asked, content(source)) == asked
            for source in self.known
        )


def is_speakable(text: str) -> bool:
    """Whether a tool's result is words and no data."""
    return bool(text.strip()) and not re.search(r"[{}<>\[\]|]", text)


def sources(chat: Chat) -> Sources:
    """What an answer to `chat` may be made of."""
    first = next((at for at, item in enumerate(chat.items) if isinstance(item, UserMessage)), len(chat.items))
    last = max((at for at, item in enumerate(chat.items) if isinstance(item, UserMessage)), default=-1)
    users = [item.text for item in chat.items if isinstance(item, UserMessage)]
    talk = [item.text for item in chat.items if isinstance(item, AgentMessage | ToolResult | Note | Summary)]
    since = [item.text for item in chat.items[first:] if isinstance(item, AgentMessage | ToolResult)]
    results = [item.text for item in chat.items[last + 1 :] if isinstance(item, ToolResult | Note)]
    known = _sentences([chat.instructions, *talk])
    return Sources(known, users[-1] if users else "", " ".join(users), " ".join(results), _sentences(since))


def _sentences(texts: Sequence[str]) -> tuple[str, ...]:
    """All that are no questions."""
    parts = [part.strip() for text in texts for part in _BREAK.split(text)]
    return tuple(part for part in parts if part and not part.endswith("?"))


def _denies(sentence: str) -> bool:
    return bool(_DENIES.search(sentence))


def _tells(sentence: str) -> bool:
    """Whether more than politeness is left of it."""
    return bool(told(sentence))


def _numbers(text: str) -> set[str]:
    """Numbers, and the days of the week and the like."""
    found = {part.lstrip("0") or "0" for part in re.findall(r"\d+", with_digits(text))}
    return (found - {"0", "1"}) | _days_of(text)


def _days_of(text: str) -> set[str]:
    """Days that are named. "Monday to Friday" has all of them, as it is about some in between."""
    named = set(re.findall(rf"\b(?:{'|'.join(_DAYS)})\b", text.lower()))
    through = re.search(rf"\b({'|'.join(_DAYS)}) (?:to|until|through) ({'|'.join(_DAYS)})\b", text.lower())
    if through is None:
        return named
    first, last = _DAYS.index(through[1]), _DAYS.index(through[2])
    return named | set(_DAYS[first : last + 1])


def _shared(words: set[str], other: set[str]) -> set[str]:
    return {word for word in words if _within({word}, other)}


def _within(words: set[str], known: set[str]) -> bool:
    return all(
        word in known or (len(word) >= 3 and any(_same(word, one) for one in known if len(one) >= 3)) for word in words
    )


def _same(word: str, other: str) -> bool:
    shorter, longer = sorted((word, other), key=len)
    if len(shorter) < 4:
        return longer in (shorter, f"{shorter}s")
    return longer[: max(4, len(shorter) - 2)] == shorter[: max(4, len(shorter) - 2)]
