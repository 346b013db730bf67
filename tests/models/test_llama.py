"""The embedded LLM with its real weights: what it answers is well formed, whatever it says."""

import asyncio
from collections.abc import Iterator

import numpy as np
import pytest
from mcp_types import Tool

from voice.chat import AgentMessage, Chat, ToolCall, ToolResult, UserMessage
from voice.llm import ActsOnlyWhenTold, AnswersOnly, Prefilling, TextDelta, ToolCallBegan, ToolChoice, Usage, Warmable
from voice.providers.llama.engine import LlamaEngine, Timings
from voice.providers.llama.grammar import call_or_text
from voice.providers.llama.lines import NOT_DONE, UNKNOWN
from voice.providers.llama.llm import LlamaCppLLM
from voice.turn_detector import UserTurn

pytestmark = pytest.mark.models

BOOK = Tool(
    name="book_table",
    description="Book a table.",
    input_schema={
        "type": "object",
        "properties": {"people": {"type": "integer", "minimum": 1}, "day": {"type": "string"}},
        "required": ["people", "day"],
    },
    _meta={
        "frontdesk/examples": [{"user": "A table for four on Monday.", "arguments": {"people": 4, "day": "Monday"}}]
    },
)
CHAT = Chat("You are the receptionist of a café.", (AgentMessage("Good day."),))


@pytest.fixture(scope="module")
def llm() -> Iterator[LlamaCppLLM]:
    model = LlamaCppLLM(context=2048)
    asyncio.run(model.warm(CHAT, [BOOK]))
    yield model
    asyncio.run(model.aclose())


async def answer(llm: LlamaCppLLM, chat: Chat, tool_choice: ToolChoice = "auto") -> list[object]:
    async with asyncio.timeout(120):
        return [part async for part in llm.reply(chat, [BOOK], tool_choice)]


def test_a_request_becomes_a_call_that_fits_the_schema(llm: LlamaCppLLM) -> None:
    parts = asyncio.run(answer(llm, CHAT.plus(UserMessage("Please book a table for two on Friday."))))
    assert [type(part) for part in parts if not isinstance(part, Usage)] == [ToolCallBegan, ToolCall]
    [call] = [part for part in parts if isinstance(part, ToolCall)]
    assert call.error is None
    assert call.name == "book_table"
    assert isinstance(call.arguments["people"], int)
    assert isinstance(call.arguments["day"], str)


def test_small_talk_becomes_words_in_several_pieces(llm: LlamaCppLLM) -> None:
    parts = asyncio.run(answer(llm, CHAT.plus(UserMessage("Thank you, that was all."))))
    assert {type(part) for part in parts} == {TextDelta, Usage}
    assert len(parts) > 1
    assert not set("{}[]<>") & set("".join(part.text for part in parts if isinstance(part, TextDelta)))


def test_told_not_to_call_it_answers_in_words(llm: LlamaCppLLM) -> None:
    chat = CHAT.plus(UserMessage("Please book a table for two on Friday."))
    assert said(asyncio.run(answer(llm, chat, "none")))


def test_a_result_is_put_into_words(llm: LlamaCppLLM) -> None:
    call = ToolCall("1", "book_table", {"people": 2, "day": "Friday"})
    chat = CHAT.plus(UserMessage("A table for two on Friday."), call, ToolResult("1", "book_table", "Booked, code 7."))
    assert {type(part) for part in asyncio.run(answer(llm, chat))} == {TextDelta, Usage}


def test_an_answer_nobody_waits_for_frees_the_model(llm: LlamaCppLLM) -> None:
    async def main() -> list[object]:
        async with asyncio.timeout(120):
            parts = llm.reply(CHAT.plus(UserMessage("Tell me a long story about cakes.")), [BOOK], "none")
            await anext(parts)
            await parts.aclose()
            return await answer(llm, CHAT.plus(UserMessage("Hello?")))

    assert asyncio.run(main())


def test_finished_sentences_score_higher_than_unfinished_ones(llm: LlamaCppLLM) -> None:
    finished = ("What are your opening hours?", "I would like a table for two.", "Can I bring my dog?", "Thank you.")
    cut = ("What are your", "I would like a table for", "Can I bring my", "My name is")

    async def score(text: str) -> float:
        return await llm.end_of_turn(UserTurn(text, np.zeros(0, dtype=np.float32), CHAT))

    async def main() -> tuple[list[float], list[float]]:
        return [await score(text) for text in finished], [await score(text) for text in cut]

    high, low = asyncio.run(main())
    assert sum(high) / len(high) > 0.5 > sum(low) / len(low)


