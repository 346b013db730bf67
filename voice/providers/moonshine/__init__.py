"""Moonshine speech recognition.

stt           the provider
draft_stt     streaming by drafts, for any recogniser
recogniser    audio -> text
convert       the published weights -> what onnxruntime loads
"""

__all__: list[str] = []
