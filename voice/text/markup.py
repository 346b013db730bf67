"""Markup of every language: markdown, HTML, speech markup, marks of citations."""

import re

from voice.text.language import Rule, rules

__all__ = ["LINE_OPEN", "LINE_RULES", "MARKUP_RULES", "OPEN", "SILENT_BLOCK", "URL"]

URL = r"""[^\s<>()\[\]{}"'“”*`|]"""
_HTML_TAGS = (
    "a|abbr|audio|b|blockquote|br|button|center|code|dd|del|details|div|dl|dt|em|font|form|h[1-6]|head|hr|html|body|i"
    "|iframe|img|input|ins|kbd|label|li|mark|nav|ol|option|p|pre|s|section|select|small|source|span|strong|sub|summary"
    "|sup|svg|table|tbody|td|th|thead|tr|u|ul|video"
)
_NAME = r"[A-Za-z_:@][\w:.-]*"
_VALUE = r"""(?:"[^"\n]{0,300}"|'[^'\n]{0,300}'|“[^”\n]{0,300}”|[^\s"'“<>=]+)"""
_VALUE_BEGUN = r"""(?:"[^"\n]{0,300}"?|'[^'\n]{0,300}'?|“[^”\n]{0,300}”?|[^\s"'“<>=]+)"""
_GIVEN = rf"(?:\s+{_NAME}\s*=\s*{_VALUE})"
_INSIDE = rf"{_GIVEN}*(?:\s+{_NAME})?\s*/?"
"""Attributes of a tag; only the last may do without a value, or "x <y and z" would be held back for long."""
_TAG_BEGUN = (
    rf"<(?:/?(?:{_NAME})?{_GIVEN}*(?:\s+(?:{_NAME}(?:\s*=\s*(?:{_VALUE_BEGUN})?)?)?|\s*)\s*/?|[!?][^<>\n]{{0,400}})"
)
_BLOCKS = r"br|/?p|/?s|/?li|/?tr|/?h[1-6]|/?div|/?ul|/?ol|/?table"
_SILENT = "script|style|svg|math|audio|video|iframe|thinking|think"
SILENT_BLOCK = re.compile(rf"<(?P<name>{_SILENT})\b{_GIVEN}*\s*>", re.IGNORECASE)
"""A tag whose content is not for people; it goes with all up to its end."""
_CITED = (
    r"\[(?:\^?[0-9]+(?:[,;–-] ?\^?[0-9]+)*|\^[\w-]{1,40}|[0-9]+†[^\]\n]{0,80}"
    r"|[0-9]+, pp?\. ?[0-9–-]+|citation needed|source(?:s)?(?: ?[0-9]+)?)\]"
)
_TARGET = r"\((?:[^()\n]|\([^()\n]*\))*\)"
_LINK_TEXT = r"(?:(?:https?://|www\.)[^\]\s]*|[\w-]+(?:\.[\w-]+)+(?:/[^\]\s]*)?)"

LINE_OPEN = re.compile(
    r"[ \t]*(?:#{1,6}[ \t]*|[-*+•‣◦][ \t]*(?:\[[ xX]?\]?[ \t]*)?|>[ \t]*"
    r"|[0-9]{1,3}[.)]?[ \t]*|(?:[-*_=][ \t]*)+|[|-][ \t:|-]*)?"
)
"""Matches (in full) what may still go on in front of the first word of a line."""
OPEN = re.compile(
    r"[*_~]+|(?:(?<=[0-9])|(?<=[0-9] ))\*[ \t]?|`{1,2}"
    r"|\[(?:[0-9^][^\]\n]{0,80}|s[a-z]{0,6} ?[0-9]{0,3}|c[a-z ]{0,15})?"
    r"|<\|[^|<>\n]{0,40}\|?"
    rf"|{_CITED}(?:\((?:[^()\n]|\([^()\n]*\))*(?:\([^()\n]*)?|:(?: ?<?(?:h\S*)?)?)?"
    rf"|(?<=\()\[[\w./:-]{{0,200}}(?:\](?:\((?:[^()\n]|\([^()\n]*\))*(?:\([^()\n]*)?)?)?"
    r"|\](?:\((?:[^()\n]|\([^()\n]*\))*(?:\([^()\n]*)?)?"
    r"|【[^】\n]{0,100}|>|\]{1,2}|&#?\w{0,10}"
    rf"|{_TAG_BEGUN}"
    r"|(?<!\S)!|(?<![^\W\d_])[-–−][ \t]?|–[ \t]?|[-=]+>?|\|[ \t]*"
    rf"|(?<![^\W_])(?i:h(?:t(?:t(?:ps?(?::(?:/(?:/{URL}*)?)?)?)?)?)?|w(?:w(?:w(?:\.{URL}*)?)?)?)"
)
"""Matches (in full) the end of a text where markup or an address may still go on."""


def _drop(_: re.Match[str]) -> str:
    return ""


def _next(found: re.Match[str]) -> str:
    return found.string[found.end() : found.end() + 1]


def _underscores(found: re.Match[str]) -> str:
    return " " if found.string[found.start() - 1 : found.start()].isalnum() and _next(found).isalnum() else ""


def _part(found: re.Match[str]) -> str:
    return " " if found.string[found.start() - 1 : found.start()].isalnum() else ""


def _bar(found: re.Match[str]) -> str:
    return "" if _next(found) in ("", "\n") else ", "


LINE_RULES: tuple[Rule, ...] = rules(
    (r"(?:[ \t]*[-*_=]){3,}[ \t]*(?=\n|\Z)|[ \t]*(?:\|[ \t]*:?)?-{2,}[ \t:|-]*(?=\n|\Z)", _drop),
    (r"[ \t]*(?:#{1,6}|[-*+•‣◦](?:[ \t]+\[[ xX]\])?)[ \t]+|[ \t]*>|[ \t]*\|[ \t]*|[ \t]+", _drop),
)
MARKUP_RULES: tuple[Rule, ...] = rules(
    (r"`+|~~+|\\|\^|\*+", _drop),
    (r"_+", _underscores),
    (rf"{_CITED}(?:{_TARGET}|:(?: ?<?https?://\S*)?)?|(?<=\()\[{_LINK_TEXT}\]{_TARGET}|【[^】\n]{{0,100}}】", _drop),
    (rf"!(?=\[)(?<!\S!)|\]{_TARGET}|[\[\]【】]", _drop),
    (rf"<(?:{_BLOCKS}){_INSIDE}>", lambda _: "\n"),
    (rf"<(?:break|mark|pause|hr|wbr|silence){_INSIDE}>", _part),
    (r"[{}]|<\|[^|<>\n]{0,40}\|>", _drop),
    (r"<(?:mailto|tel|sms):", _drop),
    (r"<!--(?:[^-]|-(?!->)){0,400}-->|<!\[CDATA\[|<[!?][^<>\n]{0,400}>", _drop),
    (rf"<(?:/?(?:{_HTML_TAGS}){_INSIDE}|/?{_NAME}{_GIVEN}*\s*/?)>", _drop),
    (rf"<{_NAME}{_GIVEN}*\s+{_NAME}\s*=\s*(?:{_VALUE_BEGUN})?\s*/?\Z", _drop),
    (r"\|[ \t]*", _bar),
)
