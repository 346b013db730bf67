from mcp_types import (
    CallToolResult,
    ContentBlock,
    ElicitRequest,
    ElicitRequestFormParams,
    ImageContent,
    InputRequiredResult,
    ListRootsRequest,
    TextContent,
)

from toolhub.errors import ToolTimedOut
from toolhub.results import LONGEST, failed, limited, questions


def texts(*parts: str) -> list[ContentBlock]:
    return [TextContent(type="text", text=part) for part in parts]


def text(block: ContentBlock) -> str:
    assert isinstance(block, TextContent)
    return block.text


def test_a_failure_is_a_result_with_its_message():
    result = failed(ToolTimedOut("bake", 2.5))
    assert result.is_error
    assert text(result.content[0]) == "bake did not answer within 2.5 seconds and was cancelled."


def test_a_result_of_ordinary_size_is_passed_on_as_it_is():
    result = CallToolResult(content=texts("a", "b"), structured_content={"a": 1})
    assert limited(result) is result


def test_text_beyond_the_limit_is_cut_over_all_blocks_and_other_blocks_stay():
    image = ImageContent(type="image", data="", mime_type="image/png")
    result = limited(CallToolResult(content=[*texts("a" * (LONGEST - 10), "b" * 50), image, *texts("c")]))
    first, second, third = result.content
    assert len(text(first)) == LONGEST - 10
    assert text(second) == "b" * 10 + " … (cut here: the result is too long)"
    assert third is image


def test_structured_content_without_text_is_limited_too():
    result = limited(CallToolResult(content=[], structured_content={"rows": ["x" * 100] * 1000}))
    assert text(result.content[0]).endswith("(cut here: the result is too long)")
    assert result.structured_content == {"rows": ["x" * 100] * 1000}


def test_the_questions_of_a_tool_are_its_elicitation_messages():
    form = ElicitRequestFormParams(message="How many?", requested_schema={"type": "object", "properties": {}})
    result = InputRequiredResult(
        result_type="input_required", input_requests={"a": ElicitRequest(params=form), "b": ListRootsRequest()}
    )
    assert questions(result) == ["How many?"]
