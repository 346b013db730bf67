"""What of the synthesised speech has been heard, to the word, from the number of samples played."""

from dataclasses import dataclass

from voice.tts import Speech, Word

__all__ = ["Cursor"]

SPEAKING_RATE = 15.0
"""Characters a second: what a segment's length is taken to be at least while its audio is still arriving (about 150
words a minute, the usual rate of read English)."""


def _join(text: str, more: str) -> str:
    """Segments are pieces of one text; a sentence that was cut without its white space gets it back."""
    if text and more and text[-1] in ".?!…,;:" and more[0].isalnum():
        return f"{text} {more}"
    return text + more


@dataclass(slots=True)
class _Segment:
    text: str
    words: tuple[Word, ...]
    start: float
    seconds: float = 0.0
    complete: bool = False
    announced: bool = False

    def heard(self, position: float) -> str:
        """The words of this segment whose first half has been played by `position` (seconds on the reply's axis)."""
        inside = position - self.start
        if self.complete and inside >= self.seconds - 1e-6:
            return self.text
        if inside <= 0:
            return ""
        if self.words:
            return self._by_timings(inside)
        total = self.seconds if self.complete else max(self.seconds, len(self.text) / SPEAKING_RATE)
        return self._by_share(inside / total if total else 1.0)

    def _by_timings(self, inside: float) -> str:
        end = 0
        for word in self.words:
            if inside < (word.start + word.end) / 2:
                break
            found = self.text.find(word.text, end)
            end = found + len(word.text) if found >= 0 else end
        return self.text[:end]

    def _by_share(self, share: float) -> str:
        """Proportional: a word is heard when the middle of its characters lies before the cut."""
        cut = share * len(self.text)
        end = position = 0
        for word in self.text.split():
            start = self.text.index(word, position)
            position = start + len(word)
            if start + len(word) / 2 > cut:
                break
            end = position
        return self.text[:end]


class Cursor:
    """The axis of one stretch of speech: segments appended as they are synthesised, a position moved as they play."""

    def __init__(self) -> None:
        self._segments: list[_Segment] = []
        self._length = 0.0
        self.position = 0.0
        """Seconds played."""

    def append(self, speech: Speech) -> None:
        """`speech` was queued behind all there is."""
        if speech.text:
            self._complete_last()
            self._segments.append(_Segment(speech.text, speech.words, self._length))
        if self._segments:
            self._segments[-1].seconds += speech.audio.duration
        self._length += speech.audio.duration

    def finish(self) -> None:
        """No more will be appended."""
        self._complete_last()

    def advance(self, seconds: float) -> list[str]:
        """`seconds` more were played; returns the texts of segments that began to be heard with it."""
        self.position += seconds
        begun = [s for s in self._segments if not s.announced and s.start < self.position + 1e-9]
        for segment in begun:
            segment.announced = True
        return [segment.text for segment in begun]

    @property
    def heard(self) -> str:
        """The text heard so far, cut at a word."""
        text = ""
        for segment in self._segments:
            text = _join(text, segment.heard(self.position))
        return text.strip()

    @property
    def text(self) -> str:
        """All the text there is, heard or not."""
        text = ""
        for segment in self._segments:
            text = _join(text, segment.text)
        return text.strip()

    def _complete_last(self) -> None:
        if self._segments:
            self._segments[-1].complete = True
