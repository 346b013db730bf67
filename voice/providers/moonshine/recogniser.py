"""Moonshine on onnxruntime: samples in, tokens out, checking a draft instead of starting from nothing.

Encoder-decoder as in "Moonshine: Speech Recognition for Live Transcription and Voice Commands" (Jeffries et al. 2024,
arXiv:2410.15608), greedy decoding. The draft is the answer for the same audio a moment earlier: the decoder looks at
all of it in one pass, keeps what it would have said itself, and goes on from there token by token. The result is that
of plain greedy decoding; nearly all steps are saved.
"""

import math
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voice.audio import SPEECH_RATE
from voice.errors import ProviderRejected
from voice.providers.onnx_session import open_session
from voice.providers.workers import Stop

__all__ = ["Recogniser", "Tokens", "cut_loop", "modern", "read_vocabulary"]

Tokens = tuple[int, ...]

_BEGIN, _END, _SPECIAL = 1, 2, 3
_TOKENS_PER_SECOND = 6.5
"""English speech does not need more (the authors' own limit); beyond it the decoder has lost its way."""
_SHORTEST = SPEECH_RATE // 10
"""Samples below which the encoder's convolutions have nothing to work on."""
_LOOP = 8
"""Tokens of repetition, twice over at least, that nobody says: the decoder going in circles."""
_SPACE = "▁".encode()
_OLD_SPELLING = re.compile(r"\b(to|good)-(day|morrow|night|bye?)\b", re.IGNORECASE)
"""Moonshine learned from old books too: "to-morrow" for "tomorrow"; language models stumble over it."""

_Arrays = dict[str, NDArray[Any]]


class Recogniser:
    """Thread-safe: keeps nothing between calls. Raises ProviderRejected if the files cannot be loaded."""

    def __init__(self, files: dict[str, Path], provider: str) -> None:
        self._encoder = open_session(files["encoder.int8.onnx"], "stt", provider)
        self._first = open_session(files["decoder_first.int8.onnx"], "stt", provider)
        self._next = open_session(files["decoder_next.int8.onnx"], "stt", provider)
        self._first_names = [output.name for output in self._first.get_outputs()]
        self._next_names = [output.name for output in self._next.get_outputs()]
        self._next_inputs = {value.name for value in self._next.get_inputs()}
        self._vocabulary = read_vocabulary(files["tokenizer.bin"].read_bytes())
        if not self._vocabulary:
            raise ProviderRejected("stt", provider, f"{files['tokenizer.bin']} is empty")

    def text(self, tokens: Tokens) -> str:
        """What the tokens say."""
        known = (self._vocabulary[token] for token in tokens if _SPECIAL <= token < len(self._vocabulary))
        text = b"".join(known).replace(_SPACE, b" ").decode(errors="ignore").strip()
        return modern(text)

    def tokens(self, samples: NDArray[np.float32], draft: Tokens, stopped: Callable[[], bool]) -> Tokens:
        """Transcribe `samples` (float32 in [-1, 1], 16 kHz, shape (n,), at most a minute).

        Blocks; asks `stopped` between steps and raises Stop when it says so.
        """
        if len(samples) < _SHORTEST:
            return ()
        limit = math.ceil(len(samples) / SPEECH_RATE * _TOKENS_PER_SECOND)
        (states,) = self._encoder.run(None, {"input_values": samples[np.newaxis]})
        _check(stopped)
        kept, token, past = self._verify(states, draft[:limit])
        said = list(kept)
        while token != _END and len(said) < limit:
            _check(stopped)
            said.append(token)
            if (whole := cut_loop(said)) != said:
                return tuple(whole)
            token = self._step(states, token, past)
        return tuple(said)

    def _verify(self, states: NDArray[np.float32], draft: Tokens) -> tuple[Tokens, int, _Arrays]:
        """The part of `draft` that stands, the token after it, and the decoder's memory up to there."""
        inputs = {"input_ids": np.array([[_BEGIN, *draft]]), "encoder_hidden_states": states}
        outputs = dict(zip(self._first_names, self._first.run(None, inputs), strict=True))
        best = outputs.pop("logits")[0].argmax(axis=-1)
        agreed = 0
        while agreed < len(draft) and best[agreed] == draft[agreed]:
            agreed += 1
        past = {
            name.replace("present", "past_key_values"): array[:, :, : agreed + 1] if ".decoder." in name else array
            for name, array in outputs.items()
        }
        return draft[:agreed], int(best[agreed]), past

    def _step(self, states: NDArray[np.float32], token: int, past: _Arrays) -> int:
        inputs = {"input_ids": np.array([[token]]), "encoder_hidden_states": states, **past}
        wanted = {name: array for name, array in inputs.items() if name in self._next_inputs}
        outputs = dict(zip(self._next_names, self._next.run(None, wanted), strict=True))
        logits = outputs.pop("logits")
        past.update({name.replace("present", "past_key_values"): array for name, array in outputs.items()})
        return int(logits[0, -1].argmax())


def _check(stopped: Callable[[], bool]) -> None:
    if stopped():
        raise Stop


def cut_loop(tokens: Sequence[int]) -> list[int]:
    """`tokens` without the repetitions at their end, if there are so many that they can only be a loop.

    "no, no, no, no" and a phone number of equal digits stay; three times the same four words do not.
    """
    count = len(tokens)
    for period in range(1, count // 3 + 1):
        repeats = 1
        while tokens[count - period :] == tokens[max(0, count - (repeats + 1) * period) : count - repeats * period]:
            repeats += 1
        if repeats >= 3 and (repeats - 1) * period >= _LOOP:
            return list(tokens[: count - (repeats - 1) * period])
    return list(tokens)


def read_vocabulary(data: bytes) -> list[bytes]:
    """Moonshine's tokenizer.bin: each piece behind its length, one byte, or two with the high bit set (base 128)."""
    pieces = []
    at = 0
    while at < len(data):
        length = data[at]
        at += 1
        if length >= 128:
            length += 128 * data[at] - 128
            at += 1
        pieces.append(data[at : at + length])
        at += length
    return pieces


def modern(text: str) -> str:
    """`text` with "to-morrow", "to-day" and the like in one word."""
    return _OLD_SPELLING.sub(lambda match: match[1] + match[2], text)
