"""Results as the model gets them. Pure."""

import json
from collections.abc import Mapping

from mcp_types import CallToolResult, ContentBlock, ElicitRequest, InputRequiredResult, TextContent

from toolhub.errors import CallFailed

__all__ = ["CANCELLED", "LONGEST", "NOTHING_DONE", "PENDING", "STILL_RUNNING", "failed", "limited", "questions"]

LONGEST = 20_000
"""Characters of text kept of one result: about 5 000 tokens, more than can be talked about in one turn."""

NOTHING_DONE = "frontdesk/cancelled"
"""In the `_meta` of the result of a call that was cancelled with its reply: there is nothing to tell."""
PENDING = "frontdesk/pending"
"""In the `_meta` of a result that is none yet: `Caller.returned` will bring it."""
CANCELLED = CallToolResult(
    content=[TextContent(type="text", text="(cancelled: the user interrupted)")],
    is_error=True,
    _meta={NOTHING_DONE: True},
)
"""Of a call that was cancelled with its reply."""
STILL_RUNNING = CallToolResult(
    content=[TextContent(type="text", text="(still running; do not call it again, its result will follow)")],
    _meta={PENDING: True},
)
"""Of a call that runs on without its reply."""


def failed(error: CallFailed) -> CallToolResult:
    """The failure as a result, so that the model can say something about it."""
    return CallToolResult(content=[TextContent(type="text", text=str(error))], is_error=True)


def limited(result: CallToolResult) -> CallToolResult:
    """`result` with at most `LONGEST` characters of text, and a note where something was cut."""
    texts = [block.text for block in result.content if isinstance(block, TextContent)]
    if not texts and result.structured_content is not None:
        # What reads a result without text falls back on the structured content: count that.
        texts = [json.dumps(result.structured_content, ensure_ascii=False)]
        if len(texts[0]) > LONGEST:
            dump = TextContent(type="text", text=texts[0])
            result = result.model_copy(update={"content": [*result.content, dump]})
    if sum(map(len, texts)) <= LONGEST:
        return result
    room, content = LONGEST, list[ContentBlock]()
    for block in result.content:
        if isinstance(block, TextContent):
            if room <= 0:
                continue
            length = len(block.text)
            content.append(block if length <= room else _cut(block, room))
            room -= length
        else:
            content.append(block)
    return result.model_copy(update={"content": content})


def _cut(block: TextContent, length: int) -> TextContent:
    return block.model_copy(update={"text": f"{block.text[:length]} … (cut here: the result is too long)"})


def questions(result: InputRequiredResult) -> list[str]:
    """What the tool would like to ask the user."""
    requests: Mapping[str, object] = result.input_requests or {}
    return [request.params.message for request in requests.values() if isinstance(request, ElicitRequest)]