def test_what_it_has_read_while_the_user_spoke_is_the_beginning_of_the_prompt(
    llm: LlamaCppLLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    prompts: list[str] = []
    prefill, next_tokens = LlamaEngine.prefill, LlamaEngine.next_tokens

    async def reading(engine: LlamaEngine, prompt: str, grammar: str = "") -> Timings:
        prompts.append(prompt)
        return await prefill(engine, prompt, grammar)

    async def scoring(engine: LlamaEngine, prompt: str) -> dict[str, float]:
        prompts.append(prompt)
        return await next_tokens(engine, prompt)

    monkeypatch.setattr(LlamaEngine, "prefill", reading)
    monkeypatch.setattr(LlamaEngine, "next_tokens", scoring)

    async def main() -> None:
        await llm.prefill(CHAT.plus(UserMessage("I would like to bring my,")), [BOOK])
        await llm.end_of_turn(UserTurn("I would like to bring my old dog.", np.zeros(0, dtype=np.float32), CHAT))

    asyncio.run(main())
    read, asked = prompts
    assert asked == f"{read} old dog"


def test_warming_prepares_the_grammar_of_the_tools(llm: LlamaCppLLM, monkeypatch: pytest.MonkeyPatch) -> None:
    grammars: list[str] = []
    prefill = LlamaEngine.prefill

    async def reading(engine: LlamaEngine, prompt: str, grammar: str = "") -> Timings:
        grammars.append(grammar)
        return await prefill(engine, prompt, grammar)

    monkeypatch.setattr(LlamaEngine, "prefill", reading)
    asyncio.run(llm.warm(CHAT, [BOOK]))
    assert grammars == [call_or_text([BOOK])]


def test_it_can_be_warmed(llm: LlamaCppLLM) -> None:
    assert isinstance(llm, Warmable)
    assert isinstance(llm, Prefilling)


def test_its_calls_need_the_users_yes(llm: LlamaCppLLM) -> None:
    assert isinstance(llm, ActsOnlyWhenTold)


def said(parts: list[object]) -> str:
    """The words of an answer that calls nothing."""
    assert not any(isinstance(part, ToolCall | ToolCallBegan) for part in parts)
    return "".join(part.text for part in parts if isinstance(part, TextDelta))


def test_what_a_call_needs_and_nobody_said_is_asked_for(llm: LlamaCppLLM) -> None:
    assert said(asyncio.run(answer(llm, CHAT.plus(UserMessage("I want to book a table."))))) == "For how many people?"


def test_a_question_calls_nothing_and_what_it_was_not_told_it_does_not_know(llm: LlamaCppLLM) -> None:
    assert said(asyncio.run(answer(llm, CHAT.plus(UserMessage("Do you have gluten free cake?"))))) == UNKNOWN


def test_what_stands_in_the_instructions_is_not_said_otherwise(llm: LlamaCppLLM) -> None:
    chat = Chat("You answer the phone. We are closed on Sunday. The door code is 4711.", ())
    words = said(asyncio.run(answer(llm, chat.plus(UserMessage("What is the door code?")))))
    assert "4711" in words


def test_a_call_that_the_user_said_no_to_is_let_be(llm: LlamaCppLLM) -> None:
    call = ToolCall("1", "book_table", {"people": 2, "day": "Friday"})
    no = ToolResult("1", "book_table", "book_table was not called, the user did not confirm it.", is_error=True)
    assert said(asyncio.run(answer(llm, CHAT.plus(UserMessage("A table for two on Friday."), call, no)))) == NOT_DONE


def test_it_is_for_answers_only(llm: LlamaCppLLM) -> None:
    assert isinstance(llm, AnswersOnly)


def test_it_counts_the_tokens_of_a_prompt_and_those_it_knew_already(llm: LlamaCppLLM) -> None:
    async def main() -> Usage:
        [used] = [
            part for part in await answer(llm, CHAT.plus(UserMessage("Hello?")), "none") if isinstance(part, Usage)
        ]
        return used

    asyncio.run(main())
    again = asyncio.run(main())
    assert again.input_tokens > again.cached_tokens > 0
    assert again.output_tokens > 0
