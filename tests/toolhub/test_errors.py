import inspect

import pytest

from toolhub import errors
from toolhub.errors import ConfigError, ServerUnavailable, ToolHubError, ToolNotFound


def test_every_error_has_a_code_of_its_own():
    classes = [c for _, c in inspect.getmembers(errors, inspect.isclass) if issubclass(c, ToolHubError)]
    assert len({c.code for c in classes}) == len(classes)


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (ConfigError("is odd", key="mcpServers.a", file="f.toml"), "f.toml: mcpServers.a: is odd"),
        (ConfigError("is odd"), "is odd"),
        (ToolNotFound("x", []), "There is no tool called 'x'. No tools are available at the moment."),
        (ServerUnavailable("x", "shop", None), "x cannot be used now, the shop server is unavailable."),
    ],
)
def test_messages_are_complete_sentences_or_places(error, message):
    assert str(error) == message
