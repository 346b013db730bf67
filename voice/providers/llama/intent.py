"""What the user told the agent to do: only then a tool that changes something is called. English. Pure.

A small model takes any mention of a booking for the wish to book, or to cancel. So a tool that is not read-only needs
words that tell the agent to: an order, a request or a wish with its verb ("please cancel", "I have to change"), or a
wish for the thing itself ("I'd like a table"); or the answer to what the agent asked about such a wish. A question, a
"not", an "if" or a "later" is none.
"""

import re
from collections import Counter
from collections.abc import Sequence, Set
from itertools import takewhile

from mcp_types import Tool

from voice.chat import AgentMessage, Chat, ChatItem, ToolResult, UserMessage
from voice.providers.llama.common_words import content
from voice.providers.llama.grounding import properties, words
from voice.providers.llama.said import counts, days, moments

__all__ = ["covers", "is_question", "named", "only_reads", "relates", "wanted"]

_CREATING = frozenset(
    {"book", "reserve", "order", "make", "schedule", "create", "add", "request", "register", "arrange"}
)
_VERBS = (
    frozenset({"book", "reserve", "schedule", "arrange", "hold"}),
    frozenset({"cancel", "delete", "remove", "scrap", "drop"}),
    frozenset({"change", "move", "reschedule", "postpone", "shift", "update", "edit", "modify", "switch", "push"}),
    frozenset({"order", "buy", "request"}),
    frozenset({"send", "ship", "redirect", "forward"}),
    frozenset({"create", "add", "make", "register"}),
    frozenset({"start", "open", "begin"}),
    frozenset({"stop", "close", "end"}),
)
_ALSO = (
    (
        re.compile(r"\b(?:make|making|made|have|get) (?:a |another )?(?:reservation|booking)\b|\bput (?:me|us) down\b"),
        "book",
    ),
    (re.compile(r"\b(?:make it|we(?:'ll| will| are going to) be) \w+(?: \w+)? instead\b"), "change"),
    (re.compile(r"\bcall (?:it|that|this)? ?off\b"), "cancel"),
    (re.compile(r"\b(?:send|deliver|ship) (?:it|them|my|the|order)\b.*\b(?:instead|to)\b"), "change"),
)
_READING = frozenset(
    {"get", "list", "search", "find", "look", "lookup", "show", "check", "fetch", "read", "query", "status", "tell"}
)
_REQUEST = re.compile(
    r"\b(?:please|(?:can|could|would|will) you|i(?:'d| would) (?:\w+ )?(?:like|love|prefer)|we(?:'d| would) like"
    r"|(?:i|we) (?:want|need|wish|have to|must|had better)|(?:can|could|may|might) (?:i|we)|let me|let's|go ahead)\b"
)
_WISH = re.compile(
    r"\b(?:(?:i|we)(?:'d| would) (?:\w+ )?(?:like|love)|(?:i|we) (?:want|need)|(?:can|could|may) (?:i|we) (?:get|have)"
    r"|give me|make me|get me)\b(?! (?:to )?(?:know|see|hear|ask|check|find))"
)
_QUESTION = re.compile(
    r"^\W*(?:(?:and|so|but|or|oh|okay|ok|well|hi|hello|then|sorry|excuse me)\W+)*"
    r"(?:what|when|where|who|whom|whose|which|why|how|do|does|did|is|are|was|were|am|has|have you|had|should"
    r"|will (?!you)|isn't|aren't|don't you|doesn't"
    r"|(?:can|could|would|may) (?!i get|i have|we get|we have|you )(?:\w+))\b"
)
_HYPOTHESIS = re.compile(r"\b(?:if|whether|still|later|ever|possible|allowed|unless|in case|happens?|fee|free to)\b")
_REFUSAL = re.compile(
    r"\b(?:how to|about|recommend|not|n't|don't|do not|never|without|no need|instead of|rather than|stop|wait)\b"
)
_WITHDRAWS = re.compile(
    r"^\W*(?:(?:oh|um|uh|well|sorry)\W+)*(?:no\b|nope|never mind|nevermind|forget it|wait\b|stop\b|not now|don't"
    r"|do not)"
)
_AGAINST = re.compile(r"\b(?:don't|do not|not|never) (?:\w+ )?(?:it|that|them|this|anything)\b")
_YES = re.compile(
    r"^\W*(?:(?:oh|um|uh|well|great|perfect|good|ah)\W+)*"
    r"(?:yes|yeah|yep|sure|ok|okay|please|right|correct|that works|do it|go ahead|the (?:first|second|third|last))\b"
)
_MAY_I = re.compile(r"\b(?:can|could|may|might) (?:i|we) (?:\w+ )?$")
_FILLING = re.compile(
    r"\b(?:then|so|just|great|and|okay|ok|yes|please|no|well|good|fine|also|actually|now|hi|hello|hey|oh|alright|sorry)\b"
)
_CLAUSE = re.compile(r"[.,;?!]\s+|\s+(?:and|but|so|then|because)\s+")
_TURNS_BACK = 6


