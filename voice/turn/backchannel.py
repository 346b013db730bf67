"""Is it a listener's "mhm", or does it want the floor? Words only; English defaults in `policy.BACKCHANNELS`.

Transcribers write what is no speech, too: "[BLANK_AUDIO]", "(music)", "*coughs*", "♪". It counts as nothing.
"""

import itertools
import re
from collections.abc import Collection, Iterator

__all__ = ["floor_words", "normalized"]

_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
# Digits tell that parentheses hold something said: a transcript may have "(555) 123".
_SOUND = re.compile(
    r"[♪♫♬♩](?:[^♪♫♬♩]*[♪♫♬♩])?|\[[^\[\]]*(?:\]|$)|【[^【】]*(?:】|$)|<[^<>\s]*>|\{[^{}]*\}"
    r"|[(（][^()（）\d]*(?:[)）]|$)|(?<![^\s*])\*+[^*\n]+(?:\*+|$)"
)
_HUM = re.compile(r"[aehmnou]+")
_RUN = re.compile(r"(.)\1+")
_LONG = re.compile(r"(.)\1\1")


def normalized(text: str) -> str:
    """Lower-case words with single spaces, no punctuation, no sound notes: two transcripts that agree in this say the
    same."""
    return " ".join(_WORD.findall(_SOUND.sub(" ", text).casefold()))


def floor_words(text: str, backchannels: Collection[str]) -> int:
    """How many words of `text` are left when every phrase of `backchannels` is taken out, longest phrase first.

    Spellings of one sound are one word: "mhm", "mm-hmm", "Mmhmm"; "yeahhh" is "yeah". "Uh-uh" and "mm-mm" are a no.
    """
    words = list(_spellings(text))
    phrases = {tuple(_spellings(phrase)) for phrase in backchannels}
    drawn_out = {tuple(_RUN.sub(r"\1", word) for word in phrase) for phrase in phrases}
    longest = max((len(phrase) for phrase in phrases), default=0)
    left = position = 0
    while position < len(words):
        for size in range(min(longest, len(words) - position), 0, -1):
            heard = tuple(words[position : position + size])
            if heard in phrases or (_is_long(heard) and tuple(_RUN.sub(r"\1", word) for word in heard) in drawn_out):
                position += size
                break
        else:
            left += 1
            position += 1
    return left


def _spellings(text: str) -> Iterator[str]:
    """The words of `text`, hyphens taken apart, hums in one spelling each."""
    for word in normalized(text).split():
        parts = re.split("['’-]", word)
        if not all(_HUM.fullmatch(part) for part in parts):
            yield from re.sub("['’]", "", word).split("-")
            continue
        hums = [_RUN.sub(r"\1", part) for part in parts]
        yield from [word] if any(a == b for a, b in itertools.pairwise(hums)) else hums


def _is_long(words: tuple[str, ...]) -> bool:
    return any(_LONG.search(word) for word in words)
