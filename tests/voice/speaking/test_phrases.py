"""Fixed lines: made once, and as speakable as an answer."""

import pytest

from tests.fakes.loop import run
from voice.providers.scripted import ScriptedTTS
from voice.speaking.phrases import SpokenPhrases


def said(text: str, language: str | None) -> str:
    phrases = SpokenPhrases(ScriptedTTS(), language)
    return "".join(speech.text for speech in run(phrases.speech(text)))


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "We open at nine AM, call nine one one."),
        ("de", "We open at 9am, call 911."),
        (None, "👋 We open at **9am**, call 911."),
    ],
)
def test_a_line_is_said_in_the_words_of_its_language(language: str | None, expected: str) -> None:
    assert said("👋 We open at **9am**, call 911.", language).strip() == expected


@pytest.mark.parametrize("text", ["", "👋", "..."])
def test_a_line_without_words_is_no_speech(text: str) -> None:
    assert said(text, "en") == ""


def test_a_line_is_made_once() -> None:
    phrases = SpokenPhrases(ScriptedTTS(), "en")

    async def twice() -> bool:
        await phrases.prepare(["Hello."])
        return await phrases.speech("Hello.") is await phrases.speech("Hello.")

    assert run(twice())
