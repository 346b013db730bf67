"""What can be heard and spoken with, told from what PortAudio lists."""

from types import SimpleNamespace

import pytest

from server.cli import audio_devices
from server.cli.audio_devices import describe_devices, portaudio, why_no_audio
from server.errors import NotReady

MICROPHONE = {"name": "Desk", "max_input_channels": 1, "max_output_channels": 0, "default_samplerate": 48_000.0}
SPEAKER = {"name": "Box", "max_input_channels": 0, "max_output_channels": 2, "default_samplerate": 44_100.0}
HEADSET = {"name": "Head", "max_input_channels": 1, "max_output_channels": 2, "default_samplerate": 16_000.0}


@pytest.fixture
def devices(monkeypatch):
    """The devices there are; change the list before asking."""
    listed: list[dict[str, object]] = []
    module = SimpleNamespace(
        __version__="0.5",
        get_portaudio_version=lambda: (19, "PortAudio V19"),
        query_devices=lambda: listed,
        default=SimpleNamespace(device=(0, 1)),
    )
    monkeypatch.setattr(audio_devices, "portaudio", lambda: module)
    return listed


@pytest.mark.parametrize(
    ("there", "why"),
    [
        ([HEADSET], None),
        ([MICROPHONE, SPEAKER], None),
        ([MICROPHONE], "no loudspeaker is connected"),
        ([SPEAKER], "no microphone is connected"),
        ([], "no microphone and no loudspeaker is connected"),
    ],
)
def test_a_conversation_needs_a_microphone_and_a_loudspeaker(devices, there, why):
    devices += there
    assert why_no_audio() == why


def test_every_device_is_listed_with_its_rate_and_what_is_chosen(devices):
    devices += [MICROPHONE, SPEAKER, HEADSET]
    assert list(describe_devices()) == [
        "sounddevice 0.5, PortAudio V19",
        " 0 Desk: microphone (default), 48000 Hz",
        " 1 Box: loudspeaker (default), 44100 Hz",
        " 2 Head: microphone, loudspeaker, 16000 Hz",
    ]


def test_a_machine_without_devices_says_so(devices):
    assert list(describe_devices())[-1] == "no audio device"


@pytest.mark.parametrize(("error", "remedy"), [(ImportError, r"-e '\.\[audio\]'"), (OSError, "libportaudio2")])
def test_a_missing_library_is_named_with_the_remedy(monkeypatch, error, remedy):
    def missing(name: str) -> None:
        raise error(name)

    monkeypatch.setattr("importlib.import_module", missing)
    with pytest.raises(NotReady, match=remedy) as refused:
        portaudio()
    assert why_no_audio() == str(refused.value)
    assert list(describe_devices()) == [str(refused.value)]
