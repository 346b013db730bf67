"""JSON as editors write it: with comments and trailing commas. Pure.

Own code: both become spaces, so that the standard library's parser names the line and the column of the file as it is.
json-with-comments takes them out, lines and all; json5 splits characters beyond U+FFFF that are written as two escapes.
"""

import json
import re
from typing import Any

__all__ = ["loads"]

# The group is kept: a string, and a comma with no value before it, which is a mistake.
_STRING = r'"(?:[^"\\]|\\.)*"'
_COMMENT = re.compile(rf"({_STRING})|//[^\r\n]*|/\*.*?\*/", re.DOTALL)
_TRAILING_COMMA = re.compile(rf"({_STRING}|[\[{{,]\s*,)|,(?=\s*[}}\]])", re.DOTALL)


def loads(text: str) -> Any:
    """The value of the document.

    Raises:
        json.JSONDecodeError: it is no JSON apart from comments and trailing commas.
    """
    for noise in (_COMMENT, _TRAILING_COMMA):
        text = noise.sub(lambda found: found[1] or re.sub(r"[^\r\n]", " ", found[0]), text)
    return json.loads(text)