def wanted(tools: Sequence[Tool], chat: Chat) -> list[Tool]:
    """The tool among `tools` that the user has told the agent to use and that was not used since; several where the
    words fit them equally."""
    items = list(chat.items)
    for _ in range(_TURNS_BACK):
        text = _taken(items)
        if found := _told(tools, text):
            return found
        if _WITHDRAWS.search(text) or _AGAINST.search(text) or is_question(text):
            return []
        asked = _agent_said(items)
        if _YES.search(text) and "?" in asked and (offered := _offered(tools, asked.lower())):
            return offered
        if not (_is_open(asked, items) or _is_corrected(text, items)):
            return []
    return []


def _taken(items: list[ChatItem]) -> str:
    """The user's last words, in lower case; they and what came after them are taken from `items`."""
    while items:
        item = items.pop()
        if isinstance(item, UserMessage):
            return item.text.lower().replace("’", "'")
    return ""


def _is_open(asked: str, items: Sequence[ChatItem]) -> bool:
    """Whether the agent has asked for more before it called anything."""
    return ("?" in asked or "tell me" in asked) and not _results(items)


def _is_corrected(text: str, items: Sequence[ChatItem]) -> bool:
    """Whether the user gives another day, time or number after a call that failed."""
    results = _results(items)
    failed = bool(results) and results[-1].is_error and "did not confirm" not in results[-1].text
    return failed and bool(days(text) or moments(text) or counts(text))


def _results(items: Sequence[ChatItem]) -> list[ToolResult]:
    """Results since the user spoke before, the latest last."""
    since = takewhile(lambda item: not isinstance(item, UserMessage), reversed(items))
    return [item for item in since if isinstance(item, ToolResult)][::-1]


def _agent_said(items: Sequence[ChatItem]) -> str:
    """What the agent said last, before a user's words."""
    return " ".join(
        item.text
        for item in takewhile(lambda one: isinstance(one, AgentMessage), reversed(items))
        if isinstance(item, AgentMessage)
    )


def only_reads(tool: Tool) -> bool:
    """Whether the tool says that it changes nothing, or says nothing and is called like one that looks something up."""
    hint = tool.annotations.read_only_hint if tool.annotations else None
    return hint is True or (hint is None and bool(_name(tool) & _READING))


def is_question(text: str) -> bool:
    """Whether all that `text` says last is a question about something, and no request."""
    clauses = [clause for clause in _CLAUSE.split(text.lower()) if clause.strip()]
    return any(_QUESTION.search(clause) for clause in clauses) or (
        text.rstrip().endswith("?") and not _REQUEST.search(text.lower())
    )


def named(tools: Sequence[Tool], chat: Chat) -> list[Tool]:
    """Those of `tools` that the user's last words name by a word that is in no other tool's name or title."""
    said = _singular(next((item.text for item in reversed(chat.items) if isinstance(item, UserMessage)), ""))
    own = {tool.name: _singular(" ".join(_name(tool))) for tool in tools}
    times = Counter(word for all_own in own.values() for word in all_own)
    return [tool for tool in tools if any(times[word] == 1 for word in own[tool.name] & said)]


def relates(tool: Tool, text: str) -> bool:
    """Whether `text` has a word with content from what the tool says of itself."""
    return bool(_matching(content(text), _own(tool)))


def covers(tool: Tool, text: str) -> bool:
    """Whether `text` is about nothing but what the tool says of itself."""
    about = content(text)
    return bool(about) and _matching(about, _own(tool)) == about


