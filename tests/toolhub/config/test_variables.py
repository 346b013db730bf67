import pytest

from toolhub.config.variables import UnknownPlaceholder, UnsetVariable, expand


@pytest.mark.parametrize(
    ("text", "expanded"),
    [
        ("plain", "plain"),
        ("${A}", "apple"),
        ("x${A}y${A}", "xappleyapple"),
        ("${env:A}", "apple"),
        ("${B:-berry}", "berry"),
        ("${EMPTY:-berry}", "berry"),
        ("${EMPTY}", ""),
        ("${B:-}", ""),
        ("${B:-http://h:1/-x}", "http://h:1/-x"),
        ("$A and $ {A}", "$A and $ {A}"),
    ],
)
def test_placeholders_are_replaced_as_in_other_hosts(text, expanded):
    assert expand(text, {"A": "apple", "EMPTY": ""}) == expanded


def test_lists_and_mappings_are_expanded_inside_and_other_values_kept():
    assert expand({"a": ["${A}", 1], "b": {"c": "${A}"}, "d": True}, {"A": "x"}) == {
        "a": ["x", 1],
        "b": {"c": "x"},
        "d": True,
    }


def test_a_value_is_not_expanded_twice():
    assert expand("${A}", {"A": "${B}", "B": "no"}) == "${B}"


def test_an_unset_variable_names_itself_and_its_place():
    with pytest.raises(UnsetVariable) as caught:
        expand({"env": {"TOKEN": "${NOPE}"}}, {}, ("shop",))
    assert (caught.value.name, caught.value.path) == ("NOPE", ("shop", "env", "TOKEN"))


@pytest.mark.parametrize("text", ["${input:key}", "${workspaceFolder}/${input:x}", "${A-b}", "${}"])
def test_placeholders_of_other_hosts_are_refused(text):
    with pytest.raises((UnknownPlaceholder, UnsetVariable)):
        expand(text, {})
