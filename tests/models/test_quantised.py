"""8-bit models answer the same on every processor: each is compared with itself, on this one.

The reference has the same weights as unsigned numbers, whose sums are exact everywhere. Run as its own graph says, it
must answer as the model does in production; without any optimisation it differs by rounding. Clipped sums (kernels for
AVX2 or for AVX512 without VNNI, nothing set) are three times as far from the reference as is allowed here; with what
`open_session` sets those kernels answer bit for bit as the reference does. KleidiAI, which rounds otherwise on ARM, is
off on both sides.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hibari
import numpy as np
import onnxruntime
import pytest
import soundfile
from numpy.typing import NDArray
from onnxruntime import InferenceSession as Session

from tests.fakes.quantised import with_unsigned_weights
from voice.audio import SPEECH_RATE, AudioFrame, resample, to_float
from voice.models import CATALOGUE, ModelStore
from voice.providers.hibari import prepared
from voice.providers.onnx_session import open_session
from voice.providers.smart_turn.detector import features

pytestmark = pytest.mark.models

ROOT = Path(__file__).parents[2]
RECORDED = sorted([*(ROOT / "examples/cafe/audio").glob("*.wav"), *(ROOT / "tests/models/audio").glob("*.wav")])
SPOKEN = 2
"""Of the caller's sentences."""
SAID = ("Your table is booked for Saturday.", "See you soon!", "There is a lovely terrace behind the house, too.")
BEGIN = np.array([[1]])
AFTER = np.array([[450]])
"""A token to go on from, whichever."""
INNER = "/Cast_32_output_0"
"""A value inside the voice."""
OPERATORS = (b"MatMulInteger", b"DequantizeLinear")

Arrays = dict[str, NDArray[Any]]
Floats = list[NDArray[np.float32]]


@dataclass(frozen=True)
class Quantised:
    """A model, what to give it, its output that counts, and how far that may be from the reference."""

    model: bytes
    inputs: list[Arrays]
    output: str
    exact: float
    """Same graph, exact sums. Clipped ones are three times as far."""
    unoptimised: float
    """No optimisation, exact sums."""


@pytest.fixture(scope="module")
def sounds(caller: Mapping[str, AudioFrame]) -> Floats:
    """float32, 16 kHz: recorded and spoken."""
    files = [soundfile.read(path, dtype="int16") for path in RECORDED]
    frames = [resample(AudioFrame(samples, rate), SPEECH_RATE) for samples, rate in files]
    return [to_float(frame.samples) for frame in [*frames, *list(caller.values())[:SPOKEN]]]


def smart_turn(sounds: Floats) -> Quantised:
    """Finished turns and ones cut in the middle of a word."""
    silence = np.zeros(3200, dtype=np.float32)
    turns = [sound[: round(len(sound) * share)] for sound in sounds for share in (1.0, 0.6)]
    inputs = [{"input_features": features(np.concatenate((turn, silence)))[np.newaxis]} for turn in turns]
    model = ModelStore().path("smart-turn-v3.2").read_bytes()
    [output] = Session(model).get_outputs()
    return Quantised(model, inputs, output.name, exact=0.045, unoptimised=0.12)


def moonshine(name: str) -> bytes:
    return ModelStore().files("moonshine-base")[f"{name}.int8.onnx"].read_bytes()


def encoder(sounds: Floats) -> Quantised:
    inputs = [{"input_values": sound[np.newaxis]} for sound in sounds]
    return Quantised(moonshine("encoder"), inputs, "last_hidden_state", exact=0.05, unoptimised=0.1)


def decoder_first(sounds: Floats) -> Quantised:
    heard = encoder(sounds)
    states = answers(Session(heard.model), heard)
    inputs = [{"input_ids": BEGIN, "encoder_hidden_states": state} for state in states]
    return Quantised(moonshine("decoder_first"), inputs, "logits", exact=0.015, unoptimised=0.03)


