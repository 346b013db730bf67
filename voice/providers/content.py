"""The content of an answer, told apart: words for the caller, the model's reasoning, tool calls written as text, and
the tokens of its chat template. A filter over a stream of deltas, pure.

A vendor sends words. A local server without the right parser sends whatever the model wrote. Words pass at once; held
back is only what may be the beginning of a mark, of JSON or of a call. How the text was cut makes no difference, with
one exception: the reasoning of a model whose template has opened it already is known only by its end. What was handed
over before that is spoken; `closed_unopened` tells it, so that the next answer can be read with `thinking`.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from voice.providers.template_marks import (
    CALLING,
    CHANNEL_OVER,
    ENDS,
    FINAL_ENDS,
    HEADERS,
    LONGEST_MARK,
    MARK,
    MESSAGE_OVER,
    MINE,
    OTHERS,
    open_mark,
    token_name,
)
from voice.providers.written_calls import CallReader, WrittenCall

__all__ = ["Content", "Piece", "Thought", "Words"]

_LONGEST = 200_000
"""Characters that one reasoning or call may have before the answer counts as broken."""
_LONGEST_BARE = 20_000
"""Characters without a mark that are waited for when they begin as a call does."""
_LONGEST_OTHER = 2_000
"""Characters of other JSON or code that are waited for to see whether they are a call."""


@dataclass(frozen=True, slots=True)
class Words:
    """What the caller may hear."""

    text: str


@dataclass(frozen=True, slots=True)
class Thought:
    """Something came that is not for the caller: reasoning, or, if `call`, the beginning of a call that will follow."""

    call: bool = False


Piece = Words | Thought | WrittenCall

_ROLE = re.compile(r"\s*([\w .=:/-]{0,60}?)\s*(?:\n|(?=<[|｜]))")
_ROLE_WORD = re.compile(r"\s*(?:user|assistant|system|human|model|tool|ipython)\s*(?:\n|:)", re.IGNORECASE)
_MAYBE_ROLE = re.compile(r"\s*[A-Za-z]{0,9}[ \t]*\Z")
_CHANNEL_HEAD = re.compile(r"([^<>]*)(?:<[|｜]constrain[|｜]>[^<>]*)?<[|｜]message[|｜]>|\s*(\w*)\n")
_OWN_ROLE = re.compile(r"\s*(?:assistant[ \t]*[\n:]|model[ \t]*\n)", re.IGNORECASE)
_OWN_ROLES = ("assistant:", "model\n")
_BARE_ANALYSIS = re.compile(r"\s*analysis(?=[A-Z])")  # gpt-oss without its tokens
_RUN_ON = 200
"""Characters behind the end of an answer after which nothing else is waited for."""
_RECIPIENT = re.compile(r"to=([\w.:/-]+)")
_SPOKEN_CHANNELS = ("final", "commentary")
_FENCE = "```"
_LIKELY_JSON = re.compile(r"""[\[\s]*\{\s*(?:["'}]|\Z)""")
_LIKELY_CODE = ("{", "[", "print(", "default_api")
_OPEN_BARE = re.compile(r"`{1,2}\Z|\[\s*([\w.]*)\Z")
_SURROGATES = re.compile("[\ud800-\udfff]")


class Content:
    """`thinking`: the template has opened the reasoning already; the answer begins after its end, if it has one."""

    def __init__(self, calls: CallReader, *, thinking: bool = False) -> None:
        self.closed_unopened = False
        """The end of a reasoning came whose beginning did not."""
        self.run_on = False
        """The answer is over, and the model does not stop."""
        self._calls = calls
        self._dropped = 0
        self._openings = tuple(f"{name}(" for name in calls.names.written)
        called = "|".join(map(re.escape, sorted(self._openings, key=len, reverse=True))) or "(?!)"
        self._bare = re.compile(rf"\{{|\[(?=\s*(?:\{{|{called}))|{_FENCE}|(?m:^)[ \t]*(?={called})")
        self._pieces: list[Piece] = []
        self._text = ""
        self._answered = False  # words or a call were handed over
        self._line_begins = True
        self._struck = False  # </s> ends a text that is struck out, not the message
        self._ended = False  # a token has ended the message
        self._recipient = ""
        self._over = re.compile("")  # ends what is open
        self._head = ""  # of the call that is open
        self._searched = 0  # characters of it that hold no end
        self._waiting = False  # for the end of what may be a call
        self._closing = False  # something came that may close what is held back
        self._opened = thinking  # a reasoning has begun
        self._thought = ""
        self._depth = int(thinking)
        self._presumed = thinking
        self._inner_end = False
        self._mode: Callable[[bool], bool] = self._thinking if thinking else self._speaking

    def push(self, delta: str) -> list[Piece]:
        """Take the next piece of text; return what is certain of it now. Raises ValueError for what does not end."""
        self._text += delta
        self._closing = any(character in delta for character in "}])`\n")
        if self._text and "\ud800" <= self._text[-1] <= "\udbff":
            return []  # the other half of the character comes in the next delta
        return self._drain(final=False) or ([Thought()] if delta.strip() else [])

    def flush(self) -> list[Piece]:
        """The text is over: return what was held back."""
        found = self._drain(final=True)
        if self._mode == self._calling and (self._head or self._text.strip()):
            self._call(self._text)
        elif self._mode == self._thinking:
            self._unclosed()
        self._mode, self._text, self._thought = self._speaking, "", ""
        self._presumed = self._inner_end = False
        return found + self._handed_over()

    def _drain(self, final: bool) -> list[Piece]:
        if _SURROGATES.search(self._text):
            self._text = self._text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        while self._text and self._mode(final):
            pass
        return self._handed_over()

    def _handed_over(self) -> list[Piece]:
        found, self._pieces = self._pieces, []
        return found

    def _say(self, text: str) -> None:
        text = text.replace("▁", " ")  # a space of some tokenisers
        if not self._answered:
            text = text.lstrip()
        if text:
            self._answered = True
            self._line_begins = not text.rpartition("\n")[2].strip() and (self._line_begins or "\n" in text)
            self._pieces.append(Words(text))

    def _hide(self) -> None:
        if not self._pieces or not isinstance(self._pieces[-1], Thought):
            self._pieces.append(Thought())

    # --- words

    def _speaking(self, final: bool) -> bool:
        """Hand over the words before the next mark, and take the mark; False to wait for more."""
        if self._waiting:
            return self._take_bare(final)
        if not self._answered and not self._began(final):
            return False
        if self._ended and not self._went_on(final):
            return False
        if self._mode != self._speaking:
            return True
        text = self._text
        mark, bare = MARK.search(text), self._first_bare()
        held = len(text) if final else min(open_mark(text), self._open_bare())
        at = min([held, *(found.start() for found in (mark, bare) if found)])
        if mark and mark.start() == at:
            self._text = text[mark.end() :]
            self._take(mark, text[:at])
            return True
        self._say(text[:at])
        self._text = text[at:]
        return bool(bare and bare.start() == at and self._take_bare(final))

    def _began(self, final: bool) -> bool:
        """Take what a template has left in front of the answer; False to wait for more."""
        begun = self._text.lstrip().lower()
        if not final and any(word.startswith(begun) for word in (*_OWN_ROLES, "analysis")):
            return False
        if _BARE_ANALYSIS.match(self._text):
            self._begin_hiding("assistantfinal")
        self._text = _OWN_ROLE.sub("", self._text, count=1) if _OWN_ROLE.match(self._text) else self._text
        return bool(self._text)

    def _went_on(self, final: bool) -> bool:
        """What follows the end of a message: another message, of which nothing counts, or the rest of this one."""
        following = self._text.lstrip()
        if not final and (not following or _MAYBE_ROLE.match(self._text) or open_mark(following) == 0):
            return False
        if _ROLE_WORD.match(self._text):
            self._mode = self._dropping
        self._ended = bool(MARK.match(following))
        return True

    def _first_bare(self) -> re.Match[str] | None:
        found = self._bare.search(self._text)
        at_line = found and found.start() == 0 and found.group()[:1] not in tuple("{[`")
        return self._bare.search(self._text, 1) if at_line and not self._line_begins else found

    def _open_bare(self) -> int:
        """Where the end of the text begins that may become a fence or a call in Python."""
        text = self._text
        found = _OPEN_BARE.search(text)
        if found and any(opening.startswith(found[1] or "") for opening in (*self._openings, "")):
            return found.start()
        start = text.rfind("\n") + 1
        line = text[start:].lstrip(" \t")
        may_begin = (start or self._line_begins) and any(opening.startswith(line) for opening in self._openings)
        return start if may_begin and line else len(text)

    # --- calls without a mark

    def _take_bare(self, final: bool) -> bool:
        """Read what the text begins with: JSON, Python or a fence, which may be a call."""
        text = self._text
        patient = not final and len(text) < (_LONGEST_BARE if self._calls.begins(text) else _LONGEST_OTHER)
        if self._waiting and not self._closing and patient:
            return False
        self._waiting = False
        if text.startswith(_FENCE):
            return self._take_fence(final, patient)
        likely = not text.startswith(("{", "[")) or _LIKELY_JSON.match(text) or self._is_code(text)
        end = _closed_at(text) if likely else 1
        if end is None and patient:
            self._waiting = True
            return False
        if end is None:
            return self._take_calls(self._calls.begun(text), len(text))
        return self._take_whole(end, final)

    def _take_whole(self, end: int, final: bool) -> bool:
        """Read the first `end` characters; a line of Python is a call only if nothing stands behind it."""
        text = self._text
        behind = "\n" if text[0] in "{[" else text[end:].lstrip(" \t;")
        if not behind and not final:
            return False
        alone = not behind or behind[0] == "\n"
        return self._take_calls(self._calls.bare(text[:end]) if alone else [], end)

    def _take_fence(self, final: bool, patient: bool) -> bool:
        text = self._text
        opening, line, rest = text.partition("\n")
        end = text.find(_FENCE, len(_FENCE))
        if end < 0 and patient and (not line or self._is_code(rest)):
            self._waiting = bool(line and rest.strip())
            return False
        language = re.match(r"\w*[ \t]*(?=\n|[{\[])", text[len(_FENCE) :])
        begin = len(_FENCE) + (language.end() if language else 0)
        found = self._calls.bare(text[begin : end if end >= 0 else len(text)], fenced=True)
        after = end + len(_FENCE) if end >= 0 else len(text)
        return self._take_calls(found, after if found or end >= 0 or final else len(opening) + 1)

    def _is_code(self, text: str) -> bool:
        """Whether `text` may be calls in a fence or a list."""
        body = text.lstrip("[ \t\r\n")
        return any(body.startswith(one) or one.startswith(body) for one in (*self._openings, *_LIKELY_CODE))

    def _take_calls(self, found: list[WrittenCall], length: int) -> bool:
        """The first `length` characters are the calls `found`, or words."""
        taken, self._text = self._text[:length], self._text[length:]
        if not found:
            self._say(taken)
            return True
        self._pieces.append(Thought(call=True))
        self._pieces += found
        self._answered = True
        return True

    # --- marks

    def _take(self, mark: re.Match[str], before: str) -> None:
        """Hand over the words before `mark` and do as it says."""
        if mark["unthink"]:
            self.closed_unopened |= not self._opened and (self._answered or bool(before.strip()))
            self._hide()
            return
        self._say(before)
        if mark["think"]:
            self._thought, self._depth, self._opened, self._mode = "", 1, True, self._thinking
            self._hide()
        elif mark["xml"]:
            self._begin_call(r"</(?:function|invoke|tool)\s*>", mark["xml"])
        elif mark["call"]:
            named = re.search(r"\bname\s*=", mark["call"])
            self._begin_call(rf"</\s?{mark['called']}\s*>", mark["call"] if named else "")
        elif mark["result"]:
            name = mark["told"] or mark["listed"]
            self._begin_hiding(rf"</\s?{name}\s?>|\[/{name}\]" if name else "<</SYS>>")
        elif mark["shell"]:
            self._tag(mark["shell"])
        else:
            self._token(mark["token"])

    def _tag(self, tag: str) -> None:
        """A tag around words. <s> and </s> are also the tokens at the ends of a message."""
        name = tag.strip("<> ").lower()
        if name == "s":
            self._struck = self._answered
        elif name == "/s":
            self._ended = self._answered and not self._struck
            self._struck = False

    def _token(self, token: str) -> None:
        """A token of a chat template."""
        name, opens = token_name(token), (token[1] != "/" and not token.endswith("|>")) or token[1] in "|｜"
        if name in CALLING and opens:
            self._begin_call(rf"<[|｜]?{CALLING[name]}[|｜]>" if CALLING[name] else "(?!)")
        elif name == "channel" and opens:
            self._mode = self._channel
        elif name in FINAL_ENDS and self._answered:
            self._mode = self._dropping
        elif name in ENDS or (name == "turn" and not opens):
            self._ended = self._answered
        elif name == "inst":
            self._mode = self._others() if opens else self._speaking
        elif self._ended and name != "start" and name in HEADERS | MINE | OTHERS:
            self._mode = self._dropping
        elif name in HEADERS or name == "turn":
            self._mode = self._header
        elif name in OTHERS:
            self._mode = self._others()

    def _header(self, final: bool) -> bool:
        """The role whose message begins."""
        found = _ROLE.match(self._text)
        if found is None:
            if not final and len(self._text) <= LONGEST_MARK:
                return False
            self._mode = self._speaking
            return True
        role, _, self._recipient = found[1].partition(" ")
        self._text = self._text[found.end() :]
        mine = role.lower() in MINE or not role
        self._mode = self._speaking if mine else self._others()
        return True

    def _others(self) -> Callable[[bool], bool]:
        """Somebody else's message: after an answer nothing counts any more, before one the answer may follow."""
        return self._dropping if self._answered else self._muted

    def _channel(self, final: bool) -> bool:
        """The head of a message to a channel: its name, perhaps whom it is for."""
        head = _CHANNEL_HEAD.match(self._text)
        if head is None:
            self._text = "" if final else self._text
            return False
        self._text = self._text[head.end() :]
        about = f"{self._recipient} {head[1] or head[2] or ''}"
        self._recipient, self._ended = "", False
        recipient = _RECIPIENT.search(about)
        if recipient and recipient[1] not in ("assistant", "user", "all"):
            self._begin_call("(?!)", f"{recipient[1]}\n")
        elif not about.strip() or about.split()[0] in _SPOKEN_CHANNELS:
            self._mode = self._speaking
        else:
            self._begin_hiding(CHANNEL_OVER)
        return True

    # --- what is not for the caller

    def _thinking(self, final: bool) -> bool:
        """Reasoning in tags, which may hold more of them."""
        self._hide()
        mark = next((found for found in MARK.finditer(self._text) if found["think"] or found["unthink"]), None)
        if mark is None:
            cut = len(self._text) if final else open_mark(self._text)
            self._thought += self._text[:cut]
            self._text = self._text[cut:]
            if len(self._thought) > _LONGEST:
                raise ValueError("the model does not stop to think")
            return False
        self._thought += self._text[: mark.start()]
        self._text = self._text[mark.end() :]
        if mark["think"]:
            self._depth += not self._presumed or bool(self._thought.strip())
            self._presumed = False
        else:
            self._depth -= 1
            self._thought, self._presumed, self._inner_end = "", False, True
        if self._depth <= 0:
            self._mode, self._inner_end = self._speaking, False
        return True

    def _unclosed(self) -> None:
        """An answer has ended in a reasoning: what was no reasoning after all, or else the calls that it hides."""
        rest = Content(self._calls)
        found = rest.push(self._thought) + rest.flush()
        if not self._presumed and not self._inner_end:
            found = [piece for piece in found if isinstance(piece, WrittenCall) and piece.error is None]
        self._pieces += found

    def _begin_call(self, ending: str, head: str = "") -> None:
        self._over = re.compile(f"{ending}|{MESSAGE_OVER}", re.IGNORECASE)
        self._head = head
        self._searched = 0
        self._mode = self._calling
        self._pieces.append(Thought(call=True))

    def _calling(self, final: bool) -> bool:
        """The body of a call with marks."""
        over = self._over.search(self._text, max(0, self._searched - LONGEST_MARK))
        if over is None:
            self._searched = len(self._text)
            self._hide()
            if len(self._text) > _LONGEST:
                raise ValueError("the model does not stop to call a tool")
            return False
        body, rest = self._text[: over.start()], self._text[over.end() :]
        self._call(body)
        self._text, self._mode = rest, self._speaking
        return True

    def _call(self, body: str) -> None:
        found = self._calls.marked(self._head + body)
        self._head = ""
        self._answered = self._answered or bool(found)
        self._pieces += found

    def _begin_hiding(self, ending: str) -> None:
        self._over = re.compile(ending, re.IGNORECASE)
        self._mode = self._hiding
        self._hide()

    def _hiding(self, final: bool) -> bool:
        """Text up to `_over`, which is left if it begins something."""
        self._hide()
        over = self._over.search(self._text)
        if over is None:
            self._text = "" if final else self._text[-LONGEST_MARK:]
            return False
        begins = token_name(over.group()) in ("start", "channel") and over.group()[1] in "|｜"
        self._text = self._text[over.start() if begins else over.end() :]
        self._mode = self._speaking
        return True

    def _muted(self, final: bool) -> bool:
        """Somebody else's message before the answer."""
        self._hide()
        for mark in MARK.finditer(self._text):
            token = mark["token"] or ""
            if token_name(token) in HEADERS | MINE or token.upper() == "[/INST]":
                self._text, self._mode = self._text[mark.start() :], self._speaking
                return True
        self._text = "" if final else self._text[-LONGEST_MARK:]
        return False

    def _dropping(self, final: bool) -> bool:
        """After the answer nothing counts."""
        self._hide()
        self._dropped += len(self._text)
        self.run_on = self._dropped > _RUN_ON
        self._text = ""
        return False


def _closed_at(text: str) -> int | None:
    """Where the first bracket in `text` is closed; None if it is not."""
    depth, quote, at = 0, "", 0
    while at < len(text):
        character = text[at]
        if quote:
            at += character == "\\"
            quote = "" if character == quote else quote
        elif character == '"' or (character == "'" and text[at - 1 : at] in tuple("{[(,: =")):
            quote = character
        elif character in "{[(":
            depth += 1
        elif character in "}])":
            depth -= 1
            if depth == 0:
                return at + 1
        at += 1
    return None
