"""What is wrong with a table, in words a user can act on."""

import pytest
from pydantic import Field, ValidationError

from server.config.problems import dotted, problem_of, unknown_name
from server.config.section import Section


class Inner(Section):
    colour: str = ""
    size: int = 0


class Outer(Section):
    top: str = ""
    inner: Inner = Inner()
    maybe: Inner | None = None
    named: dict[str, Inner] = Field(default_factory=dict)
    free: dict[str, object] = Field(default_factory=dict)


def problem(table):
    with pytest.raises(ValidationError) as caught:
        Outer.of(table)
    [detail] = caught.value.errors()
    path, message = problem_of(detail, Outer)
    return dotted(path), message


@pytest.mark.parametrize(
    ("table", "key", "message"),
    [
        ({"tob": 1}, "tob", "unknown key; did you mean 'top'?"),
        ({"inner": {"colur": ""}}, "inner.colur", "unknown key; did you mean 'colour'?"),
        ({"maybe": {"colur": ""}}, "maybe.colur", "unknown key; did you mean 'colour'?"),
        ({"named": {"x": {"colur": ""}}}, "named.x.colur", "unknown key; did you mean 'colour'?"),
        ({"colour": ""}, "colour", "unknown key here; did you mean 'inner.colour'?"),
        (
            {"inner": {"topp": ""}},
            "inner.topp",
            "unknown key here; did you mean 'top', at the top of the file, before the first [table]?",
        ),
        ({"named": {"x": {"weight": ""}}}, "named.x.weight", "unknown key; there are: colour, size"),
        ({"named": {"x": {"size": "big"}}}, "named.x.size", "should be a whole number, not text"),
        ({"named": {"x": 3}}, "named.x", "should be a table, not the number 3"),
        ({"maybe": []}, "maybe", "should be a table, not a list"),
    ],
)
def test_the_key_and_the_remedy_are_named(table, key, message):
    assert problem(table) == (key, message)


def test_a_key_is_written_as_in_the_file():
    assert dotted(("mcpServers", "cafe", "args", 1)) == "mcpServers.cafe.args[1]"


def test_a_name_like_none_is_answered_with_all_there_are():
    assert unknown_name("agent", "x", ["reception", "sales"]) == "there is no agent 'x'. There are: reception, sales"
