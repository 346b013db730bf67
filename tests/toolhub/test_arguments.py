from itertools import product
from typing import Any

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


NESTED = {"type": "object", "properties": {"n": {"type": ["integer", "null"]}}, "required": ["n"]}
PARTS = [
    {},
    {"type": "string", "title": "T", "format": "date"},
    {"type": "integer"},
    {"type": "number", "minimum": 1, "maximum": 2},
    {"type": "boolean"},
    {"type": "array", "items": {"type": "string"}},
    {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None},
    {"anyOf": [{"type": "string"}, {"pattern": "^a"}]},
    {"enum": ["a", "b"]},
    {"enum": [1, "a"]},
    {"type": "string", "pattern": "^a"},
    NESTED,
    {"minimum": 1},
    True,
    False,
]
VALUES = ["a", "z", "", 1, 1.0, 1.5, 3, True, False, None, [], ["a"], [1], {}, {"n": 1}, {"n": None}, {"n": "a"}]


def outer(part, additional):
    return {"type": "object", "properties": {"x": part}, "required": ["x"], "additionalProperties": additional}


def test_what_fits_at_a_glance_fits_for_the_validator_whatever_the_schema_and_the_value():
    seen = 0
    for part, additional, value in product(PARTS, [True, False, {"type": "string"}], VALUES):
        check = validator(outer(part, additional))
        choices: list[Any] = [{"x": value}, {"x": value, "y": value}, {"y": value}, {}]
        for arguments in choices:
            if check.fits(arguments):
                seen += 1
                assert check.validator.is_valid(arguments)
    assert seen > 100


def test_a_schema_of_another_age_is_left_to_the_validator():
    old = {
        "$schema": "http://json-schema.org/draft-03/schema#",
        "type": ["any"],
        "properties": {"x": {"required": True}},
    }
    check = validator(old)
    assert not check.fits({"x": 1})
    assert problems({"x": 1}, check) == []


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ({"type": "string"}, "a"),
        ({"type": "integer", "minimum": 1}, 4),
        ({"type": "number"}, 1.5),
        ({"anyOf": [{"type": "string"}, {"type": "null"}], "default": None, "title": "Area"}, None),
        ({"enum": ["inside", "garden"], "type": "string", "description": "Where"}, "garden"),
        ({"type": "array", "items": {"type": "string"}}, ["a", "b"]),
        (NESTED, {"n": None}),
    ],
)
def test_plain_arguments_are_seen_to_fit_at_a_glance(part, value):
    assert validator(outer(part, False)).fits({"x": value})
