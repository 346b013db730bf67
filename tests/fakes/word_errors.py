"""Word error rate: how far a transcript is from what was said."""

import re
from collections.abc import Iterable

_WORD = re.compile(r"[a-z0-9']+")


def words(text: str) -> list[str]:
    """Lower case, without punctuation."""
    return _WORD.findall(text.lower())


def errors(said: str, heard: str) -> int:
    """The fewest words to put in, leave out or change (Levenshtein's distance over words)."""
    reference, hypothesis = words(said), words(heard)
    row = list(range(len(hypothesis) + 1))
    for number, word in enumerate(reference, start=1):
        before, row[0] = row[0], number
        for column, other in enumerate(hypothesis, start=1):
            before, row[column] = row[column], min(row[column] + 1, row[column - 1] + 1, before + (word != other))
    return row[-1]


def word_error_rate(pairs: Iterable[tuple[str, str]]) -> float:
    """Over all (said, heard) together."""
    listed = list(pairs)
    return sum(errors(said, heard) for said, heard in listed) / sum(len(words(said)) for said, _ in listed)
