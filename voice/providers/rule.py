"""Is this sentence finished? Answered from its words alone: a table of endings, the first match wins.

What people leave open when they pause to think is mostly a function word ("to", "the", "and"), a filler, or a phrase
that asks for its object ("my name is", "could you"). Punctuation from an STT is no evidence that a sentence is over
(Moonshine closes half of all fragments with "." or "?"); a comma, dash or ellipsis is evidence that it is not.
English, like every list in here.
"""

import re

from voice.chat import AgentMessage, Chat
from voice.text.english.endings import NEVER_LAST
from voice.turn_detector import UserTurn

__all__ = ["RuleTurnDetector"]

_OPEN, _DOUBTFUL, _EVEN, _FINISHED = 0.1, 0.3, 0.5, 0.8


def _any(words: str) -> str:
    return f"(?:{'|'.join(words.split())})"


_SUBJECT = _any("i you he she it we they")
_TOPIC = _any("i you he she it we they this that there")
_BE = _any("is are am was were")
_AUXILIARY = _any("is are am was were do does did has have had can could will would shall should may might must")
_ASKS = _any("what where when who whom which why how")
_ASKS_THING = r"(?:what|which|who|where|when|how \w+)"
_ANSWER = (
    r"(?:yes|yeah|yep|no|nope|sure|of course|certainly|absolutely|indeed|correct|right|exactly|okay|ok|oh|well"
    r"|i (?:think|guess|hope|believe))"
)
_FILLER = _any(
    "um+ uh+ er+m? hm+ well so okay ok oh yeah yes no sorry wait right and but then actually please hi hello"
)
_CLOCK = r"(?:[0-9]|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirty|fifteen))"
_VERB = _any("want need prefer say mean take get make like have bring recommend suggest think do ask be go pay know")

_NEVER_LAST = _any(f"{NEVER_LAST} um+ uh+ er+m? hm+ dot slash underscore hyphen dash")
_WANTS_OBJECT = _any(
    "want wanted need needed prefer wish tell give bring buy make get take put send ask say said mean meant guess"
    " suppose thought wonder wondering hoping planning supposed depends sounds seems looks thank called named spelled"
)
_REQUESTED = _any(
    "find search look get check tell give send make play show put add change transfer buy visit watch see pick rent"
    " schedule help explain"
)


def _endings(probability: float, *patterns: str) -> tuple[tuple[re.Pattern[str], float], ...]:
    return tuple((re.compile(pattern), probability) for pattern in patterns)


_PAUSES = _endings(
    _OPEN,
    rf"^(?:{_FILLER} )*(?:(?:just )?(?:a|one) (?:second|moment|minute|sec)|(?:hold|hang) on|wait)(?: please)?$",
    rf"^(?:{_FILLER} )*(?:um+|uh+|er+m?|hm+|well|so|and|but|like|actually|i mean|you know)$",
    r"\blet(?:'s| me) (?:see|think|check|look)(?: about (?:it|that))?$",
)
_COMPLETE_AFTER_ALL = _endings(
    _FINISHED,
    # "what time is it", "how are you", "where are you from", "what is it like", "which stop does it leave from"
    rf"^(?:{_FILLER} )*{_ASKS}(?: one| else)?$",
    rf"\b{_ASKS}(?: \w+)?(?:'s|'re| {_BE}) {_TOPIC}$|\b{_ASKS}\b.* {_BE} there$",
    r"\b(?:where .*\bfrom|wh(?:o|ich) .*\b(?:to|with|for|from|about|by|in|at)|what for|what.* looking for)$",
    r"\bwh(?:at|ich|ere)\b.* (?:arriv|land|go|com|get|depart|leav|stay|locat)(?:e|ed|ing)? (?:at|to|from|in)$",
    r"\bwhat.* (?:it|that|this|they|he|she|place|food)(?: \w+)? (?:for|about)$",
    r"\bwhat.* (?:be|it|that|this|they|he|she|place|food|weather|there) like$",
    rf"\b{_ASKS_THING}\b(?: \w+){{0,3}} {_AUXILIARY} (?:[\w']+ ){{1,4}}{_VERB}$",
    # "yes it is", "neither do I", "that's all I need", "if you like", "I think so", "at 9 am", "that will do"
    rf"^(?:{_ANSWER} )+{_TOPIC} {_AUXILIARY}$",
    rf"\b(?:so|neither|nor|than) {_AUXILIARY} {_SUBJECT}$",
    rf"\b(?:what|all|that's|everything|anything) (?:that )?{_SUBJECT} (?:{_VERB}|wanted|needed|had|said|can)$",
    rf"\b(?:what|who|where|how|which|wherever|whoever) {_SUBJECT} {_BE}$",
    r"\b(?:if|as|whatever|whenever|whichever) you (?:like|want|prefer|wish|say|can)$",
    r"\b\w+ (?:i (?:guess|suppose|think|mean|believe)|you know)$",
    r"\b(?:think|hope|guess|believe|suppose|say|if|not|or|even|far) so$",
    rf"{_CLOCK} am$|\b(?:to|please|will) do$",
    # phrasal verbs
    r"\b(?:turn|switch|put|leave|keep) (?:it|that|them|(?:the|my) \w+) (?:on|in)$",
    r"\b(?:come|log|sign|check|drop|move|go|going|went|carry|later|from (?:now|then)|and so) (?:in|on)$",
)
_EITHER = _endings(
    _EVEN,
    r"\b(?:not|don't|didn't|if you|when you|love|yes.* like|yeah.* like) (?:\w+ )?to$",
    rf"^{_SUBJECT} (?:do|did|can|will|would|could|does)$",
)
_LEFT_OPEN = _endings(
    _OPEN,
    rf"\b{_NEVER_LAST}$",
    rf"(?:^|\b{_FILLER} )(?!do (?:it|that|this)$)(?:{_AUXILIARY}|\w+n't)(?: {_TOPIC})?(?: please)?$",
    rf"\b{_ASKS}(?: \w+){{0,3}} {_AUXILIARY}(?:n't)? {_TOPIC}$",
    rf"\b(?:(?:can|could|would|will) you(?: please| help me)?|please|may i) (?:{_REQUESTED}|know|ask)$",
    r"\b(?:tell|give|show|send|bring|let|make|remind|pass|read|find|get) (?:me|us)$",
    r"\b(?:so|which|like|such|at least|at most|other|half|quarter|kind|sort|at (?:gmail|outlook|yahoo|icloud))$",
)
_PERHAPS_LEFT_OPEN = _endings(
    _DOUBTFUL,
    rf"\b{_WANTS_OBJECT}$|\b(?:i|we)(?:'d| would) like$",
    rf"\b(?:want|like|need|love|wanted|trying|going|help me) to {_REQUESTED}$",
    rf"\b{_ASKS}(?: \w+){{0,3}} (?:do|does|did|can|could|will|would|should) (?:the|my|your) \w+$",
    rf"^(?:{_FILLER} )*(?:{_AUXILIARY} (?:the|my|your|a) \w+|that|this|there|these|those)$",
    r"\b(?:i'm|i am|we're|we are|was|were)(?: also)? (?:looking|calling|thinking|searching|interested|asking)$",
    rf"\b{_SUBJECT} (?:already|also|just|really|actually|still|never|always|only|usually|probably|even)$",
    r"\b(?:a|an|some|any|the|my|our|your) (?:new|big|small|large|nice|good|quiet|little|different|few|next)$",
    r"\b(?:the|on) (?:twenty|thirty)$|\b(?:think|hoping|hope|told me|said|booking|reservation|thing) that$",
    rf"^(?:{_FILLER} )*(?:none|one|some|most|all|both|two|three|four) of (?:us|them|you|the \w+)$",
    r"\b(?:when|where|who|what|how|why|if)$",
    rf"^(?:{_FILLER} )*(?:if|unless|although|though|while|when (?:i|we|you|the|my)) (?!so|not)(?:[\w']+ ?){{0,6}}$",
)
_RULES = (*_PAUSES, *_COMPLETE_AFTER_ALL, *_EITHER, *_LEFT_OPEN, *_PERHAPS_LEFT_OPEN)

