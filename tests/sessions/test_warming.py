"""What a session does ahead of need: it has the LLM read along while the user speaks."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from itertools import pairwise

import pytest
from mcp_types import Tool

from tests.fakes.call import Caller, call
from voice.audio import AudioFrame
from voice.chat import AgentMessage, Chat, UserMessage
from voice.errors import ProviderUnavailable
from voice.events import Failed, ReplyEnded
from voice.providers.scripted import ScriptedLLM
from voice.stt import Pause, Transcript

WORD = 0.3
"""Seconds of audio for a word."""


class SpellingSTT:
    """Hears a word every WORD seconds; the text counts as reliable only in the pause."""

    def __init__(self, *texts: str) -> None:
        self._texts = list(texts)

    async def transcribe(self, audio: AsyncIterator[AudioFrame | Pause]) -> AsyncIterator[Transcript]:
        words, heard, seconds = self._texts.pop(0).split(), 0, 0.0
        async for item in audio:
            if isinstance(item, Pause):
                yield Transcript(" ".join(words), final=True, stable=True)
            else:
                seconds += item.duration
                if seconds >= WORD * (heard + 1) and heard < len(words) - 1:
                    heard += 1
                    yield Transcript(" ".join(words[:heard]))


class ReadingLLM(ScriptedLLM):
    """Notes what it is given to read, which takes it `seconds`."""

    def __init__(self, replies: Sequence[str] = (), seconds: float = 0.0, failure: Exception | None = None) -> None:
        super().__init__(replies=replies)
        self.read: list[Chat] = []
        self._seconds = seconds
        self._failure = failure

    async def prefill(self, chat: Chat, tools: Sequence[Tool]) -> None:
        self.read.append(chat)
        await asyncio.sleep(self._seconds)
        if self._failure:
            raise self._failure

    @property
    def said(self) -> list[str]:
        return [chat.items[-1].text for chat in self.read if isinstance(chat.items[-1], UserMessage)]


def test_the_llm_reads_what_the_user_has_said_so_far_behind_the_conversation() -> None:
    llm = ReadingLLM(["Yes?", "Fine."])
    call(Caller([(1.0, 2.2), (4.0, 5.2)], until=8), SpellingSTT("hello there my friend", "a table for two"), llm)
    assert llm.said == ["hello", "hello there", "hello there my", "a", "a table", "a table for"]
    assert (UserMessage("hello there my friend"), AgentMessage("Yes?")) == llm.read[-1].items[:-1]
    assert len(llm.requests) == 2


def test_it_reads_one_text_at_a_time_and_leaves_out_what_came_meanwhile() -> None:
    llm = ReadingLLM(seconds=0.5)
    call(Caller([(1.0, 3.4)], until=6), SpellingSTT("one two three four five six seven eight"), llm)
    lengths = [len(text.split()) for text in llm.said]
    assert lengths[0] == 1
    assert len(lengths) > 2
    assert all(later - before > 1 for before, later in pairwise(lengths))


def test_what_is_said_over_the_agent_is_not_read_until_it_has_the_floor() -> None:
    """Until then the conversation that it would stand behind is not known."""
    llm = ReadingLLM(["It is a long story and I will tell you all of it.", "All right."])
    call(Caller([(1.0, 1.3), (3.0, 4.5)], until=8), SpellingSTT("tell me", "stop I have another question now"), llm)
    chats = [chat for chat in llm.read if len(chat.items) > 1]
    assert chats
    assert all(isinstance(chat.items[1], AgentMessage) and chat.items[1].interrupted for chat in chats)


@pytest.mark.parametrize("seconds", [0.0, 1000.0])
def test_reading_that_fails_or_never_ends_harms_nobody(seconds: float) -> None:
    llm = ReadingLLM(["Yes."], seconds, ProviderUnavailable("llm", "reader", "gone"))
    outcome = call(Caller([(1.0, 2.2)], until=6), SpellingSTT("hello there my friend"), llm)
    assert outcome.reason == "hangup"
    assert [event.heard for event in outcome.of(ReplyEnded)] == ["Yes."]
    assert {event.stage for event in outcome.of(Failed)} == (set() if seconds else {"llm"})
