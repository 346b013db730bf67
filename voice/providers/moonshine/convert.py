"""Moonshine as shipped -> Moonshine as it runs fast here: once, after download.

The shipped `.ort` files keep int8 weights behind Cast, Mul and Add, and onnxruntime folds no constants in that format,
so every run dequantises every weight: over 80 ms a token. Here the weights are folded to float, the decoder's `If` is
split into the step without past (first) and the one with past (next), and both are quantised again so that the matrix
products themselves run on int8: 6 ms a token. Vocabulary embeddings stay int8 too, which halves the memory.

Needs `onnx`, and only here.
"""

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import onnx
import onnxruntime as ort
from onnxruntime.quantization import QuantType, quantize_dynamic

__all__ = ["convert"]

_FIRST, _NEXT = "else_branch", "then_branch"


def convert(sources: Mapping[str, Path], target: Path) -> None:
    """Write encoder.int8.onnx, decoder_first.int8.onnx and decoder_next.int8.onnx into `target`.

    `sources`: the catalogue's files of moonshine-base by name. About 15 s of CPU and 1 GB of memory.
    """
    with TemporaryDirectory(dir=target) as scratch:
        work = Path(scratch)
        # From the ORT format first as it is: only what is read as ONNX is folded.
        encoder = _rewritten(sources["encoder_model.ort"], work / "encoder.onnx", fold=False)
        _quantise(_rewritten(encoder, work / "encoder.folded.onnx", fold=True), target / "encoder.int8.onnx")
        decoder = onnx.load(_rewritten(sources["decoder_model_merged.ort"], work / "decoder.onnx", fold=False))
        for branch, name in ((_FIRST, "decoder_first"), (_NEXT, "decoder_next")):
            onnx.save(_branch(decoder, branch), work / f"{name}.onnx")
            folded = _rewritten(work / f"{name}.onnx", work / f"{name}.folded.onnx", fold=True)
            _quantise(folded, target / f"{name}.int8.onnx")


def _rewritten(source: Path, target: Path, *, fold: bool) -> Path:
    """`source` (ONNX or ORT format) as ONNX, its constants folded if asked."""
    options = ort.SessionOptions()
    options.log_severity_level = 3
    options.optimized_model_filepath = str(target)
    levels = ort.GraphOptimizationLevel
    options.graph_optimization_level = levels.ORT_ENABLE_BASIC if fold else levels.ORT_DISABLE_ALL
    ort.InferenceSession(str(source), options, providers=["CPUExecutionProvider"])
    return target


def _branch(merged: onnx.ModelProto, branch: str) -> onnx.ModelProto:
    """The merged decoder with its `If` replaced by one of its branches.

    The step with past hands the encoder's keys and values on unchanged: those outputs are dropped.
    """
    (choice,) = (node for node in merged.graph.node if node.op_type == "If")
    (body,) = (attribute.g for attribute in choice.attribute if attribute.name == branch)
    nodes = [node for node in merged.graph.node if node is not choice] + list(body.node)
    outputs = [output for output in merged.graph.output if branch == _FIRST or ".encoder." not in output.name]
    kept = {output.name for output in outputs}
    for outer, inner in zip(choice.output, body.output, strict=True):
        if outer != inner.name and outer in kept:
            nodes.append(onnx.helper.make_node("Identity", [inner.name], [outer]))
    used = {name for node in nodes for name in node.input}
    graph = onnx.helper.make_graph(
        nodes,
        branch,
        [value for value in merged.graph.input if value.name in used],
        outputs,
        [weight for weight in (*merged.graph.initializer, *body.initializer) if weight.name in used],
    )
    return onnx.helper.make_model(graph, opset_imports=merged.opset_import, ir_version=merged.ir_version)


def _quantise(source: Path, target: Path) -> None:
    model = onnx.load(source)
    # What the quantiser looks for to see that constants were folded; else it warns on the root logger.
    onnx.helper.set_model_props(model, {"onnx.quant.pre_process": "onnxruntime.quant"})
    quantize_dynamic(
        model,
        target,
        op_types_to_quantize=["MatMul", "Gather"],
        per_channel=True,
        weight_type=QuantType.QInt8,
        # The rewritten graph carries no shapes; everything unknown in it is float.
        extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
    )
