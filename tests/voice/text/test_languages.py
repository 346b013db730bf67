"""Which language reads what is not a word."""

import pytest

from tests.fakes.filtered import said
from voice.text.language import PLAIN
from voice.text.languages import language
from voice.text.sentences import SentenceSplitter


@pytest.mark.parametrize("tag", ["en", "en-GB", "EN-us"])
def test_a_tag_names_its_language(tag: str) -> None:
    assert language(tag) is language("en")
    assert language(tag) is not PLAIN


@pytest.mark.parametrize("tag", ["de", "pt-BR", "", "english"])
def test_a_language_without_a_folder_passes_text_on(tag: str) -> None:
    assert language(tag) is PLAIN
    assert said(["**Am 24.11. um 8 Uhr** für 5 €, 3 x 4 m, a@b.de, x^2"], tag) == (
        "Am 24.11. um 8 Uhr für 5 €, 3 x 4 m, a@b.de, x2"
    )


def test_abbreviations_are_those_of_the_language() -> None:
    assert SentenceSplitter("en").push("Dr. Lang is in. ") == ["Dr. Lang is in."]
    assert SentenceSplitter("de").push("Dr. Lang is in. ") == ["Dr.", " Lang is in."]
