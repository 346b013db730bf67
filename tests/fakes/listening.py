"""Giving an STT something to hear, and having a TTS say something."""

import asyncio
from collections.abc import AsyncIterator

import numpy as np

from voice.audio import SPEECH_RATE, AudioFrame, resample
from voice.streams import closing
from voice.stt import STT, Pause, Transcript
from voice.tts import TTS, Speech

BOUND = 60.0
"""Seconds after which a wait has failed, on however busy a machine."""


async def stream(*items: np.ndarray | Pause) -> AsyncIterator[AudioFrame | Pause]:
    """int16 sounds at 16 kHz in frames of 32 ms, pauses as they are. Others get a turn after every frame."""
    for item in items:
        if isinstance(item, Pause):
            yield item
            continue
        for start in range(0, len(item), 512):
            yield AudioFrame(item[start : start + 512], SPEECH_RATE)
            await asyncio.sleep(0)


async def transcripts(stt: STT, *items: np.ndarray | Pause) -> list[Transcript]:
    """Everything the STT says to that."""
    async with asyncio.timeout(BOUND), closing(stt.transcribe(stream(*items))) as heard:
        return [transcript async for transcript in heard]


async def transcribed(stt: STT, *sounds: np.ndarray) -> str:
    """What was said before the pause at the end."""
    return (await transcripts(stt, *sounds, Pause()))[-1].text


async def spoken(tts: TTS, *pieces: str) -> list[Speech]:
    """The text in the pieces it comes in."""

    async def text() -> AsyncIterator[str]:
        for piece in pieces:
            yield piece

    async with asyncio.timeout(BOUND), closing(tts.speak(text())) as speech:
        return [part async for part in speech]


def heard(speech: list[Speech]) -> np.ndarray:
    """All of it as a caller hears it: int16 at 16 kHz."""
    return np.concatenate([resample(part.audio, SPEECH_RATE).samples for part in speech])