def decoder_next(sounds: Floats) -> Quantised:
    begun = decoder_first(sounds)
    first, model = Session(begun.model), moonshine("decoder_next")
    names = [output.name.replace("present", "past_key_values") for output in first.get_outputs()]
    wanted = {value.name for value in Session(model).get_inputs()}
    inputs = []
    for given in begun.inputs:
        past = dict(zip(names, first.run(None, given), strict=True))
        inputs.append({name: array for name, array in {**given, **past, "input_ids": AFTER}.items() if name in wanted})
    return Quantised(model, inputs, "logits", exact=0.015, unoptimised=0.03)


def voice(sounds: Floats) -> Quantised:
    engine = hibari.Hibari()
    ids = [engine.ids(phonemes) for text in SAID for phonemes in engine.phonemize(text)]
    inputs = [{"ids": np.array([each]), "speed": np.ones(1, dtype=np.float32)} for each in ids]
    model = prepared(ModelStore().path("hibari").read_bytes(), INNER)
    return Quantised(model, inputs, "phi", exact=0.008, unoptimised=0.04)


@pytest.fixture(scope="module", params=[smart_turn, encoder, decoder_first, decoder_next, voice])
def quantised(request: pytest.FixtureRequest, sounds: Floats) -> Quantised:
    make: Callable[[Floats], Quantised] = request.param
    return make(sounds)


def options(**entries: str) -> onnxruntime.SessionOptions:
    """onnxruntime's own settings on one thread and without KleidiAI, and these."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    for name, value in {"mlas.disable_kleidiai": "1", **entries}.items():
        options.add_session_config_entry(name, value)
    return options


def answers(session: Session, quantised: Quantised) -> Floats:
    return [session.run([quantised.output], given)[0] for given in quantised.inputs]


def distance(some: Floats, others: Floats) -> float:
    """Between the answers, on average over all inputs: of probabilities as they are, else relative to their size."""
    apart = []
    for a, b in zip(some, others, strict=True):
        scale = 1.0 if b.size == 1 else np.sqrt(np.mean(np.square(b, dtype=np.float64)))
        apart.append(np.sqrt(np.mean(np.square(a - b, dtype=np.float64))) / scale)
    return float(np.mean(apart))


@pytest.fixture(scope="module")
def ours(quantised: Quantised) -> Floats:
    """The answers with what `open_session` sets on this processor."""
    options = open_session(quantised.model, "vad", "test").get_session_options()
    options.add_session_config_entry("mlas.disable_kleidiai", "1")
    return answers(Session(quantised.model, options), quantised)


@pytest.fixture(scope="module")
def exact(quantised: Quantised) -> Floats:
    """The answers of exact sums."""
    return answers(Session(with_unsigned_weights(quantised.model), options()), quantised)


def test_answers_are_those_of_exact_sums(quantised: Quantised, ours: Floats, exact: Floats) -> None:
    assert distance(ours, exact) < quantised.exact


def test_they_are_with_the_kernels_of_other_processors_too(quantised: Quantised, exact: Floats) -> None:
    session = Session(quantised.model, options(**{"session.x64quantprecision": "1"}))
    assert distance(answers(session, quantised), exact) < quantised.exact


def test_optimisation_changes_them_by_rounding_only(quantised: Quantised, ours: Floats) -> None:
    unoptimised = options()
    unoptimised.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    reference = Session(with_unsigned_weights(quantised.model), unoptimised)
    assert distance(ours, answers(reference, quantised)) < quantised.unoptimised


def test_no_model_with_integer_weights_is_left_out() -> None:
    files = [(name, path) for name in CATALOGUE for path in ModelStore().files(name).values() if path.suffix == ".onnx"]
    found = {name for name, path in files if any(operator in path.read_bytes() for operator in OPERATORS)}
    assert found == {"smart-turn-v3.2", "moonshine-base", "hibari"}
