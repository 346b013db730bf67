import json
from pathlib import Path
from typing import get_args

import pytest
from mcp_types.version import MODERN_PROTOCOL_VERSIONS
from pydantic import ValidationError

from toolhub.config.servers import ServerEntry, ServerSettings, parse_servers, read_servers
from toolhub.errors import ConfigError

FILE = Path("/etc/frontdesk/frontdesk.toml")


def parse(entry, environ=None):
    return parse_servers({"shop": entry}, file=FILE, environ=environ or {})["shop"]


def complaint(entry, environ=None):
    with pytest.raises(ConfigError) as caught:
        parse(entry, environ)
    assert caught.value.server == "shop"
    return str(caught.value)


@pytest.mark.parametrize(
    ("entry", "transport"),
    [
        ({"command": "npx", "args": ["-y", "shop"]}, "stdio"),
        ({"type": "stdio", "command": "npx"}, "stdio"),
        ({"url": "https://shop.example/mcp"}, "http"),
        ({"type": "http", "url": "https://shop.example/mcp"}, "http"),
        ({"transport": "streamable-http", "url": "http://localhost:1/mcp"}, "http"),
        ({"type": "streamableHttp", "url": "http://localhost:1/mcp"}, "http"),
        ({"serverUrl": "https://shop.example/mcp"}, "http"),
        ({"frontdesk": {"module": "shop.server:create"}}, "in-process"),
        ({"command": "npx", "frontdesk": {"module": "shop.server:create"}}, "in-process"),
    ],
)
def test_the_transport_is_inferred_from_what_other_hosts_write(entry, transport):
    assert parse(entry).transport == transport


def test_keys_of_other_hosts_are_kept():
    entry = parse({"command": "npx", "disabled": False, "gallery": {"icon": "${not:ours}"}})
    assert entry.model_extra == {"disabled": False, "gallery": {"icon": "${not:ours}"}}


def test_variables_are_replaced_in_every_field_that_may_hold_them():
    entry = parse(
        {
            "command": "${HOME_OF}/bin/shop",
            "args": ["--key", "${KEY}"],
            "env": {"KEY": "${env:KEY}", "REGION": "${REGION:-eu}"},
            "frontdesk": {"timeout": 5},
        },
        {"HOME_OF": "/opt", "KEY": "k"},
    )
    assert entry.command == "/opt/bin/shop"
    assert entry.args == ("--key", "k")
    assert entry.env == {"KEY": "k", "REGION": "eu"}
    web = parse(
        {"serverUrl": "https://${HOST}/mcp", "headers": {"Authorization": "Bearer ${KEY}"}}, {"HOST": "h", "KEY": "k"}
    )
    assert web.url == "https://h/mcp"
    assert web.headers == {"Authorization": "Bearer k"}
    local = parse({"frontdesk": {"module": "a:b", "options": {"db": "${DB}"}}}, {"DB": "x.sqlite"})
    assert local.frontdesk.options == {"db": "x.sqlite"}


def test_an_unset_variable_is_reported_with_file_server_key_and_remedy():
    with pytest.raises(ConfigError) as caught:
        parse({"command": "npx", "env": {"KEY": "${SHOP_KEY}"}})
    error = caught.value
    assert (error.file, error.server, error.key, error.variable) == (
        str(FILE),
        "shop",
        "mcpServers.shop.env.KEY",
        "SHOP_KEY",
    )
    assert str(error) == (
        f"{FILE}: mcpServers.shop.env.KEY: the environment variable SHOP_KEY is not set; "
        "set it, or write ${SHOP_KEY:-default}"
    )


