"""A stand-in for the `sounddevice` package: a sound card whose clock ticks when the test says so."""

from typing import Any

import numpy as np


class PortAudioError(Exception):
    pass


class SoundCard:
    """Has the names of the module that `voice.transports.sound_device` uses.

    `rate`: the microphone's. `latency`: seconds of sound in the device. `fails`: streams that cannot be opened.
    """

    PortAudioError = PortAudioError

    def __init__(self) -> None:
        self.open: dict[str, Any] = {}
        self.fails: set[str] = set()
        self.rate = 16_000.0
        self.latency = 0.01

    def query_devices(self, device: Any, kind: str) -> dict[str, Any]:
        if device == "nothing":
            raise ValueError("No input device matching 'nothing'")
        return {"default_samplerate": {"input": self.rate, "output": 48_000.0}[kind]}

    def InputStream(self, **settings: Any) -> "Stream":
        return Stream(self, "input", settings)

    def OutputStream(self, **settings: Any) -> "Stream":
        return Stream(self, "output", settings)

    def hear(self, value: int) -> None:
        """The microphone brings one block."""
        settings = self.open["input"]
        block = np.full((settings["blocksize"], 1), value, dtype=np.int16)
        settings["callback"](block, len(block), None, None)

    def sound(self) -> int:
        """The loudspeaker takes one block; its loudest sample."""
        settings = self.open["output"]
        block = np.zeros((settings["blocksize"], 1), dtype=np.int16)
        settings["callback"](block, len(block), None, None)
        return int(block.max())


class Stream:
    def __init__(self, card: SoundCard, kind: str, settings: dict[str, Any]) -> None:
        if kind in card.fails:
            raise PortAudioError("Device unavailable")
        self._card, self._kind, self._settings = card, kind, settings
        self.latency = card.latency

    def start(self) -> None:
        self._card.open[self._kind] = self._settings

    def close(self) -> None:
        self._card.open.pop(self._kind, None)
