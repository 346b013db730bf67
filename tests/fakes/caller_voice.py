"""Somebody to talk to the agent: Piper's voice "joe", so that the caller does not sound like the agent.

Phonemes come from hibari's G2P, which writes English as Kokoro does, rewritten to the IPA that eSpeak makes and the
voice was trained on. No eSpeak, which is GPL, is involved.
"""

import json
import re

import numpy as np
import onnxruntime
from hibari.g2p import G2P

from voice.audio import SPEECH_RATE, AudioFrame, resample, to_int16
from voice.models import ModelStore

_TO_IPA = {
    "A": "eɪ",
    "I": "aɪ",
    "O": "oʊ",
    "W": "aʊ",
    "Y": "ɔɪ",
    "T": "ɾ",
    "ʤ": "dʒ",
    "ʧ": "tʃ",
    "ᵊ": "ə",
    "əɹ": "ɚ",
    "ɜɹ": "ɜː",
    "i": "iː",
    "u": "uː",
    "ɑ": "ɑː",
    "ɔ": "ɔː",
    "ɔɹ": "oːɹ",
    "—": ",",
    "…": ".",
}
_SYMBOLS = re.compile("|".join(sorted(map(re.escape, _TO_IPA), key=len, reverse=True)))
_BEGIN, _PAD, _END = "^", "_", "$"


def to_ipa(phonemes: str) -> str:
    """hibari's phonemes as eSpeak would write them."""
    return _SYMBOLS.sub(lambda match: _TO_IPA[match.group()], phonemes)


class CallerVoice:
    """`noise`: how lively the delivery is, at random; 0 says the same text the same way always.

    `seed`: of that randomness, which onnxruntime has one of for all its models.
    """

    def __init__(self, noise: float = 0.0, seed: int = 0) -> None:
        files = ModelStore().files("piper-joe")
        config = json.loads(files["en_US-joe-medium.onnx.json"].read_text(encoding="utf-8"))
        onnxruntime.set_seed(seed)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(
            str(files["en_US-joe-medium.onnx"]), options, providers=["CPUExecutionProvider"]
        )
        self._ids = config["phoneme_id_map"]
        self._rate = config["audio"]["sample_rate"]
        self._scales = np.array([noise, 1.0, noise], dtype=np.float32)
        self._g2p = G2P()

    def say(self, text: str) -> AudioFrame:
        """16 kHz, with a little silence at both ends."""
        symbols = [_BEGIN, *(symbol for symbol in to_ipa(self._g2p(text)) if symbol in self._ids), _END]
        ids = [number for symbol in symbols for number in (*self._ids[symbol], *self._ids[_PAD])][:-1]
        inputs = {
            "input": np.array([ids], dtype=np.int64),
            "input_lengths": np.array([len(ids)], dtype=np.int64),
            "scales": self._scales,
        }
        (sound,) = self._session.run(None, inputs)
        return resample(AudioFrame(to_int16(sound.reshape(-1)), self._rate), SPEECH_RATE)
