"""How words reach the user: spoken, or only written."""

from collections.abc import AsyncIterator

from tests.fakes.loop import run
from voice.agent import Agent, Models
from voice.providers.scripted import ScriptedLLM, ScriptedTTS
from voice.replies.delivery import Delivery, spoken, written
from voice.speaking.phrases import SpokenPhrases

DRAFT = ["It is **4", "2**%", ", [see](https://example.com)."]


def delivered(delivery: Delivery) -> tuple[str, float]:
    """The text that the TTS gets, and how many seconds of speech it makes of it."""

    async def pieces() -> AsyncIterator[str]:
        for piece in DRAFT:
            yield piece

    async def main() -> tuple[str, float]:
        speeches = [speech async for speech in delivery.tts.speak(delivery.words(pieces()))]
        return "".join(speech.text for speech in speeches), sum(speech.audio.duration for speech in speeches)

    return run(main())


def test_spoken_words_are_made_speakable_and_sound() -> None:
    tts = ScriptedTTS()
    phrases = SpokenPhrases(tts, "en")
    delivery = spoken(Agent("waiter", "Be brief.", Models(ScriptedLLM(), tts=tts)), phrases)
    assert (delivery.tts, delivery.phrases, delivery.language, delivery.audible) == (tts, phrases, "en", True)
    text, seconds = delivered(delivery)
    assert text == "It is forty-two percent, see."
    assert seconds > 0


def test_symbols_are_read_in_the_agents_language_only_where_it_is_known() -> None:
    tts = ScriptedTTS()
    agent = Agent("waiter", "Be brief.", Models(ScriptedLLM(), tts=tts), language="de")
    assert delivered(spoken(agent, SpokenPhrases(tts, "de")))[0] == "It is 42%, see."


def test_written_words_stay_as_they_were_written_and_take_no_time() -> None:
    delivery = written()
    assert not delivery.audible
    assert delivered(delivery) == ("".join(DRAFT), 0.0)


def test_written_phrases_are_there_at_once_and_make_no_sound() -> None:
    [speech] = run(written().phrases.speech("Sorry."))
    assert (speech.text, speech.audio.duration) == ("Sorry.", 0.0)
