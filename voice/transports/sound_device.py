"""This machine's microphone and loudspeaker, through PortAudio (`sounddevice`, in the extra `audio`).

PortAudio calls back from a thread of its own; the callbacks only move bytes to and from bounded buffers. There is no
echo cancellation: with loudspeakers the agent hears itself, so headphones are advised.
"""

import asyncio
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Any, Self

import numpy as np
import sounddevice
from numpy.typing import NDArray

from voice.audio import SPEECH_RATE, AudioFrame, Resampler, silence
from voice.errors import TransportClosed
from voice.transports.speaker_buffer import SpeakerBuffer

__all__ = ["SoundDevice"]

FRAME = 0.02
"""Seconds."""
_STARVED = 0.2
"""Seconds an open microphone may bring nothing."""
_QUEUE = 100
"""Microphone frames that may wait (2 s); then the oldest are lost."""


class SoundDevice:
    """A transport on two devices (number, part of a name, or None for the default); a context manager.

    While `active` is off, nothing is heard and nothing sounds, and the devices are free. Raises TransportClosed (on
    becoming active) when a device cannot be opened.
    """

    def __init__(self, microphone: int | str | None = None, loudspeaker: int | str | None = None) -> None:
        self._devices = (microphone, loudspeaker)
        try:
            self._heard_rate = round(sounddevice.query_devices(microphone, "input")["default_samplerate"])
            self.rate = round(sounddevice.query_devices(loudspeaker, "output")["default_samplerate"])
        except (ValueError, sounddevice.PortAudioError) as error:
            raise TransportClosed(f"no such audio device: {error}") from error
        self._loop = asyncio.get_running_loop()
        self._frames: asyncio.Queue[AudioFrame] = asyncio.Queue(maxsize=_QUEUE)
        self._speaker = SpeakerBuffer(self.rate)
        self._resampler = Resampler(SPEECH_RATE)
        self._latency = 0.0
        self._streams: list[Any] = []

    @property
    def active(self) -> bool:
        """Whether the devices are open."""
        return bool(self._streams)

    def activate(self, on: bool) -> None:
        """Open or free the devices. Raises TransportClosed."""
        if on == self.active:
            return
        if not on:
            self._close()
            return
        try:
            self._open(sounddevice.InputStream, self._heard_rate, self._devices[0], self._hear)
            self._open(sounddevice.OutputStream, self.rate, self._devices[1], self._speak)
            self._latency = self._streams[-1].latency
        except sounddevice.PortAudioError as error:
            self._close()
            raise TransportClosed(f"the audio device cannot be opened: {error}") from error

    async def microphone(self) -> AsyncIterator[AudioFrame]:
        """See Transport. Silence while not active, so that whoever was in mid-speech is heard to stop."""
        while True:
            try:
                async with asyncio.timeout(_STARVED if self.active else FRAME):
                    frame = await self._frames.get()
            except TimeoutError:
                frame = silence(FRAME, SPEECH_RATE)
            yield frame

    def play(self, frame: AudioFrame) -> None:
        """See Transport."""
        if self.active:
            self._speaker.put(frame.samples)

    def clear(self) -> None:
        """See Transport; what the device has taken is heard."""
        self._speaker.clear()

    @property
    def delay(self) -> float:
        """See Transport: what waits here and in the device."""
        return self._speaker.held + self._latency

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def _open(self, stream: Any, rate: int, device: int | str | None, callback: Any) -> None:
        opened = stream(
            samplerate=rate,
            blocksize=round(FRAME * rate),
            device=device,
            channels=1,
            dtype="int16",
            latency="low",
            callback=callback,
        )
        self._streams.append(opened)
        opened.start()

    def _close(self) -> None:
        for stream in self._streams:
            stream.close()
        self._streams.clear()
        self._latency = 0.0
        # What was left in them is stale.
        self._speaker = SpeakerBuffer(self.rate)
        self._resampler = Resampler(SPEECH_RATE)

    def _hear(self, data: NDArray[np.int16], frames: int, time: Any, status: Any) -> None:
        frame = AudioFrame(data[:, 0].copy(), self._heard_rate)
        self._loop.call_soon_threadsafe(self._heard, frame)

    def _heard(self, frame: AudioFrame) -> None:
        if self._frames.full():
            self._frames.get_nowait()
        self._frames.put_nowait(self._resampler.push(frame))

    def _speak(self, data: NDArray[np.int16], frames: int, time: Any, status: Any) -> None:
        data[:, 0] = self._speaker.take(frames)
