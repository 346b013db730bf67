"""From the microphone to what the agenda should know: voice activity, transcripts, turn detection.

hearing       microphone -> VAD, STT -> the session's inbox
audio_clock   place in the audio -> time                            (pure, as are the two that follow)
sound_level   how loud it is, and where inside a window speech ends
speech_gate   speech probabilities -> speech started, speech stopped
detectors     the turn detectors, asked when the agenda wants to know
"""

__all__: list[str] = []
