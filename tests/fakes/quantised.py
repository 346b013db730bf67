"""8-bit models whose sums no processor clips, to compare ours with."""

import numpy as np
import onnx
from onnx import numpy_helper

_WEIGHTS = {"MatMulInteger": (1, 3), "DequantizeLinear": (0, 2)}
"""Inputs that are weights and their zero point."""


def with_unsigned_weights(model: bytes) -> bytes:
    """The same products, but every signed weight and its zero point are 128 higher and unsigned.

    Sums of unsigned products are exact on every processor, whatever onnxruntime is told. Raises ValueError if the model
    has no signed weights.
    """
    proto = onnx.load_from_string(model)
    tensors = {tensor.name: tensor for tensor in proto.graph.initializer}
    signed = 0
    for node in proto.graph.node:
        weight, zero_point = _WEIGHTS.get(node.op_type, (0, 0))
        if zero_point == 0 or not _is_signed(tensors.get(node.input[weight])):
            continue
        signed += 1
        for place in weight, zero_point:
            name = f"{node.input[place]}.unsigned"
            if name not in tensors:
                higher = numpy_helper.to_array(tensors[node.input[place]]).astype(np.int16) + 128
                tensors[name] = numpy_helper.from_array(higher.astype(np.uint8), name)
                proto.graph.initializer.append(tensors[name])
            node.input[place] = name
    if not signed:
        raise ValueError("no signed weights")
    return bytes(proto.SerializeToString())


def _is_signed(tensor: onnx.TensorProto | None) -> bool:
    return tensor is not None and tensor.data_type == onnx.TensorProto.INT8
