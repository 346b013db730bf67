import pytest

from toolhub.arguments import UnusableSchema, problems, validator

SCHEMA = {
    "type": "object",
    "properties": {
        "people": {"type": "integer"},
        "area": {"enum": ["inside", "garden"]},
        "guest": {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]},
    },
    "required": ["people"],
    "additionalProperties": False,
}


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        ({"people": 2}, []),
        ({}, ["'people' is a required property"]),
        ({"people": "two"}, ["people: 'two' is not of type 'integer'"]),
        ({"people": 2, "area": "roof"}, ["area: 'roof' is not one of ['inside', 'garden']"]),
        ({"people": 2, "guest": {}}, ["'name' is a required property of guest"]),
        (
            {"people": 2, "party": 1},
            ["Additional properties are not allowed ('party' was unexpected); the parameters are people, area, guest"],
        ),
    ],
)
def test_what_is_wrong_is_said_in_words_that_name_the_parameter(arguments, found):
    assert problems(arguments, validator(SCHEMA)) == found


def test_three_problems_are_enough():
    schema = {"type": "object", "required": list("abcdef")}
    assert len(problems({}, validator(schema))) == 3


def test_a_schema_that_is_none_is_refused():
    with pytest.raises(UnusableSchema, match="its input schema is wrong: 'objekt' is not valid"):
        validator({"type": "objekt"})


def test_the_dialect_is_2020_12_unless_the_schema_says_otherwise():
    pair = {"properties": {"pair": {"type": "array", "prefixItems": [{"type": "string"}]}}}
    assert problems({"pair": [1]}, validator(pair))
    assert not problems({"pair": [1]}, validator({"$schema": "http://json-schema.org/draft-07/schema#", **pair}))


def test_references_inside_the_schema_work():
    inside = {"properties": {"a": {"$ref": "#/$defs/A"}}, "$defs": {"A": {"type": "string"}}}
    assert problems({"a": 1}, validator(inside)) == ["a: 1 is not of type 'string'"]


@pytest.mark.parametrize(
    "schema",
    [
        {"properties": {"a": {"$ref": "http://127.0.0.1:1/schema.json"}}},
        {"properties": {"a": {"pattern": "^\\p{L}+$"}}},
        {"$ref": "#"},
    ],
)
def test_what_cannot_be_checked_here_is_left_to_the_server(schema):
    assert problems({"a": "x"}, validator(schema)) == []
