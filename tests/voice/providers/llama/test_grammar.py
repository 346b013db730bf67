import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mcp_types import Tool

from tests.fakes.guided import Grammar
from voice.providers.llama.grammar import call_only, call_or_text, text_only


def grammar(schema, name="tool"):
    return Grammar(call_or_text([Tool(name=name, input_schema=schema)]))


def called(arguments, name="tool"):
    return json.dumps({"name": name, "arguments": arguments}, ensure_ascii=False)


def allows(schema, arguments):
    return grammar(schema).accepts(called(arguments))


def of(**properties):
    return {"type": "object", "properties": properties}


@pytest.mark.parametrize("text", ["Yes, we are open.", "7 tables are free.", "Grüß Gott, Frau Müller!", "A"])
def test_words_may_be_said(text):
    assert Grammar(text_only()).accepts(text)
    assert grammar({"type": "object"}).accepts(text)


@pytest.mark.parametrize(
    "text", ["", "yes", " Yes", '{"a": 1}', "Yes {", "Use [x]", "A\nB", "A <|im_end|>", "**Bold**"]
)
def test_what_cannot_be_spoken_is_no_text(text):
    assert not Grammar(text_only()).accepts(text)


def test_without_tools_there_is_no_call():
    assert call_or_text([]) == text_only()
    assert not Grammar(text_only()).begins("{")


def test_where_only_a_call_will_do_there_are_no_words():
    one = Grammar(call_only([Tool(name=name, input_schema={"type": "object"}) for name in ("book", "cancel")]))
    assert one.accepts(called({}, "book"))
    assert one.accepts(called({}, "cancel"))
    assert not one.begins("Y")


def test_only_the_named_tools_can_be_called():
    both = Grammar(call_or_text([Tool(name=name, input_schema={"type": "object"}) for name in ("book", "a.b/c")]))
    assert both.accepts(called({}, "book"))
    assert both.accepts(called({}, "a.b/c"))
    assert not both.begins('{"name": "cancel"')


@pytest.mark.parametrize(
    ("schema", "fitting", "wrong"),
    [
        ({"type": "string"}, ["", "hi", 'a "quote" \\ and\n', "ü", "{"], [1, None, ["a"]]),
        ({"type": "integer"}, [0, -3, 42], ["1", 1.5, None]),
        ({"type": "integer", "minimum": 1}, [2], [-1, 0]),
        ({"type": "integer", "minimum": 1, "maximum": 12}, [1, 12], [0, 13]),
        ({"type": "number", "exclusiveMinimum": 0}, [0.5], [0, -1]),
        ({"type": "number"}, [0, -1.5, 3], ["1"]),
        ({"type": "boolean"}, [True, False], ["true", 1]),
        ({"type": "null"}, [None], [0]),
        ({"enum": ["a", 1, None]}, ["a", 1, None], ["b", 2]),
        ({"const": "x"}, ["x"], ["y"]),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, ["a", None], [1]),
        ({"oneOf": [{"type": "integer"}, {"const": "all"}]}, [1, "all"], ["some"]),
        ({"type": ["string", "null"]}, ["a", None], [1]),
        ({"type": "string", "minLength": 2, "maxLength": 3}, ["ab", "abc"], ["a", "abcd"]),
        ({"type": "string", "pattern": "^[a-z]+ [0-9]{1,2}$"}, ["maple 27"], ["maple", "maple 270", "Maple 27"]),
        ({"type": "string", "format": "date"}, ["2026-11-24"], ["tomorrow", "2026-13-24"]),
        ({"type": "string", "not": {"const": "x"}}, ["a"], [1]),
        ({"enum": ["a" * 150]}, ["a" * 150], ["a"]),
        ({"type": "array", "items": {"type": "integer"}}, [[], [1], [1, 2, 3]], [["a"], 1]),
        ({"type": "array", "items": {"type": "integer"}, "minItems": 1, "maxItems": 2}, [[1], [1, 2]], [[], [1, 2, 3]]),
        ({"type": "array"}, [[1, "a", {"b": [None]}]], ["a"]),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, [{}, {"a": 1, "b": 2}], [{"a": "x"}]),
        ({"allOf": [{"type": "integer"}]}, [1], ["a"]),
        ({}, [1, "a", None, {"a": [True]}], []),
        (True, [1, "a"], []),
    ],
    ids=str,
)
def test_values_follow_their_schema(schema, fitting, wrong):
    rules = grammar(of(value=schema) | {"required": ["value"]})
    assert [value for value in fitting if not rules.accepts(called({"value": value}))] == []
    assert [value for value in wrong if rules.accepts(called({"value": value}))] == []


def test_required_properties_must_be_there_and_others_may():
    schema = of(a={"type": "integer"}, b={"type": "integer"}, c={"type": "integer"}) | {"required": ["b"]}
    for arguments in ({"b": 1}, {"a": 1, "b": 1}, {"b": 1, "c": 1}, {"a": 1, "b": 1, "c": 1}):
        assert allows(schema, arguments)
    for arguments in ({}, {"a": 1}, {"a": 1, "c": 1}, {"b": 1, "d": 1}):
        assert not allows(schema, arguments)


