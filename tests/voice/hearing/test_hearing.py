"""One caller's ear in virtual time: when what is heard was said, and what the STT is given of it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from tests.fakes.loop import run
from voice.audio import AudioFrame
from voice.events import UserNotUnderstood, UserSpeechStopped
from voice.hearing.hearing import Hearing
from voice.policy import GatePolicy, ReplyPolicy
from voice.providers.scripted import ScriptedSTT, ScriptedVAD, ScriptedVADStream
from voice.stt import Pause, Transcript
from voice.turn.events import MaybeSpeech, SpeechStarted, SpeechStopped, Transcribed, TranscriptionFailed

LOUD = 8000
GATE = GatePolicy()


class Listening:
    """An STT that keeps what it is given and answers a pause at once."""

    def __init__(self) -> None:
        self.given: list[AudioFrame | Pause] = []

    async def transcribe(self, audio: AsyncIterator[AudioFrame | Pause]) -> AsyncIterator[Transcript]:
        async for item in audio:
            self.given.append(item)
            if isinstance(item, Pause):
                yield Transcript("words", final=True)

    @property
    def seconds(self) -> float:
        return sum(item.duration for item in self.given if isinstance(item, AudioFrame))

    @property
    def loud(self) -> float:
        frames = [item for item in self.given if isinstance(item, AudioFrame)]
        return sum(float((frame.samples > 1000).mean()) * frame.duration for frame in frames)


@dataclass
class Heard:
    """(when, what) was posted and emitted."""

    posted: list[tuple[float, Any]] = field(default_factory=list)
    emitted: list[tuple[float, Any]] = field(default_factory=list)

    def of(self, kind: type) -> list[Any]:
        return [event for _, event in self.posted if isinstance(event, kind)]

    def at(self, kind: type) -> list[float]:
        return [at for at, event in self.posted if isinstance(event, kind)]


def spoken(spans: list[tuple[float, float]], seconds: float, rate: int = 16_000) -> np.ndarray:
    sound = np.zeros(round(seconds * rate), dtype=np.int16)
    for begin, end in spans:
        sound[round(begin * rate) : round(end * rate)] = LOUD
    return sound


async def arriving(
    sound: np.ndarray, rate: int, frame: float, late: Callable[[float], float]
) -> AsyncIterator[AudioFrame]:
    """Frames when their last sample was spoken, and `late` seconds after that."""
    loop = asyncio.get_running_loop()
    began, size = loop.time(), round(frame * rate)
    for end in range(size, len(sound) + 1, size):
        due = began + end / rate
        await asyncio.sleep(max(0.0, due + late(due) - loop.time()))
        yield AudioFrame(sound[end - size : end], rate)


def listen(
    sound: np.ndarray,
    *,
    rate: int = 16_000,
    frame: float = 0.02,
    late: Callable[[float], float] = lambda due: 0.0,
    stt: Callable[[], Any] = Listening,
    vad: Any = None,
    during: Callable[[Hearing], Any] | None = None,
) -> Heard:
    async def main() -> Heard:
        loop, heard = asyncio.get_running_loop(), Heard()
        hearing = Hearing(
            vad or ScriptedVAD(),
            stt,
            GATE,
            ReplyPolicy(),
            post=lambda event: heard.posted.append((loop.time(), event)),
            emit=lambda event: heard.emitted.append((loop.time(), event)),
            min_overlap=0.3,
        )
        async with asyncio.TaskGroup() as tasks:
            if during is not None:
                tasks.create_task(during(hearing))
            await hearing.run(arriving(sound, rate, frame, late))
        return heard

    return run(main())


class Deaf(Listening):
    """Hears no words at first; the n-th time that it is asked it hears the n-th of `texts`."""

    def __init__(self, *texts: str) -> None:
        super().__init__()
        self.texts = list(texts)
        self.lengths: list[float] = []

    async def transcribe(self, audio: AsyncIterator[AudioFrame | Pause]) -> AsyncIterator[Transcript]:
        seconds = 0.0
        async for item in audio:
            if isinstance(item, Pause):
                self.lengths.append(seconds)
                yield Transcript(self.texts.pop(0), final=True)
            else:
                seconds += item.duration


def test_long_speech_without_words_is_transcribed_again_in_a_closer_cut() -> None:
    deaf = Deaf("", "words")
    heard = listen(spoken([(1.0, 2.5)], 3.5), stt=lambda: deaf)
    assert [(event.text, event.final) for event in heard.of(Transcribed)] == [("words", True)]
    assert heard.of(TranscriptionFailed) == []
    assert 1.5 < deaf.lengths[1] < deaf.lengths[0]


def test_long_speech_in_which_no_words_are_found_is_an_event_and_no_noise() -> None:
    heard = listen(spoken([(1.0, 2.5)], 3.5), stt=lambda: Deaf("", ""))
    assert heard.of(TranscriptionFailed) == [TranscriptionFailed(0, empty=True)]
    [said] = [event for _, event in heard.emitted if isinstance(event, UserNotUnderstood)]
    assert said.seconds == pytest.approx(1.5, abs=0.1)


def test_short_sounds_without_words_are_noise() -> None:
    deaf = Deaf("")
    heard = listen(spoken([(1.0, 1.6)], 2.5), stt=lambda: deaf)
    assert [event.text for event in heard.of(Transcribed)] == [""]
    assert heard.of(TranscriptionFailed) == []


def test_what_may_be_speech_in_a_pause_is_told_before_it_counts_as_speech() -> None:
    heard = listen(spoken([(1.0, 1.5), (1.8, 1.86), (2.2, 2.8)], 3.5))
    assert [event.heard for event in heard.of(MaybeSpeech)] == [True, False, True]
    first, over, again = heard.at(MaybeSpeech)
    assert 1.8 < first < 1.86 + 0.05 < over < 2.0
    assert again < heard.at(SpeechStarted)[1] - 0.1


def test_short_sounds_over_the_agent_do_not_count() -> None:
    async def agent_speaks(hearing: Hearing) -> None:
        hearing.over_agent(True)
        await asyncio.sleep(2.0)
        hearing.over_agent(False)

    sound = spoken([(1.0, 1.25), (2.5, 2.75)], 3.5)
    assert len(listen(sound).of(SpeechStarted)) == 2
    assert len(listen(sound, during=agent_speaks).of(SpeechStarted)) == 1


FORMATS = [(16_000, 0.01), (16_000, 0.02), (48_000, 0.01), (48_000, 0.02), (8_000, 0.02), (44_100, 0.02)]


@pytest.mark.parametrize(("rate", "frame"), FORMATS)
@pytest.mark.parametrize("end", [2.0, 2.0137, 2.0291, 2.0503])
def test_speech_has_its_time_from_the_audio_however_it_is_cut(rate: int, frame: float, end: float) -> None:
    heard = listen(spoken([(1.0073, end)], 3.0, rate), rate=rate, frame=frame)
    [started], [stopped] = heard.of(SpeechStarted), heard.of(SpeechStopped)
    assert started.at == pytest.approx(1.0073, abs=0.033)
    assert stopped.at == pytest.approx(end, abs=0.003)


@pytest.mark.parametrize(("rate", "frame"), FORMATS)
def test_a_pause_is_noticed_a_window_and_a_frame_after_its_least_length_at_the_latest(rate: int, frame: float) -> None:
    for end in np.arange(2.0, 2.04, 0.0061):
        heard = listen(spoken([(1.0, float(end))], 3.0, rate), rate=rate, frame=frame)
        waited = heard.at(SpeechStopped)[0] - end
        held_back = 0.01 if rate == 44_100 else 0.002
        assert GATE.min_silence <= waited <= GATE.min_silence + 0.032 + frame + held_back + 0.001


def test_a_busy_loop_does_not_make_the_speech_late() -> None:
    heard = listen(spoken([(1.0, 2.0137)], 4.0), late=lambda due: 0.07 if 1.9 < due < 2.2 else 0.0)
    assert heard.of(SpeechStopped)[0].at == pytest.approx(2.0137, abs=0.003)
    [(at, stopped)] = [(at, event) for at, event in heard.emitted if isinstance(event, UserSpeechStopped)]
    assert at - stopped.ago == pytest.approx(2.0137, abs=0.003)


def test_the_stt_is_looked_up_for_each_utterance() -> None:
    stts = [Listening(), Listening()]
    left = list(stts)

    async def decide(hearing: Hearing) -> None:
        await asyncio.sleep(2.5)
        hearing.end_utterance()

    listen(spoken([(1.0, 2.0), (3.0, 4.0)], 5.0), stt=lambda: left.pop(0), during=decide)
    assert left == []
    assert [round(stt.loud, 1) for stt in stts] == [1.0, 1.0]


def test_the_stt_hears_the_padding_before_speech_and_all_that_follows() -> None:
    stt = Listening()
    listen(spoken([(1.0, 2.0)], 3.0), stt=lambda: stt)
    assert stt.loud == pytest.approx(1.0, abs=0.001)
    assert stt.seconds == pytest.approx(3.0 - (1.0 - GATE.prefix_padding), abs=0.065)
    assert stt.given.count(Pause()) == 1


def test_an_utterance_opened_by_hand_has_what_was_said_just_before() -> None:
    stt = Listening()
    numbers: list[int] = []

    async def press(hearing: Hearing) -> None:
        await asyncio.sleep(1.1)  # too early for the gate
        numbers.append(hearing.open_utterance())
        numbers.append(hearing.open_utterance())

    heard = listen(spoken([(1.0, 2.0)], 3.0), stt=lambda: stt, during=press)
    assert numbers == [0, 0]
    assert [event.utterance for event in heard.of(SpeechStarted)] == [0]
    assert stt.loud == pytest.approx(1.0, abs=0.001)
    assert stt.seconds == pytest.approx(3.0 - (1.1 - 0.4), abs=0.065)


def test_a_flush_asks_for_the_final_transcript_at_once_and_once() -> None:
    async def release(hearing: Hearing) -> None:
        hearing.flush()  # nothing is open
        await asyncio.sleep(1.5)
        hearing.flush()
        hearing.flush()

    heard = listen(spoken([(1.0, 3.0)], 2.0), stt=lambda: ScriptedSTT(texts=["one"], delay=0.1), during=release)
    assert [
        (round(at, 3), event.text, event.final) for at, event in heard.posted if isinstance(event, Transcribed)
    ] == [(1.6, "one", True)]


def test_what_was_said_before_a_pause_is_not_heard_again_in_the_next_utterance() -> None:
    stts: list[Listening] = []

    def stt() -> Listening:
        stts.append(Listening())
        return stts[-1]

    async def decide(hearing: Hearing) -> None:
        await asyncio.sleep(2.16)
        hearing.end_utterance()

    listen(spoken([(1.0, 2.0), (2.2, 3.0)], 4.0), stt=stt, during=decide)
    assert [round(one.loud, 2) for one in stts] == [1.0, 0.8]


class Watched(ScriptedVAD):
    """Notes how long each window might wait."""

    def __init__(self) -> None:
        super().__init__()
        self.patience: list[int] = []

    def stream(self, heard: Any, failed: Any) -> ScriptedVADStream:
        noted = self.patience

        class Stream(ScriptedVADStream):
            def push(self, window: Any, patience: int = 0) -> None:
                noted.append(patience)
                super().push(window, patience)

        return Stream(heard)


def test_the_detector_may_wait_in_a_quiet_room_and_in_loud_speech_and_not_where_it_decides() -> None:
    vad = Watched()
    listen(spoken([(2.048, 3.072)], 4.224), vad=vad)
    _, silent, opening, speaking, pausing, after = np.split(np.array(vad.patience), [32, 64, 69, 96, 100])
    assert set(silent) == set(after[1:]) == {15}
    assert set(opening) == set(pausing) == {0}
    assert set(speaking) == {3}
