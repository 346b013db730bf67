"""The converted files are what they should be; that they transcribe is tested elsewhere."""

import onnx
import pytest

from voice.models import ModelStore

pytestmark = pytest.mark.models

NAMES = ("encoder.int8.onnx", "decoder_first.int8.onnx", "decoder_next.int8.onnx")


@pytest.fixture(scope="module", params=NAMES)
def graph(request):
    return onnx.load(ModelStore().files("moonshine-base")[request.param]).graph


def test_matrix_products_run_on_integers(graph):
    operations = [node.op_type for node in graph.node]
    assert operations.count("MatMulInteger") > 40


def test_no_branch_is_left(graph):
    assert "If" not in {node.op_type for node in graph.node}


def test_no_large_weight_is_left_in_float(graph):
    floats = [weight for weight in graph.initializer if weight.data_type == onnx.TensorProto.FLOAT]
    convolutions = {name for node in graph.node if node.op_type == "Conv" for name in node.input}
    assert all(len(weight.raw_data) < 1_000_000 for weight in floats if weight.name not in convolutions)
