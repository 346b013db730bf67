"""The real models, each loaded once. Nothing here is skipped: without weights these tests fail, saying what to pull."""

import asyncio
from collections.abc import Iterator

import pytest

from tests.fakes.caller_voice import CallerVoice
from voice.audio import AudioFrame
from voice.providers.hibari import HibariTTS
from voice.providers.moonshine.stt import Moonshine
from voice.providers.silero import SileroVAD
from voice.providers.smart_turn.detector import SmartTurn

SENTENCES = (
    "Hi, what are your opening hours on Saturday?",
    "Great, please book it for me.",
    "Can I also bring my dog?",
    "Please tell me about your cakes.",
    "I would like to change my reservation to Friday evening.",
    "Could you please repeat the last part?",
    "Is there a table near the window?",
    "My friend is allergic to nuts, is that a problem?",
    "No, that is too late for us.",
    "How do I get to your place from the station?",
)


@pytest.fixture(scope="session")
def moonshine() -> Iterator[Moonshine]:
    stt = Moonshine()
    yield stt
    asyncio.run(stt.aclose())


@pytest.fixture(scope="session")
def hibari() -> Iterator[HibariTTS]:
    tts = HibariTTS()
    yield tts
    asyncio.run(tts.aclose())


@pytest.fixture(scope="session")
def smart_turn() -> Iterator[SmartTurn]:
    detector = SmartTurn()
    yield detector
    asyncio.run(detector.aclose())


@pytest.fixture(scope="session")
def silero() -> SileroVAD:
    return SileroVAD()


@pytest.fixture(scope="session")
def caller() -> dict[str, AudioFrame]:
    """Every sentence in the caller's voice."""
    voice = CallerVoice(noise=0.4, seed=1)
    return {sentence: voice.say(sentence) for sentence in SENTENCES}