def _told(tools: Sequence[Tool], text: str) -> list[Tool]:
    for clause in reversed([clause for clause in _CLAUSE.split(text) if clause.strip()]):
        if not _HYPOTHESIS.search(clause) and (found := _ordered(tools, clause, text) or _wished(tools, clause, text)):
            return found
    return []


def _ordered(tools: Sequence[Tool], clause: str, text: str) -> list[Tool]:
    """Those whose verb `clause` uses to tell the agent what to do."""
    verb = _first_verb(clause)
    if verb is None:
        return []
    before = clause[: clause.find(verb)]
    asks = _MAY_I.search(before) is None and _QUESTION.search(clause) is not None
    if _REFUSAL.search(before) or asks:
        return []
    told = _REQUEST.search(clause) or not re.search(r"\w", _FILLING.sub("", before))
    if not told and not (_REQUEST.search(text) and not re.search(r"\b(?:a|i|we) *$", before)):
        return []
    return _best([tool for tool in tools if _does(tool, verb)], text, tools)


def _wished(tools: Sequence[Tool], clause: str, text: str) -> list[Tool]:
    """Those that make the thing which `clause` wishes for."""
    if not _WISH.search(clause) or _REFUSAL.search(clause):
        return []
    making = [tool for tool in tools if _name(tool) & _CREATING]
    return _best([tool for tool in making if _matching(content(clause), _thing(tool))], text, tools)


def _first_verb(clause: str) -> str | None:
    """The first word of `clause` that is the verb of an action, or stands for one."""
    found = [
        (match.start(), match[0])
        for group in _VERBS
        for verb in group
        for match in re.finditer(rf"\b{verb}\b", clause)
        if not re.search(r"\b(?:my|the|this|that|your|our|an|of|for) (?:\w+ )?$", clause[: match.start()])
    ]
    found += [(match.start(), match[0]) for pattern, _ in _ALSO for match in pattern.finditer(clause)]
    return min(found, key=lambda one: (one[0], -len(one[1])))[1] if found else None


def _does(tool: Tool, verb: str) -> bool:
    meant = {name for pattern, name in _ALSO if pattern.search(verb)} | {verb}
    own = _name(tool)
    return any(own & group and meant & group for group in _VERBS)


def _offered(tools: Sequence[Tool], text: str) -> list[Tool]:
    """Those whose verb stands in what the agent has offered."""
    return _best(
        [tool for tool in tools if any(re.search(rf"\b{verb}\b", text) for verb in _name(tool) & _verbs())], text, tools
    )


def _verbs() -> Set[str]:
    return frozenset().union(*_VERBS)


def _best(tools: Sequence[Tool], text: str, all_tools: Sequence[Tool]) -> list[Tool]:
    """Those of which `text` has the most words that are no verbs; then those whose family has the most."""
    about = {word for word in content(text) if not _matching({word}, set(_verbs()))}
    fits = [(len(_matching(about, _own(tool))), len(_matching(about, _family(tool, all_tools)))) for tool in tools]
    return [tool for tool, fit in zip(tools, fits, strict=True) if fit == max(fits)]


def _family(tool: Tool, tools: Sequence[Tool]) -> set[str]:
    """Words of the tools whose names begin with the same word: those of one server, where servers collide."""
    first = tool.name.split("_")[0]
    return set().union(*(_own(one) for one in tools if one.name.split("_")[0] == first))


def _matching(about: set[str], own: set[str]) -> set[str]:
    return {word for word in about if word in own or any(_same(word, one) for one in own)}


def _same(word: str, other: str) -> bool:
    length = max(4, min(len(word), len(other)) - 2)
    return len(word) >= 4 and len(other) >= 4 and word[:length] == other[:length]


def _name(tool: Tool) -> set[str]:
    """Words of the tool's name and title."""
    return words(f"{tool.name.replace('_', ' ').replace('-', ' ')} {tool.title or ''}")


def _thing(tool: Tool) -> set[str]:
    return {word for word in _name(tool) if word not in _verbs()}


def _own(tool: Tool) -> set[str]:
    """Words of all that the tool says of itself."""
    told = [
        f"{name.replace('_', ' ')} {one.get('description', '')} {one.get('enum', '')}"
        for name, one in properties(tool).items()
    ]
    return _name(tool) | words(" ".join([tool.description or "", *told]))


def _singular(text: str) -> set[str]:
    return {word.removesuffix("s") for word in words(text) if len(word) >= 4}