_WORD = re.compile(r"[^\W_]+(?:['.@][^\W_]+)*")
_UNFINISHED_MARK = re.compile(r"(?:[,:;…–—-]|\.\.)[\"'”’\s]*$")
_SENTENCE_END = re.compile(r"(?<=[^.])[.?!]\s+(?=\w)")
# How many digits a word stands for; "double" and "triple" add to the one that follows.
_DIGITS = dict.fromkeys(("zero", "oh", "o", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"), 1)
_DIGITS |= {"double": 1, "triple": 2}
_PHONE = re.compile(
    r"\b(?:phone|mobile|cell|contact|my|your) number\b|\byour (?:phone|mobile)\b|\b(?:reach|call) (?:you|me)\b"
)


class RuleTurnDetector:
    """Looks at the transcript and the agent's last words. `model`: "english", there is no other."""

    def __init__(self, model: str = "english") -> None:
        if model not in ("", "english"):
            raise ValueError(f"no turn rule {model!r}; there is 'english'")

    async def end_of_turn(self, turn: UserTurn) -> float:
        """See TurnDetector."""
        return _finished(turn.text, _asked(turn.chat))


def _asked(chat: Chat) -> str:
    """The agent's last sentence."""
    said = (item.text for item in reversed(chat.items) if isinstance(item, AgentMessage))
    return _SENTENCE_END.split(next(said, "").casefold())[-1]


def _finished(text: str, asked: str) -> float:
    text = text.casefold().replace("’", "'")
    words = [word.replace(".", "") for word in _WORD.findall(_SENTENCE_END.split(text)[-1])]
    if not words or _UNFINISHED_MARK.search(text):
        return _OPEN
    said = " ".join(words)
    spelled = _spelled_out(words, phone=bool(_PHONE.search(f"{asked} {text}")))
    if spelled is not None:
        return spelled
    return next((probability for pattern, probability in _RULES if pattern.search(said)), _FINISHED)


def _spelled_out(words: list[str], phone: bool) -> float | None:
    """A number or a name that is being dictated; None if there is none.

    Telephone numbers have ten digits or more (ITU-T E.164 allows fifteen, North America uses ten), seven locally.
    """
    if len(words) > 1 and all(len(word) == 1 and word.isalpha() for word in words[-2:]) and words[-1] not in "ai":
        return _EVEN
    count = groups = 0
    for word in reversed(words):
        length = len(word) if word.isdigit() else _DIGITS.get(word, 0)
        if not length:
            break
        count += length
        groups += 1
    if phone and count > 1:
        return _FINISHED if count >= 10 else _EVEN if count == 7 else _OPEN
    if groups < 3:
        return None
    return _FINISHED if count >= 7 else _EVEN if count > 3 else _DOUBTFUL
