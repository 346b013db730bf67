"""llama.cpp with the real weights: caching, stopping, closing. Never how fast, never which words."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path

import pytest
from mcp_types import Tool

from voice.errors import ProviderRejected
from voice.models import ModelStore
from voice.providers.llama.engine import LlamaEngine, Timings
from voice.providers.llama.grammar import call_or_text, text_only

pytestmark = pytest.mark.models

BOUND = 120
PREFIX = "<|im_start|>system\nYou are the receptionist of a café. " + "Be polite to everybody. " * 20 + "<|im_end|>\n"
ASKED = PREFIX + "<|im_start|>user\nTell me a story about cakes.<|im_end|>\n<|im_start|>assistant\n"
RICH = Tool(
    name="a.b/c",
    input_schema={
        "type": "object",
        "properties": {
            "kind": {"enum": ["a", 'b"\\', 3]},
            "guest": {"$ref": "#/$defs/Guest"},
            "sizes": {"type": "array", "items": {"type": "integer", "minimum": 0}, "minItems": 1, "maxItems": 3},
            "note": {"type": "string", "minLength": 1, "maxLength": 20},
            "code": {"type": "string", "pattern": "^[a-z]+ [0-9]+$"},
            "day": {"type": "string", "format": "date"},
            "any": {},
        },
        "required": ["guest"],
        "$defs": {"Guest": {"type": "object", "properties": {"friend": {"$ref": "#/$defs/Guest"}}}},
    },
)


@pytest.fixture(scope="module")
def path() -> Path:
    return ModelStore().path("qwen2.5-coder-0.5b")


@pytest.fixture(scope="module")
def engine(path: Path) -> Iterator[LlamaEngine]:
    engine = LlamaEngine(path, context=1024, threads=2)
    yield engine
    asyncio.run(engine.aclose())


async def answer(engine: LlamaEngine, prompt: str, grammar: str, longest: int = 12) -> tuple[str, Timings]:
    async with asyncio.timeout(BOUND), aclosing(engine.generate(prompt, grammar, longest)) as pieces:
        *text, timings = [piece async for piece in pieces]
    assert isinstance(timings, Timings)
    return "".join(map(str, text)), timings


def test_a_prompt_that_begins_with_one_before_costs_only_what_it_has_more(engine: LlamaEngine) -> None:
    async def main() -> Timings:
        await engine.prefill(PREFIX)
        return (await answer(engine, ASKED, text_only()))[1]

    timings = asyncio.run(main())
    assert timings.cached > 100
    assert timings.prompt < 25


def test_probabilities_of_next_tokens_are_probabilities(engine: LlamaEngine) -> None:
    chances = asyncio.run(engine.next_tokens(PREFIX + "<|im_start|>user\nHow are you"))
    assert len(chances) > 10
    assert 0 < sum(chances.values()) <= 1.001


def test_closing_an_answer_stops_the_model_at_its_next_token(engine: LlamaEngine) -> None:
    async def main() -> Timings:
        async with aclosing(engine.generate(ASKED, text_only(), 500)) as pieces:
            await anext(pieces)
        return (await answer(engine, ASKED, text_only()))[1]

    assert asyncio.run(asyncio.wait_for(main(), BOUND)).generated <= 12


def test_cancelling_the_wait_for_a_long_prompt_stops_it_at_its_next_batch(engine: LlamaEngine) -> None:
    async def main() -> str:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await engine.prefill("word " * 900)
        return (await answer(engine, ASKED, text_only()))[0]

    assert asyncio.run(asyncio.wait_for(main(), BOUND))


def test_two_answers_at_once_do_not_mix(engine: LlamaEngine) -> None:
    async def main() -> list[str]:
        alone, _ = await answer(engine, ASKED, text_only())
        async with asyncio.TaskGroup() as tasks:
            both = [tasks.create_task(answer(engine, ASKED, text_only())) for _ in range(2)]
        return [alone, *(task.result()[0] for task in both)]

    first, *others = asyncio.run(main())
    assert others == [first, first]


def test_a_grammar_of_a_rich_schema_is_understood(engine: LlamaEngine) -> None:
    call, _ = asyncio.run(answer(engine, ASKED, call_or_text([RICH]).replace("call | text", "call"), 40))
    assert call.startswith('{"name": "a.b/c", "arguments": {')


def test_a_prompt_longer_than_the_context_is_rejected(engine: LlamaEngine) -> None:
    with pytest.raises(ProviderRejected, match="context"):
        asyncio.run(answer(engine, "word " * 2000, text_only()))


def test_a_file_that_is_no_model_is_rejected(tmp_path: Path) -> None:
    (tmp_path / "no.gguf").write_bytes(b"no model")
    with pytest.raises(ProviderRejected, match="could not load"):
        LlamaEngine(tmp_path / "no.gguf", context=512, threads=1)


def test_closing_stops_what_runs_ends_its_thread_and_writes_nothing(
    path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    async def main() -> None:
        engine = LlamaEngine(path, context=512, threads=1)
        pieces = engine.generate("<|im_start|>user\nTell me a story.<|im_end|>\n", text_only(), 400)
        await anext(pieces)
        await engine.aclose()
        await pieces.aclose()

    before = {thread for thread in threading.enumerate() if thread.name.startswith("llama")}
    asyncio.run(asyncio.wait_for(main(), BOUND))
    assert {thread for thread in threading.enumerate() if thread.name.startswith("llama")} == before
    assert capfd.readouterr() == ("", "")