def test_when_all_are_optional_every_combination_is_possible():
    schema = of(a={"type": "integer"}, b={"type": "integer"}, c={"type": "integer"})
    names = ("a", "b", "c")
    for bits in range(8):
        assert allows(schema, {name: 1 for position, name in enumerate(names) if bits >> position & 1})


def test_nested_objects_and_references_are_followed():
    schema = of(guest={"$ref": "#/$defs/Guest"}) | {
        "required": ["guest"],
        "$defs": {"Guest": of(name={"type": "string"}, friend={"$ref": "#/$defs/Guest"}) | {"required": ["name"]}},
    }
    assert allows(schema, {"guest": {"name": "Ann", "friend": {"name": "Bob"}}})
    assert not allows(schema, {"guest": {"friend": {"name": "Bob"}}})
    assert not allows(schema, {"guest": "Ann"})


def test_parts_of_an_object_are_put_together():
    part = of(a={"type": "integer"}) | {"required": ["a"]}
    whole = of(value={"allOf": [part, of(b={"type": "integer"}) | {"required": ["b"]}]}) | {"required": ["value"]}
    assert allows(whole, {"value": {"a": 1, "b": 2}})
    assert not allows(whole, {"value": {"a": 1}})


def test_a_tool_without_arguments_gets_none():
    for schema in ({"type": "object"}, of(), of() | {"additionalProperties": False}):
        assert allows(schema, {})
        assert not allows(schema, {"a": 1})


def test_names_that_need_escaping_are_written_as_json_writes_them():
    assert grammar(of(**{'a "b"\\': {"const": 'c"\\'}}), 'odd"name').accepts(called({'a "b"\\': 'c"\\'}, 'odd"name'))


def test_parts_that_share_an_object_do_not_shut_each_other_out():
    base = of(a={"type": "integer"})
    more = of(b={"type": "integer"})
    for whole in (
        {"allOf": [base, more]},
        {"allOf": [{"$ref": "#/$defs/Base"}, more], "$defs": {"Base": base}},
        base | {"anyOf": [more]},
    ):
        assert allows(whole, {"a": 1, "b": 2})
        assert not allows(whole, {"a": 1, "b": "x"})


def test_properties_that_are_not_named_are_left_out_though_the_schema_allows_them():
    for schema in (of(a={}), of(a={}) | {"additionalProperties": True}):
        assert not allows(schema, {"a": 1, "b": 2})
    assert not allows(of(a={"anyOf": [of(b={}), {"type": "null"}]}), {"a": {"c": 1}})


def test_strings_and_arrays_without_a_limit_end_all_the_same():
    assert not allows(of(a={"type": "string"}), {"a": "x" * 500})
    assert not allows(of(a={"type": ["array", "null"]}), {"a": [1] * 100})


def test_a_property_that_cannot_be_read_is_any_value_and_the_others_keep_their_schemas():
    schema = of(a={"type": "string", "pattern": "^(?!x)"}, b={"type": "integer"}) | {"required": ["a", "b"]}
    assert allows(schema, {"a": "y", "b": 1})
    assert not allows(schema, {"a": "y", "b": "z"})
    assert not allows(schema, {"a": "y"})


@pytest.mark.parametrize(
    "schema",
    [
        of(a={"type": "colour"}) | {"required": ["b"], "additionalProperties": False},
        of(a=None),
        of(a={"type": [{}], "anyOf": 1}),
        {"properties": [1]},
        {"$ref": "#/$defs/A", "$defs": {"A": {"$ref": "#/$defs/A"}}},
    ],
    ids=str,
)
def test_a_schema_that_is_wrong_leaves_the_tool_callable(schema):
    assert grammar(schema).begins('{"name": "tool", "arguments": {')


KEYWORDS = (
    *("type", "properties", "required", "additionalProperties", "items", "enum", "const", "anyOf", "oneOf", "allOf"),
    *("$ref", "$defs", "pattern", "format", "minimum", "maxLength", "minLength", "minItems", "maxItems", "not"),
)
VALUES = ("string", "integer", "array", "object", "#/$defs/a", "#", "^[a-z]+$", "date", True, None, -1, 0, 3, 1.5)
SCHEMAS = st.recursive(
    st.sampled_from(VALUES),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from((*KEYWORDS, "a", "b")), inner),
    max_leaves=12,
)


@settings(max_examples=100)
@given(st.dictionaries(st.sampled_from(KEYWORDS), SCHEMAS))
def test_a_tool_can_be_called_whatever_its_schema_is(schema):
    assert grammar(schema).begins('{"name": "tool", "arguments": {')


def test_a_reference_to_nowhere_is_any_value():
    assert allows(of(a={"$ref": "https://example.org/schema"}) | {"required": ["a"]}, {"a": [1]})
