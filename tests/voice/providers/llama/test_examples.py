import itertools

from mcp_types import Tool

from voice.providers.llama.examples import examples, own_examples

OWN = Tool(
    name="search",
    title="Search free tables",
    input_schema={"type": "object", "properties": {"day": {"type": "string"}}, "required": ["day"]},
    _meta={"frontdesk/examples": [{"user": "A table on Friday?", "arguments": {"day": "Friday"}}]},
)
BARE = Tool(
    name="start_return",
    description="Start a return for an order. Only within 30 days.",
    input_schema={
        "type": "object",
        "properties": {
            "order_id": {"type": "string", "description": 'Number, like "1234"'},
            "reason": {"enum": ["broken", "late"]},
            "items": {"type": "array", "items": {"type": "integer", "minimum": 5}},
            "note": {"type": "string"},
        },
        "required": ["order_id", "reason", "items"],
    },
)


def test_a_tool_s_own_examples_are_used():
    (call,) = [example for example in examples([OWN]) if example.tool]
    assert (call.user, call.tool, call.arguments) == ("A table on Friday?", "search", {"day": "Friday"})


def test_a_tool_without_examples_gets_two_from_its_description_and_schema():
    calls = [example for example in examples([BARE]) if example.tool]
    assert [call.arguments for call in calls] == [{"order_id": "1234", "reason": "broken", "items": [5]}] * 2
    assert calls[0].user == "Please start a return for an order: order id 1234, reason broken, items [5]."
    assert calls[1].user.startswith("Can you start a return for an order? The order id is 1234 and the reason is")


def test_for_each_tool_that_needs_something_one_example_asks_for_it():
    asking = [example.answer for example in examples([OWN, BARE]) if "Please tell me" in example.answer]
    assert asking == [
        "Sure. Please tell me the day.",
        "Sure. Please tell me the order id, the reason and the items.",
    ]


def test_calls_and_talk_alternate_so_that_neither_kind_stands_alone_at_the_end():
    kinds = [bool(example.tool) for example in examples([OWN, BARE, OWN, BARE])]
    changes = sum(one != other for one, other in itertools.pairwise(kinds))
    assert changes >= 6


def test_without_tools_there_is_talk_only():
    assert not any(example.tool for example in examples([]))


def test_examples_of_another_shape_are_left_out():
    meta = {"frontdesk/examples": ["no", {"arguments": {}}, {"user": "x", "arguments": [1]}, {"user": "Hi"}]}
    odd = Tool(name="odd", input_schema={"type": "object"}, _meta=meta)
    assert [example.user for example in own_examples(odd)] == ["Hi"]
    assert own_examples(Tool(name="odd", input_schema={"type": "object"}, _meta={"frontdesk/examples": 7})) == []
