"""Sessions of small models."""

import numpy as np
import onnx
import pytest

from voice.errors import ProviderRejected
from voice.providers.onnx_session import open_session
from voice.providers.processor import Kernels


@pytest.fixture(scope="module")
def negation() -> bytes:
    value = onnx.helper.make_tensor_value_info
    nodes = [onnx.helper.make_node("Neg", ["x"], ["y"])]
    graph = onnx.helper.make_graph(nodes, "g", [value("x", 1, [2])], [value("y", 1, [2])])
    opset = [onnx.helper.make_opsetid("", 17)]
    model: bytes = onnx.helper.make_model(graph, opset_imports=opset, ir_version=10).SerializeToString()
    return model


def test_a_model_comes_from_a_file_or_from_memory(negation, tmp_path):
    path = tmp_path / "negation.onnx"
    path.write_bytes(negation)
    x = np.array([1, 2], dtype=np.float32)
    for model in (path, negation):
        assert open_session(model, "vad", "test").run(None, {"x": x})[0].tolist() == [-1, -2]


def test_a_call_uses_one_thread_and_does_not_spin(negation):
    options = open_session(negation, "vad", "test").get_session_options()
    assert (options.intra_op_num_threads, options.inter_op_num_threads) == (1, 1)
    assert options.get_session_config_entry("session.intra_op.allow_spinning") == "0"


@pytest.mark.parametrize(("exact", "entry"), [(True, "0"), (False, "1")])
def test_kernels_that_clip_sums_are_not_used(negation, monkeypatch, exact, entry):
    monkeypatch.setattr("voice.providers.onnx_session.this_machine", lambda: Kernels("any", exact=exact))
    options = open_session(negation, "vad", "test").get_session_options()
    assert options.get_session_config_entry("session.x64quantprecision") == entry


def test_a_file_that_is_no_model_is_refused_by_name(tmp_path):
    (tmp_path / "broken.onnx").write_bytes(b"not a model")
    with pytest.raises(ProviderRejected, match=r"vad test: cannot load .*broken\.onnx"):
        open_session(tmp_path / "broken.onnx", "vad", "test")