def test_a_disabled_server_needs_no_variables():
    entry = parse({"command": "npx", "env": {"KEY": "${SHOP_KEY}"}, "frontdesk": {"enabled": False}})
    assert not entry.frontdesk.enabled


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ("npx", "mcpServers.shop: should be a table"),
        ({}, "mcpServers.shop: needs a `command` (stdio), a `url` (streamable HTTP) or a `frontdesk.module`"),
        ({"command": "a", "url": "http://b"}, "has both `command` and `url`"),
        ({"type": "sse", "url": "http://b/sse"}, "the HTTP+SSE transport is not supported"),
        ({"type": "stdio", "url": "http://b"}, "says it is 'stdio' but has no `command`"),
        ({"url": "shop.example"}, "mcpServers.shop.url: should start with http:// or https://"),
        ({"command": "a", "args": "--x"}, "mcpServers.shop.args: "),
        ({"command": "a", "args": ["${input:key}"]}, "mcpServers.shop.args[0]: ${input:key} is not supported"),
        ({"command": "a", "frontdesk": {"timout": 3}}, "frontdesk.timout: unknown key, did you mean timeout?"),
        ({"command": "a", "frontdesk": {"tools": {"alow": []}}}, "tools.alow: unknown key, did you mean allow?"),
        ({"command": "a", "frontdesk": {"timeout": 0}}, "frontdesk.timeout: input should be greater than 0"),
        ({"command": "a", "frontdesk": {"prefix": "my shop"}}, "mcpServers.shop.frontdesk.prefix: "),
        ({"command": "a", "frontdesk": {"protocol": "newest"}}, "input should be 'auto', 'legacy' or '2026-07-28'"),
        ({"frontdesk": {"module": "shop.py"}}, 'frontdesk.module: should look like "package.module:attribute"'),
    ],
)
def test_a_mistake_is_named_with_its_key_and_a_remedy(entry, words):
    message = complaint(entry)
    assert words in message
    assert message.startswith(f"{FILE}: mcpServers.shop")


def test_values_do_not_appear_in_complaints_or_representations():
    environ = {"KEY": "sesame-open-up"}
    assert "sesame" not in complaint({"command": "a", "env": {"KEY": ["${KEY}"]}}, environ)
    assert "sesame" not in complaint({"url": "ftp://${KEY}"}, environ)
    entry = parse({"command": "a", "args": ["${KEY}"], "env": {"KEY": "${KEY}"}, "auth": "sesame"}, environ)
    assert "sesame" not in f"{entry!r} {entry}"


def test_a_relative_folder_counts_from_the_file():
    assert parse({"command": "a", "cwd": "servers"}).cwd == Path("/etc/frontdesk/servers")
    assert parse({"command": "a", "cwd": "/srv"}).cwd == Path("/srv")
    assert parse({"command": "a"}).cwd is None


def test_numbers_in_the_environment_become_text():
    assert parse({"command": "a", "env": {"PORT": 8080}}).env == {"PORT": "8080"}


def test_the_order_of_the_file_is_kept():
    table = {name: {"command": name} for name in ("zebra", "ape", "cat")}
    assert list(parse_servers(table, file=FILE)) == ["zebra", "ape", "cat"]


@pytest.mark.parametrize("key", ["mcpServers", "servers"])
def test_a_json_file_of_another_host_is_read(tmp_path, key):
    path = tmp_path / "mcp.json"
    path.write_text("\ufeff" + json.dumps({"inputs": [], key: {"shop": {"command": "npx"}}}), encoding="utf-8")
    assert list(read_servers(path)) == ["shop"]


@pytest.mark.parametrize(
    "content",
    [
        '{\n // my servers\n "servers": {"a": {"command": "x"}}\n}',
        '{"mcpServers": {"a": {"command": "x"},}}',
    ],
)
def test_a_file_with_comments_or_trailing_commas_is_read(tmp_path, content):
    path = tmp_path / "mcp.json"
    path.write_text(content)
    assert {name: entry.command for name, entry in read_servers(path).items()} == {"a": "x"}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "cannot be read: No such file or directory"),
        ('{\n// mine\n"mcpServers": {} {}}', "is not JSON (line 3, column 18)"),
        ("[]", 'should be an object with "mcpServers" (or "servers") at the top'),
        ('{"mcpServers": []}', "mcpServers: should be a table of servers by name"),
        ('{"servers": {"shop": {}}}', "servers.shop: needs a `command`"),
    ],
)
def test_a_json_file_that_cannot_be_used_is_named(tmp_path, content, words):
    path = tmp_path / "mcp.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(ConfigError) as caught:
        read_servers(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert words in str(caught.value)


def test_entries_are_frozen():
    with pytest.raises(ValidationError):
        ServerEntry(command="a").command = "b"


def test_every_modern_protocol_of_the_sdk_can_be_chosen():
    choices = get_args(ServerSettings.model_fields["protocol"].annotation)
    assert set(choices) == {"auto", "legacy", *MODERN_PROTOCOL_VERSIONS}
