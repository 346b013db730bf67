import re

import pytest
from mcp_types import Tool

from toolhub.catalogue import Catalogue, passes, safe_name
from toolhub.config.servers import ServerSettings, ToolFilter
from toolhub.errors import ConfigError

ANYTHING = {"type": "object"}


def tools(*names, schema=ANYTHING):
    return [Tool(name=name, input_schema=schema) for name in names]


def catalogue(**settings):
    return Catalogue({name: ServerSettings(**values) for name, values in settings.items()})


def names(catalogue):
    return [tool.name for tool in catalogue.tools.tools]


def test_names_stay_as_they_are_where_nothing_collides():
    hub = catalogue(a={}, b={})
    hub.update({"b": tools("two"), "a": tools("one", "three")})
    assert names(hub) == ["one", "three", "two"]


def test_all_that_collide_get_their_servers_name():
    hub = catalogue(a={}, b={}, c={})
    hub.update({"a": tools("find", "x"), "b": tools("find"), "c": tools("y")})
    assert names(hub) == ["a_find", "x", "b_find", "y"]
    entry = hub.find("b_find")
    assert (entry.server, entry.name) == ("b", "find")
    assert hub.find("find") is None


def test_a_chosen_prefix_always_applies():
    hub = catalogue(a={"prefix": "left"}, b={})
    hub.update({"a": tools("find"), "b": tools("find")})
    assert names(hub) == ["left_find", "find"]


def test_characters_that_llms_do_not_allow_are_replaced_and_collisions_of_that_found():
    hub = catalogue(**{"my shop": {}, "other": {}})
    hub.update({"my shop": tools("order.new"), "other": tools("order_new")})
    assert names(hub) == ["my_shop_order_new", "other_order_new"]


def test_a_collision_that_no_prefix_solves_names_both_and_the_remedy():
    hub = catalogue(a={}, b={})
    with pytest.raises(ConfigError) as caught:
        hub.update({"a": tools("order.new", "order_new"), "b": []})
    assert caught.value.server == "a"
    assert str(caught.value) == (
        "mcpServers.a: its tool 'order_new' would be called 'a_order_new', like 'order.new' of the a server; "
        "give it another `frontdesk.prefix`, or deny one of them in `frontdesk.tools`"
    )


def test_denying_one_of_them_solves_it():
    hub = catalogue(a={"tools": {"deny": ["order.new"]}})
    hub.update({"a": tools("order.new", "order_new")})
    assert names(hub) == ["order_new"]


def test_a_name_once_given_stays_when_others_come_and_while_its_server_is_away():
    hub = catalogue(a={}, b={})
    hub.update({"b": tools("find")})
    hub.update({"a": tools("find"), "b": tools("find")})
    assert names(hub) == ["a_find", "find"]
    hub.update({"a": tools("find")})
    assert names(hub) == ["a_find"]
    assert hub.server_of("find") == "b"
    hub.update({"b": tools("find"), "a": tools("find")})
    assert names(hub) == ["a_find", "find"]


def test_later_collisions_leave_the_newcomer_out_with_a_warning():
    hub = catalogue(a={"prefix": "x"}, b={"prefix": "x"})
    hub.update({"a": tools("find")})
    hub.update({"a": tools("find"), "b": tools("find", "list")})
    assert names(hub) == ["x_find", "x_list"]
    assert "its tool 'find' would be called 'x_find'" in hub.warnings["b"][0]


def test_filters_are_on_the_servers_own_names_and_deny_wins():
    rule = ToolFilter(allow=("list_*", "find"), deny=("list_secrets",))
    assert [name for name in ("list_a", "list_secrets", "find", "drop") if passes(name, rule)] == ["list_a", "find"]


def test_a_pattern_that_matches_nothing_is_a_warning():
    hub = catalogue(a={"tools": {"deny": ["drpo"]}})
    hub.update({"a": tools("drop")})
    assert hub.warnings == {"a": ("no tool matches 'drpo' in `tools`",)}


def test_a_tool_with_a_broken_schema_is_left_out_with_a_warning():
    hub = catalogue(a={})
    hub.update({"a": [*tools("bad", schema={"type": "objekt"}), *tools("good")]})
    assert names(hub) == ["good"]
    assert "bad is left out: its input schema is wrong" in hub.warnings["a"][0]


def test_a_validator_is_kept_while_the_schema_stays():
    hub = catalogue(a={})
    hub.update({"a": tools("find")})
    first = hub.find("find").arguments
    hub.update({"a": tools("find")})
    assert hub.find("find").arguments is first
    hub.update({"a": tools("find", schema={"type": "object", "required": ["x"]})})
    assert hub.find("find").arguments is not first


def test_the_tool_is_otherwise_passed_on_unchanged():
    tool = Tool(name="a.b", title="A", description="d", input_schema=ANYTHING, _meta={"k": 1})
    hub = catalogue(s={})
    hub.update({"s": [tool]})
    assert hub.tools.tools[0] == tool.model_copy(update={"name": "a_b"})


@pytest.mark.parametrize("name", ["a", "späti.öffnen", "x" * 64, "y" * 200, "", "a/b c"])
def test_safe_names_fit_every_provider(name):
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,64}", safe_name(name))


def test_long_names_that_differ_at_the_end_stay_different():
    assert safe_name("x" * 80 + "1") != safe_name("x" * 80 + "2")


def test_the_revision_changes_exactly_when_the_list_does():
    hub = catalogue(a={}, b={})
    assert (hub.tools.tools, hub.tools.revision) == ((), 0)
    hub.update({"a": tools("find")})
    first = hub.tools
    hub.update({"a": tools("find")})
    assert hub.tools is first
    hub.update({"a": tools("find"), "b": []})
    assert hub.tools is first
    hub.update({"a": tools("find", schema={"type": "object", "required": ["x"]})})
    second = hub.tools
    hub.update({})
    assert len({first.revision, second.revision, hub.tools.revision}) == 3
    assert [tool.name for tool in first.tools] == ["find"]


def test_a_server_can_be_included_later_and_excluded_and_its_names_stay_its_own():
    hub = catalogue(a={})
    hub.update({"a": tools("find")})
    hub.include("b", ServerSettings())
    hub.update({"a": tools("find"), "b": tools("find")})
    assert names(hub) == ["find", "b_find"]
    hub.exclude("a")
    hub.update({"a": tools("find"), "b": tools("find")})
    assert names(hub) == ["b_find"]
    hub.include("c", ServerSettings())
    hub.update({"b": tools("find"), "c": tools("find")})
    assert names(hub) == ["b_find", "c_find"]


def test_beside_another_catalogue_no_name_of_that_one_is_given_and_collisions_are_warnings_from_the_start():
    shared = catalogue(a={}, gone={})
    shared.update({"a": tools("find"), "gone": tools("list")})
    shared.update({"a": tools("find")})
    own = Catalogue({"b": ServerSettings(), "c": ServerSettings(prefix="b")}, beside=shared)
    own.update({"b": tools("find", "list", "x"), "c": tools("find")})
    assert names(own) == ["b_find", "b_list", "x"]
    assert "its tool 'find' would be called 'b_find', like 'find' of the b server" in own.warnings["c"][0]
