"""What surrounds the voice: silence, word times, and the extra output. The voice is tested with its weights."""

import numpy as np
import onnx
import onnxruntime
import pytest

from voice.providers.hibari import RATE, HibariTTS, prepared, timed_words, trimmed
from voice.tts import Word


def sound(*parts: tuple[float, float]) -> np.ndarray:
    """(seconds, amplitude) one after the other."""
    return np.concatenate([np.full(round(seconds * RATE), level, dtype=np.float32) for seconds, level in parts])


def test_silence_around_a_sentence_is_cut_to_what_a_speaker_makes():
    kept, skipped = trimmed(sound((0.3, 0.0), (1.0, 0.5), (0.4, 0.001)))
    assert len(kept) / RATE == pytest.approx(1.25, abs=0.001)
    assert skipped / RATE == pytest.approx(0.25, abs=0.001)


def test_silence_inside_a_sentence_stays():
    whole = sound((0.05, 0.0), (0.5, 0.5), (1.0, 0.0), (0.5, 0.5), (0.1, 0.0))
    kept, skipped = trimmed(whole)
    assert (len(kept), skipped) == (len(whole), 0)


def test_nothing_audible_is_nothing():
    kept, skipped = trimmed(sound((0.3, 0.001)))
    assert (len(kept), skipped) == (0, 0)


def test_words_get_their_times_less_what_was_cut():
    words = timed_words(" Hello there.", [(0.3, 0.7), (0.75, 1.2)], 0.25, 0.9)
    assert [word.text for word in words] == ["Hello", "there."]
    assert [(word.start, word.end) for word in words] == [pytest.approx((0.05, 0.45)), pytest.approx((0.5, 0.9))]


def test_words_that_are_not_said_as_written_have_no_times():
    assert timed_words("It is 18:30.", [(0.0, 0.1), (0.1, 0.2), (0.2, 0.5), (0.5, 0.9)], 0.0, 1.0) == ()


def test_times_are_plain_numbers():
    assert timed_words("Yes.", [(0.0, 0.5)], 0.0, 1.0) == (Word("Yes.", 0.0, 0.5),)


@pytest.fixture
def network() -> bytes:
    """Two layers that share their weights: x -> first -> second, as integers."""
    value, node = onnx.helper.make_tensor_value_info, onnx.helper.make_node
    weights = [
        onnx.numpy_helper.from_array(np.array([[127, -128], [100, 1]], dtype=np.int8), "w"),
        onnx.numpy_helper.from_array(np.array(0, dtype=np.int8), "z"),
        onnx.numpy_helper.from_array(np.array(0, dtype=np.uint8), "none"),
    ]
    nodes = [
        node("MatMulInteger", ["x", "w", "none", "z"], ["first"]),
        node("Cast", ["first"], ["inner"], to=onnx.TensorProto.UINT8),
        node("MatMulInteger", ["inner", "w", "none", "z"], ["y"]),
    ]
    inputs, outputs = [value("x", onnx.TensorProto.UINT8, [1, 2])], [value("y", onnx.TensorProto.INT32, [1, 2])]
    graph = onnx.helper.make_graph(nodes, "g", inputs, outputs, weights)
    opset = [onnx.helper.make_opsetid("", 17)]
    model: bytes = onnx.helper.make_model(graph, opset_imports=opset, ir_version=10).SerializeToString()
    return model


def test_an_inner_value_becomes_an_output(network):
    more = onnx.load_from_string(prepared(network, "inner"))
    assert [output.name for output in more.graph.output] == ["y", "inner"]
    assert [node.op_type for node in more.graph.node] == ["MatMulInteger", "Cast", "MatMulInteger"]


@pytest.mark.parametrize("precision", ["0", "1"])
def test_shared_weights_are_no_obstacle_to_other_kernels(network, precision):
    options = onnxruntime.SessionOptions()
    options.add_session_config_entry("session.x64quantprecision", precision)
    session = onnxruntime.InferenceSession(prepared(network, "inner"), options)
    y, inner = session.run(None, {"x": np.array([[1, 0]], dtype=np.uint8)})
    assert inner.tolist() == [[127, 128]]
    assert y.tolist() == [[127 * 127 + 128 * 100, 127 * -128 + 128]]


@pytest.mark.parametrize("speed", [0.0, 0.4, 2.5])
def test_a_speed_nobody_speaks_at_is_refused(speed):
    with pytest.raises(ValueError, match=r"between 0\.5 and 2\.0"):
        HibariTTS(speed=speed)


def test_another_model_is_refused():
    with pytest.raises(ValueError, match="no local TTS model 'kokoro'; there is 'hibari'"):
        HibariTTS("kokoro")
