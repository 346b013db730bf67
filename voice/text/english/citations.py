"""Authors and years in parentheses, "(Smith et al., 2020)": a reader's business, not a listener's."""

import re

from voice.text.language import Token

__all__ = ["citation_at", "may_be_citation"]

# "(May 2026)" and "(Room 2012)" say something.
_NO_AUTHOR = (
    r"(?!(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|Spring|Summer|Fall|Autumn|Winter|Mon|Tue|Wed|Thu|Fri|Sat|Sun"
    r"|Est|Since|From|In|Until|Till|To|By|On|At|The|Room|Suite|Unit|Flight|Gate|Expo|Version|Built|Opened|Founded|Year"
    r"|Model|Copyright|Code|Order|Number|No|PIN|ID|January|February|March|April|June|July|August|September|October"
    r"|November|December)\b)"
)
_AUTHORS = rf"{_NO_AUTHOR}[A-Z][\w'’-]+(?:,? (?:et al\.?|(?:and|&) [A-Z][\w'’-]+))*"
_WORK = rf"{_AUTHORS},? (?:1[89]|20)[0-9]{{2}}[a-z]?(?:, pp?\. ?[0-9–-]+)?"
_CITATION = re.compile(rf"(?<=\(){_WORK}(?:; ?{_WORK})*(?=\))")
_WORD = r"(?:[A-Z][\w'’-]*|et?|al?\.?|and?|&|[0-9]{1,4}[a-z]?(?:[–-][0-9]*)?|pp?\.?)"
_BEGUN = re.compile(rf"(?<=\()(?=[A-Z]){_WORD}(?:[,;]? {_WORD})*[,;]? ?")


def citation_at(text: str, at: int) -> Token | None:
    """What stands between the parentheses of a citation, of which nothing is said."""
    found = _CITATION.match(text, at)
    return (found.end(), "") if found else None


def may_be_citation(text: str, at: int) -> bool:
    """Whether all of `text` from `at` on may be such a one that is not complete."""
    return _BEGUN.fullmatch(text, at) is not None
