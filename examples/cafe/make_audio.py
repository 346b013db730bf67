"""How audio/*.wav was made: python -m examples.cafe.make_audio

The caller is the synthetic voice of the tests. The seed is one with which no sentence trails off.
"""

from pathlib import Path

import soundfile

from tests.fakes.caller_voice import CallerVoice

LINES = {
    "01-hours": "Hi, what are your opening hours on Saturday?",
    "02-free": "Do you have a free table for two tomorrow at noon?",
    "03-book": "Great, please book it. My name is Anna Miller.",
    "04-barge": "Sorry, stop. Can I also bring my dog?",
    "05-menu": "Please tell me about your cakes.",
    "06-bye": "Thanks, that is all. Goodbye.",
    "03-yes": "Yes, please.",
}
AUDIO = Path(__file__).parent / "audio"


def main() -> None:
    """Write every line as a 16-bit mono WAV file at 16 kHz."""
    AUDIO.mkdir(exist_ok=True)
    voice = CallerVoice(noise=0.4, seed=2)
    for name, text in LINES.items():
        speech = voice.say(text)
        soundfile.write(AUDIO / f"{name}.wav", speech.samples, speech.rate, subtype="PCM_16")


if __name__ == "__main__":
    main()
