"""Which tools an agent has."""

import pytest
from mcp_types import Tool

from voice.agent import Agent, Models
from voice.providers.scripted import ScriptedLLM

TOOLS = [Tool(name=name, input_schema={"type": "object"}) for name in ("book_table", "book_taxi", "cancel", "Cancel")]


@pytest.mark.parametrize(
    ("patterns", "names"),
    [
        (("*",), ["book_table", "book_taxi", "cancel", "Cancel"]),
        ((), []),
        (("cancel",), ["cancel"]),
        (("cancel", "book_*"), ["book_table", "book_taxi", "cancel"]),
        (("book_ta?i",), ["book_taxi"]),
        (("book",), []),
    ],
)
def test_an_agent_has_the_tools_that_its_patterns_name_in_the_order_of_the_toolbox(
    patterns: tuple[str, ...], names: list[str]
) -> None:
    agent = Agent("waiter", "Be brief.", Models(ScriptedLLM()), tools=patterns)
    assert [tool.name for tool in agent.choose(TOOLS)] == names
    assert [tool.name for tool in TOOLS if agent.has(tool.name)] == names


def test_an_agent_that_names_no_patterns_has_all_tools() -> None:
    assert Agent("waiter", "Be brief.", Models(ScriptedLLM())).choose(TOOLS) == tuple(TOOLS)
