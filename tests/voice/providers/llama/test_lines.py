import pytest
from mcp_types import Tool

from voice.providers.llama.lines import asks_for_a_human, question, told_only


def asked(name: str, **schema: object) -> str:
    return question(Tool(name="x", input_schema={"type": "object", "properties": {name: schema}}), name)


@pytest.mark.parametrize(
    ("name", "schema", "line"),
    [
        ("people", {"type": "integer", "description": "How many people"}, "For how many people?"),
        ("date", {"type": "string"}, "For which day?"),
        ("nights", {"type": "integer", "description": "How many nights"}, "How many nights?"),
        ("number_of_bags", {"type": "integer"}, "What is the number of bags?"),
        ("bags", {"type": "integer"}, "How many bags?"),
        ("code", {"description": 'Booking code: a word and a number, like "maple 27"'}, "What is the booking code?"),
        ("patient", {"description": "The full name of the patient."}, "What is the full name of the patient?"),
        ("area", {"enum": ["terrace", "indoors"]}, "Which area: terrace or indoors?"),
        ("kind", {"description": "massage, sauna or facial"}, "Which kind: massage, sauna or facial?"),
        ("deliveryDate", {"type": "string"}, "What is the delivery date?"),
    ],
)
def test_what_is_missing_is_asked_for_in_the_words_of_the_schema(
    name: str, schema: dict[str, object], line: str
) -> None:
    assert asked(name, **schema) == line


def test_a_parameter_that_the_schema_does_not_know_is_asked_for_by_its_name() -> None:
    assert question(Tool(name="x", input_schema={}), "street_name") == "What is the street name?"


def test_who_asks_for_a_human_is_recognised() -> None:
    assert asks_for_a_human("Hello, are you a real person?")
    assert not asks_for_a_human("Are you open?")


def test_a_sentence_that_is_not_quite_the_answer_is_said_to_be_all_that_is_known() -> None:
    assert told_only("Dogs are welcome.") == "I am not sure. What I know is this: Dogs are welcome."
