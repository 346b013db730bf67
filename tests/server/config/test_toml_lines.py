"""A key path of a TOML text is found at its line."""

import pytest

from server.config.toml_lines import line_of

TEXT = """mcp = "mcp.json"
[agent]
name = "x"   # a comment
[voice]
idle.after = 3
[voice.llm_options]  # another
"base_url" = "x"
[mcpServers.cafe]
env = { A = "1" }
"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("mcp",), 1),
        (("agent", "name"), 3),
        (("voice", "idle", "after"), 5),
        (("voice", "llm_options"), 6),
        (("voice", "llm_options", "base_url"), 7),
        (("mcpServers", "cafe", "env", "A"), 9),
        (("agent", "instructions"), 2),
        (("nothing",), None),
    ],
)
def test_the_line_is_that_of_the_key_or_of_what_encloses_it(path, line):
    assert line_of(TEXT, path) == line
