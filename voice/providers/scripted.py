"""In-memory twins of every provider: they do what a script says, in the time it says.

They pass the same contract tests as the real ones, run in virtual time, and can be configured like any provider
(`llm = "scripted/echo"`), so that a configuration can be tried without models.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any

import numpy as np
from mcp_types import Tool
from numpy.typing import NDArray

from voice.audio import AudioFrame
from voice.chat import Chat, ToolCall, UserMessage
from voice.errors import ProviderError
from voice.history_budget import CHARACTERS, tokens
from voice.llm import LLMPart, TextDelta, ToolCallBegan, ToolChoice, Usage
from voice.stt import Pause, Transcript
from voice.text.sentences import sentences
from voice.tts import Speech, Word
from voice.turn_detector import UserTurn

__all__ = [
    "ScriptedLLM",
    "ScriptedSTT",
    "ScriptedTTS",
    "ScriptedTurnDetector",
    "ScriptedVAD",
    "ScriptedVADStream",
    "Step",
]

LOUD = 1000
"""Samples above this are speech to the scripted VAD."""

Step = Sequence["str | float | Exception | ToolCall | Mapping[str, Any]"]
"""One answer of the scripted LLM, in order: text, a wait in seconds, a failure, a tool call
({"tool": name, "arguments": {...}} in a configuration file)."""


class ScriptedVAD:
    """Speech is whatever is loud."""

    def __init__(self, model: str = "") -> None:
        self.model = model

    def stream(self, heard: Callable[[float], None], failed: Callable[[ProviderError], None]) -> "ScriptedVADStream":
        """See VAD; answers at once and never fails."""
        return ScriptedVADStream(heard)


class ScriptedVADStream:
    """See VADStream; has no state."""

    def __init__(self, heard: Callable[[float], None]) -> None:
        self._heard = heard

    def push(self, window: NDArray[np.int16], patience: int = 0) -> None:
        """1.0 for loud windows, else 0.0."""
        self._heard(float(window.max() > LOUD or window.min() < -LOUD))

    def close(self) -> None:
        """See VADStream."""


class ScriptedSTT:
    """The n-th utterance is the n-th of `texts`; what stands after a "|" is heard only after the next pause.

    `delay`: seconds from a pause to its final transcript. `stable_after`: seconds of audio after which the text is
    given as stable, None for no partial. A text may be an Exception, raised at the pause instead.
    """

    def __init__(
        self,
        model: str = "",
        *,
        texts: Sequence["str | Exception"] = (),
        delay: float = 0.1,
        stable_after: float | None = None,
    ) -> None:
        self.model = model
        self._texts = list(texts)
        self._delay = delay
        self._stable_after = stable_after
        self.streams = 0

    async def transcribe(self, audio: AsyncIterator[AudioFrame | Pause]) -> AsyncIterator[Transcript]:
        """See STT."""
        self.streams += 1
        text = self._texts.pop(0) if self._texts else ""
        pieces = text.split("|") if isinstance(text, str) else []
        heard, seconds, pauses = "", 0.0, 0
        async for item in audio:
            if isinstance(item, Pause):
                await asyncio.sleep(self._delay)
                if isinstance(text, Exception):
                    raise text
                pauses += 1
                heard = " ".join(piece.strip() for piece in pieces[:pauses]).strip()
                yield Transcript(heard, final=True, stable=True)
                continue
            before, seconds = seconds, seconds + item.duration
            if self._stable_after is not None and before < self._stable_after <= seconds and pieces:
                yield Transcript(pieces[0].strip(), stable=True)


class ScriptedLLM:
    """The n-th request is answered by the n-th of `replies`; when they have run out, by `echo` of the user's words.

    `first_token`: seconds before the first part. `token`: seconds between words.
    """

    def __init__(
        self,
        model: str = "echo",
        *,
        replies: Sequence["str | Step"] = (),
        first_token: float = 0.1,
        token: float = 0.0,
    ) -> None:
        self.model = model
        self._replies: list[Step] = [[reply] if isinstance(reply, str) else list(reply) for reply in replies]
        self._first_token = first_token
        self._token = token
        self.requests: list[Chat] = []
        self.choices: list[ToolChoice] = []

    async def reply(
        self, chat: Chat, tools: Sequence[Tool], tool_choice: ToolChoice = "auto"
    ) -> AsyncIterator[LLMPart]:
        """See LLM."""
        self.requests.append(chat)
        self.choices.append(tool_choice)
        step = self._replies.pop(0) if self._replies else [f"You said: {_last_words(chat)}"]
        await asyncio.sleep(self._first_token)
        written = 0
        for number, part in enumerate(step):
            async for piece in self._play(part, f"call-{len(self.requests)}-{number}"):
                written += len(piece.text) if isinstance(piece, TextDelta) else 0
                yield piece
        yield Usage(tokens(chat.items) + len(chat.instructions) // CHARACTERS, written // CHARACTERS)

    async def _play(self, part: Any, call: str) -> AsyncIterator[LLMPart]:
        match part:
            case Exception():
                raise part
            case float() | int():
                await asyncio.sleep(part)
            case str():
                for number, word in enumerate(_words(part)):
                    if number and self._token:
                        await asyncio.sleep(self._token)
                    yield TextDelta(word)
            case ToolCall():
                yield ToolCallBegan()
                yield part
            case Mapping():
                yield ToolCallBegan()
                yield ToolCall(call, str(part["tool"]), part.get("arguments", {}))


class ScriptedTTS:
    """A hum as long as its text, `rate` characters a second.

    `delay`: seconds before the audio of each segment. `tokens`: speak each piece of text as it comes instead of
    sentences. `timings`: give word timings. `fail`: failures raised by the first segments, None for none.
    """

    def __init__(
        self,
        model: str = "",
        *,
        delay: float = 0.1,
        rate: float = 15.0,
        tokens: bool = False,
        timings: bool = False,
        fail: Sequence["Exception | float | None"] = (),
    ) -> None:
        self.model = model
        self._delay = delay
        self._rate = rate
        self._tokens = tokens
        self._timings = timings
        self._fail = list(fail)

    async def speak(self, text: AsyncIterator[str]) -> AsyncIterator[Speech]:
        """See TTS."""
        async for piece in text if self._tokens else sentences(text):
            failure = self._fail.pop(0) if self._fail else None
            if isinstance(failure, Exception):
                raise failure
            await asyncio.sleep(failure if failure is not None else self._delay)
            yield self._hum(piece)

    def _hum(self, text: str) -> Speech:
        samples = np.full(round(len(text) / self._rate * 24_000), LOUD, dtype=np.int16)
        words: list[Word] = []
        position = 0
        for word in text.split() if self._timings else ():
            start = text.index(word, position)
            position = start + len(word)
            words.append(Word(word, start / self._rate, position / self._rate))
        return Speech(text, AudioFrame(samples, 24_000), tuple(words))


class ScriptedTurnDetector:
    """Answers `probabilities` one after the other, the last for ever, each after `delay` seconds."""

    def __init__(self, model: str = "", *, probabilities: Sequence[float] = (0.9,), delay: float = 0.05) -> None:
        self.model = model
        self._probabilities = list(probabilities)
        self._delay = delay
        self.turns: list[UserTurn] = []

    async def end_of_turn(self, turn: UserTurn) -> float:
        """See TurnDetector."""
        self.turns.append(turn)
        await asyncio.sleep(self._delay)
        return self._probabilities.pop(0) if len(self._probabilities) > 1 else self._probabilities[0]


def _words(text: str) -> list[str]:
    words = text.split(" ")
    return [word if number == 0 else f" {word}" for number, word in enumerate(words)]


def _last_words(chat: Chat) -> str:
    said = [item.text for item in chat.items if isinstance(item, UserMessage)]
    return said[-1] if said else ""
