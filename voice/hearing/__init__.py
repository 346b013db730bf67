"""From the microphone to what the turn machine should know: voice activity, transcripts, turn detection.

hearing       microphone -> VAD, STT -> the session's inbox
audio_clock   position in the audio -> when it was                      (pure)
sound_level   windows -> how loud; the last sound of speech             (pure)
speech_gate   speech probabilities -> speech started, speech stopped   (pure)
detectors     the turn detectors, asked when the turn machine wants to know
"""

__all__: list[str] = []
