"""hibari: English text to speech on this machine, sentence by sentence, with the time of every word.

A sentence is synthesised whole in 15 to 90 ms, so there is nothing to gain from smaller pieces.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from voice.audio import AudioFrame, to_int16
from voice.errors import ModelMissing, ProviderMisbehaved
from voice.models import ModelStore
from voice.providers.onnx_session import open_session
from voice.providers.workers import Workers
from voice.streams import closing
from voice.text.sentences import sentences
from voice.tts import Speech, Word

__all__ = ["HibariTTS", "prepared", "timed_words", "trimmed"]

MODEL = "hibari"
RATE = 24_000
"""Hz."""
_SPECTRA = ["lh", "theta", "ln", "lr", "phi", "f0"]
"""The network's outputs in the order in which hibari's synthesis takes them."""
_AUDIBLE = 0.005
"""Amplitude (-46 dB) below which there is nothing to hear."""
_LEAD, _TAIL = 0.05, 0.2
"""Seconds of silence to leave around a sentence. The voice makes 0.3 before and 0.4 after: late, and then halting."""
_DURATIONS = "/Cast_32_output_0"
"""How long each phoneme lasts, in steps of equal length: computed inside hibari 0.2.1, but not one of its outputs."""

_WEIGHT, _ZERO_POINT = 1, 3
"""Inputs of MatMulInteger."""

Span = tuple[float, float]
"""From, to: seconds."""


class HibariTTS:
    """One instance serves all calls of a process, one sentence at a time.

    `speed`: 1.0 is the voice's own pace, 0.5 to 2.0. `seed`: of the noise in breathy sounds; the same text sounds the
    same each time. Raises ModelMissing, ProviderRejected, ValueError.
    """

    def __init__(self, model: str = MODEL, *, speed: float = 1.0, seed: int = 0) -> None:
        if model != MODEL:
            raise ValueError(f"no local TTS model {model!r}; there is {MODEL!r}")
        if not 0.5 <= speed <= 2.0:
            raise ValueError(f"speed is {speed:g}, but must be between 0.5 and 2.0")
        path = ModelStore().path(model)
        try:
            import hibari  # Only who speaks with it should need it, or wait for it.

            network = prepared(path.read_bytes(), _DURATIONS)
        except ImportError as error:
            raise ModelMissing(model, f" ({error})") from error
        self._speed = np.array([speed], dtype=np.float32)
        self._seed = seed
        self._engine = hibari.Hibari()
        self._synth = hibari.dsp.synth
        self._session = open_session(network, "tts", model)
        # Ours does the work; hibari's own would only take memory.
        self._engine.sess = self._session
        self._workers = Workers(1, model)
        self._synthesise("Warm up.")

    async def speak(self, text: AsyncIterator[str]) -> AsyncIterator[Speech]:
        """See TTS. Raises ProviderMisbehaved."""
        async with closing(sentences(text)) as pieces:
            async for piece in pieces:
                yield await self._workers.submit(partial(self._spoken, piece))

    def _spoken(self, sentence: str) -> Speech:
        try:
            return self._synthesise(sentence)
        except Exception as error:
            raise ProviderMisbehaved("tts", MODEL, f"synthesis failed: {error}") from error

    def _synthesise(self, sentence: str) -> Speech:
        noise = np.random.default_rng(self._seed)
        sounds: list[NDArray[np.float32]] = [np.zeros(0, dtype=np.float32)]
        spans: list[Span] = []
        at = 0.0
        for phonemes in self._engine.phonemize(sentence):
            ids = self._engine.ids(phonemes)
            inputs = {"ids": np.array([ids], dtype=np.int64), "speed": self._speed}
            *spectra, durations = self._session.run([*_SPECTRA, _DURATIONS], inputs)
            sound = self._synth(*(part[0] for part in spectra), noise)
            spans += _spans(phonemes, self._engine.vocab, durations, at, len(sound) / RATE)
            sounds.append(sound)
            at += len(sound) / RATE
        sound, skipped = trimmed(np.concatenate(sounds))
        words = timed_words(sentence, spans, skipped / RATE, len(sound) / RATE)
        return Speech(sentence, AudioFrame(to_int16(sound), RATE), words)

    async def aclose(self) -> None:
        """End the worker thread."""
        await self._workers.aclose()


def trimmed(sound: NDArray[np.float32]) -> tuple[NDArray[np.float32], int]:
    """`sound` with no more silence around it than a speaker makes, and how many samples went at the front."""
    (loud,) = np.nonzero(np.abs(sound) > _AUDIBLE)
    if not len(loud):
        return sound[:0], 0
    begin = max(0, int(loud[0]) - round(_LEAD * RATE))
    return sound[begin : int(loud[-1]) + round(_TAIL * RATE)], begin


def timed_words(sentence: str, spans: Sequence[Span], skipped: float, length: float) -> tuple[Word, ...]:
    """The sentence's words with their times in its `length` seconds of audio, whose first `skipped` seconds are gone.

    None where it is not said word by word as it is written ("18:30", "No. 5"): then nobody knows which is which.
    """
    words = sentence.split()
    if len(words) != len(spans):
        return ()
    times = np.clip(np.array(spans).reshape(-1, 2) - skipped, 0.0, length).tolist()
    return tuple(Word(word, start, end) for word, (start, end) in zip(words, times, strict=True))


def _spans(
    phonemes: str, vocabulary: Mapping[str, int], durations: NDArray[np.int64], start: float, seconds: float
) -> list[Span]:
    """(start, end) in seconds of each group of phonemes between spaces."""
    edges = start + np.cumsum(durations) * (seconds / durations.sum())
    spans: list[Span] = []
    begin: float | None = None
    # The first duration is that of the padding in front, so a symbol begins at the edge of its own index.
    at = 0
    for symbol in (symbol for symbol in phonemes if symbol in vocabulary):
        if symbol == " ":
            if begin is not None:
                spans.append((begin, float(edges[at])))
            begin = None
        elif begin is None:
            begin = float(edges[at])
        at += 1
    return [*spans, (begin, float(edges[at]))] if begin is not None else spans


def prepared(model: bytes, output: str) -> bytes:
    """The ONNX `model` with its inner value `output` as one more output, and with weights of its own for each product.

    hibari's layers share weights. onnxruntime converts weights product by product where it needs other kernels, and
    refuses to convert the same ones twice.
    """
    import onnx  # Takes a quarter of a second: only who speaks with it should wait for it.

    graph = onnx.load_from_string(model)
    graph.graph.output.append(onnx.ValueInfoProto(name=output))
    weights = {weight.name: weight for weight in graph.graph.initializer}
    for number, node in enumerate(graph.graph.node):
        if node.op_type != "MatMulInteger":
            continue
        for place in _WEIGHT, _ZERO_POINT:
            own = onnx.TensorProto()
            own.CopyFrom(weights[node.input[place]])
            own.name = node.input[place] = f"{own.name}.{number}"
            graph.graph.initializer.append(own)
    return bytes(graph.SerializeToString())
