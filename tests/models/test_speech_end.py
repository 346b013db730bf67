"""Where the speech of the example's caller ends, with the real detector: between what the sound and what the detector
says; and silence that is kept waiting changes no answer."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.fakes.sounds import noise, telephone
from tests.fakes.vad import probabilities
from voice.audio import SPEECH_RATE, to_float
from voice.hearing.sound_level import SoundLevel
from voice.hearing.speech_gate import LAG, GateClosed, SpeechGate
from voice.policy import GatePolicy
from voice.transports.wav import read_clip
from voice.vad import WINDOW

pytestmark = pytest.mark.models

CLIPS = [read_clip(path) for path in sorted((Path(__file__).parents[2] / "examples/cafe/audio").glob("*.wav"))]
POLICY = GatePolicy()
SECONDS = WINDOW / SPEECH_RATE
LINES = {
    "clean": lambda sound: sound,
    "telephone": telephone,
    "a quiet room": lambda sound: sound + noise(len(sound) / SPEECH_RATE, 0.0003)[: len(sound)],
    "a loud room": lambda sound: sound + noise(len(sound) / SPEECH_RATE, 0.01)[: len(sound)],
}


def windows(clip: np.ndarray, line: str) -> Any:
    pad = np.zeros(SPEECH_RATE // 2, dtype=np.int16)
    sound = LINES[line](np.concatenate((pad, clip, pad, pad))).astype(np.int16)
    return sound[: len(sound) // WINDOW * WINDOW].reshape(-1, WINDOW)


@pytest.mark.parametrize("line", LINES)
async def test_what_is_kept_waiting_is_judged_as_it_would_have_been(silero, line):
    for clip in CLIPS[:3]:
        sound = windows(clip.samples, line)
        at_once, waiting = await probabilities(silero, sound), await probabilities(silero, sound, patience=15)
        np.testing.assert_allclose(at_once, waiting, atol=1e-3)


@pytest.mark.parametrize("line", LINES)
async def test_speech_ends_after_its_last_loud_sound_and_not_after_the_detectors_word(silero, line):
    for clip in CLIPS:
        sound = windows(clip.samples, line)
        answers = await probabilities(silero, sound)
        gate, level = SpeechGate(POLICY), SoundLevel()
        ends = []
        for number, (window, probability) in enumerate(zip(sound, answers, strict=True)):
            level.arrive(window)
            quiet = level.judged(probability >= POLICY.threshold, anybody=gate.open)
            change = gate.process(probability, SECONDS, quiet)
            if isinstance(change, GateClosed):
                ends.append((number + 1) * SECONDS - change.ago)
        last = (np.flatnonzero(np.array(answers) >= POLICY.release)[-1] + 1) * SECONDS
        loudness = np.abs(to_float(clip.samples))
        loud = 0.5 + (np.flatnonzero(loudness > 0.05 * loudness.max())[-1] + 1) / SPEECH_RATE
        assert max(loud, last - LAG) - 0.003 <= ends[-1] <= last + 1e-6
