"""Which languages there are, by tag."""

from voice.text.english import ENGLISH
from voice.text.language import PLAIN, Language

__all__ = ["language"]

_LANGUAGES = {"en": ENGLISH}


def language(tag: str) -> Language:
    """That of a BCP 47 tag ("en", "en-GB"); for one without a folder of its own `PLAIN`, which passes text on."""
    return _LANGUAGES.get(tag.partition("-")[0].lower(), PLAIN)
