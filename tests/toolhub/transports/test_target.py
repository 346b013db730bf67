import pytest
from mcp.server import MCPServer

from toolhub.errors import CannotStart
from toolhub.transports.target import load


def make(greeting="hello"):
    return MCPServer(greeting, log_level="WARNING")


def fail(token):
    raise RuntimeError(f"no luck with {token}")


def test_an_object_is_used_as_it_is():
    server = make()
    assert load(server, {}) is server


def test_a_function_is_called_with_the_options():
    assert load(make, {"greeting": "hi"}).name == "hi"


def test_a_path_is_imported_and_its_function_called(tmp_path):
    server = load("mcp_servers.cafe:create", {"db": tmp_path / "cafe.sqlite"})
    assert server.name == "cafe"


@pytest.mark.parametrize(
    ("module", "options", "message"),
    [
        ("no.such.thing:create", {}, "no.such.thing cannot be imported: No module named 'no'"),
        ("mcp_servers.cafe:creat", {}, "mcp_servers.cafe has no 'creat'"),
        ("json:dumps", {"obj": 1}, "json:dumps is no MCP server and makes none (it is a str)"),
        ("mcp_servers.cafe:create", {"database": "x"}, "mcp_servers.cafe:create failed: TypeError: "),
        ("json:decoder", {}, "json:decoder is no MCP server and makes none (it is a module)"),
    ],
)
def test_what_cannot_work_says_why(module, options, message):
    with pytest.raises(CannotStart) as caught:
        load(module, options)
    assert str(caught.value).startswith(message)


def test_the_options_do_not_appear_in_the_message():
    with pytest.raises(CannotStart) as caught:
        load(fail, {"token": "sesame-open-up"})
    assert "no luck with ***" in str(caught.value)
