"""Whether this machine can hear and speak: the `audio` extra, PortAudio and its devices."""

import importlib
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from server.errors import NotReady
from voice.extras import how_to_install

__all__ = ["describe_devices", "portaudio", "why_no_audio"]


def portaudio() -> ModuleType:
    """The `sounddevice` package. Raises NotReady when it or PortAudio is missing, with the remedy."""
    try:
        return importlib.import_module("sounddevice")
    except ImportError as error:
        raise NotReady(f"no microphone and loudspeaker; {how_to_install('audio')}") from error
    except OSError as error:
        raise NotReady(
            "no microphone and loudspeaker: the PortAudio library is missing "
            "(Debian, Ubuntu: apt install libportaudio2; Fedora: dnf install portaudio; macOS: brew install portaudio)"
        ) from error


def why_no_audio() -> str | None:
    """Why there can be no spoken conversation here; None when there can."""
    try:
        module = portaudio()
    except NotReady as error:
        return str(error)
    missing = [
        what
        for what, channels in (("microphone", "max_input_channels"), ("loudspeaker", "max_output_channels"))
        if not any(device[channels] for device in _devices(module))
    ]
    return f"no {' and no '.join(missing)} is connected" if missing else None


def describe_devices() -> Iterator[str]:
    """A line for PortAudio and each device, or why there are none."""
    try:
        module = portaudio()
    except NotReady as error:
        yield str(error)
        return
    yield f"sounddevice {module.__version__}, {module.get_portaudio_version()[1]}"
    devices = _devices(module)
    chosen_input, chosen_output = module.default.device
    for number, device in enumerate(devices):
        ways = [
            f"{way}{' (default)' if number == default else ''}"
            for way, channels, default in (
                ("microphone", "max_input_channels", chosen_input),
                ("loudspeaker", "max_output_channels", chosen_output),
            )
            if device[channels]
        ]
        yield f"{number:2} {device['name']}: {', '.join(ways)}, {device['default_samplerate']:g} Hz"
    if not devices:
        yield "no audio device"


def _devices(module: ModuleType) -> list[dict[str, Any]]:
    return list(module.query_devices())
