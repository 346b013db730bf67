"""onnxruntime sessions as every small model here wants them."""

from pathlib import Path
from typing import TYPE_CHECKING

from voice.errors import ProviderRejected, Stage
from voice.providers.processor import this_machine

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

__all__ = ["open_session"]


def open_session(model: Path | bytes, stage: Stage, provider: str) -> "InferenceSession":
    """Load `model`, a path or what is in it: one thread per call, no spinning. Raises ProviderRejected.

    A second thread makes models of this size hardly faster but more than doubles their CPU time, since waiting threads
    spin (Silero: 232 -> 260 us of wall time, 219 -> 532 us of CPU).

    A quantised model answers the same on every processor: where its products would be clipped, onnxruntime is told to
    use other kernels. Where they are exact anyway those would cost 40 % more time (Smart Turn: 49 -> 72 ms) for the
    same bits.
    """
    # Importing onnxruntime takes over a second of CPU: only who loads a model should pay.
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.x64quantprecision", "0" if this_machine().exact else "1")
    try:
        source = model if isinstance(model, bytes) else str(model)
        return onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        name = provider if isinstance(model, bytes) else model
        raise ProviderRejected(stage, provider, f"cannot load {name}: {error}") from error
