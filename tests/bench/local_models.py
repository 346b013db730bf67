"""What the local models cost: python -m tests.bench.local_models

CPU milliseconds (user and system, all threads of the process), medians; the wall times beside them only mean something
on a quiet machine.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from statistics import median

import numpy as np

from tests.fakes.caller_voice import CallerVoice
from tests.fakes.vad import Ear
from voice.audio import AudioFrame, to_float
from voice.chat import Chat
from voice.providers.hibari import HibariTTS
from voice.providers.moonshine.stt import Moonshine
from voice.providers.silero import SileroVAD
from voice.providers.smart_turn.detector import SmartTurn
from voice.stt import Pause
from voice.turn_detector import UserTurn

CALLER = (
    "Can I also bring my dog?",
    "Hi, what are your opening hours on Saturday?",
    "Do you have a free table for two tomorrow at six thirty in the evening?",
)
AGENT = (
    "Sure.",
    "Your table for two is booked.",
    "We have apple cake, cheesecake, carrot cake and a chocolate tart today.",
)


async def timed(times: int, work: Callable[[], Awaitable[object]]) -> tuple[float, float]:
    """Median CPU and wall time in milliseconds."""
    cpu, wall = [], []
    for _ in range(times):
        began, used = time.perf_counter(), time.process_time()
        await work()
        wall.append(time.perf_counter() - began)
        cpu.append(time.process_time() - used)
    return 1000 * median(cpu), 1000 * median(wall)


async def vad(speech: AudioFrame) -> None:
    """One window of each of so many calls at the same moment."""
    model = SileroVAD()
    windows = speech.samples[: len(speech.samples) // 512 * 512].reshape(-1, 512)
    for calls in (1, 8, 25):
        ears = [Ear(model) for _ in range(calls)]

        async def moment(ears: list[Ear] = ears) -> None:
            for window in windows[:50]:
                answered = len(ears[-1].heard)
                for ear in ears:
                    ear.stream.push(window)
                await ears[-1].answers(answered + 1)  # the others have theirs by then

        cpu, _ = await timed(3, moment)  # by the clock it mostly waits for others
        print(f"VAD, {calls:2} calls at once     {cpu / (50 * calls):7.3f} CPU  per window")
        for ear in ears:
            ear.stream.close()
    await model.aclose()


async def stt(said: dict[str, AudioFrame]) -> None:
    """A sentence in real time, its pause 0.1 s after the last sound."""
    model = Moonshine()
    for text, frame in said.items():
        finals, totals = [], []
        for _ in range(5):
            marks: list[tuple[float, float]] = []

            async def audio(
                frame: AudioFrame = frame, marks: list[tuple[float, float]] = marks
            ) -> AsyncIterator[AudioFrame | Pause]:
                samples = np.concatenate((frame.samples, np.zeros(1600, dtype=np.int16)))
                for start in range(0, len(samples), 512):
                    await asyncio.sleep(0.032)
                    yield AudioFrame(samples[start : start + 512], 16_000)
                marks.append((time.perf_counter(), time.process_time()))
                yield Pause()

            used = time.process_time()
            async for transcript in model.transcribe(audio()):
                if transcript.final:
                    finals.append((time.process_time() - marks[0][1], time.perf_counter() - marks[0][0]))
            totals.append(time.process_time() - used)
        cpu, wall = (1000 * median(values) for values in zip(*finals, strict=True))
        share = median(totals) / frame.duration
        figures = f"{cpu:5.0f} CPU  {wall:5.0f} wall; {share:.2f} cores while speaking"
        print(f"STT final, {frame.duration:3.1f} s of speech {figures}", text)
    await model.aclose()


async def turn(speech: AudioFrame) -> None:
    """One question."""
    model = SmartTurn()
    question = UserTurn("", to_float(speech.samples), Chat(""))
    cpu, wall = await timed(15, lambda: model.end_of_turn(question))
    print(f"Smart Turn               {cpu:7.0f} CPU  {wall:7.0f} wall")
    await model.aclose()


async def tts() -> None:
    """A sentence."""
    model = HibariTTS()

    async def said(text: str) -> AsyncIterator[str]:
        yield text

    for text in AGENT:
        seconds = [part.audio.duration async for part in model.speak(said(text))]

        async def speak(text: str = text) -> None:
            async for _ in model.speak(said(text)):
                pass

        cpu, wall = await timed(9, speak)
        print(f"TTS, {sum(seconds):3.1f} s of speech     {cpu:7.0f} CPU  {wall:7.0f} wall", text)
    await model.aclose()


async def main() -> None:
    voice = CallerVoice()
    said = {text: voice.say(text) for text in CALLER}
    speech = said[CALLER[2]]
    await vad(speech)
    await stt(said)
    await turn(speech)
    await tts()


if __name__ == "__main__":
    asyncio.run(main())
