"""What counts as a secret in a configuration, and what must not."""

import pytest

from server.config.secrets import redacted, secrets_in

TOKEN = "abcd" * 6

SECRETS = {
    "an OpenAI key anywhere": {"agent": {"instructions": f"use sk-{TOKEN}"}},
    "a GitHub token": {"voice": {"llm_options": {"x": f"ghp_{TOKEN}"}}},
    "a Slack token": {"mcpServers": {"a": {"args": [f"xoxb-{TOKEN}"]}}},
    "a user and password in a URL": {"mcpServers": {"a": {"url": "https://me:hunter22@host/"}}},
    "a key in a query": {"mcpServers": {"a": {"url": f"https://host/mcp?api_key={TOKEN}"}}},
    "an option called key": {"voice": {"stt_options": {"key": "shorty"}}},
    "a numeric password": {"voice": {"llm_options": {"password": 123456}}},
    "a cookie": {"servers": {"a": {"headers": {"Cookie": "session=abcdef"}}}},
}
HARMLESS = {
    "a name of a variable": {"voice": {"llm_options": {"api_key_env": "MY_KEY"}}},
    "a placeholder": {"mcpServers": {"a": {"headers": {"Authorization": "Bearer ${TOKEN}"}}}},
    "a limit called token": {"mcpServers": {"a": {"env": {"MAX_TOKEN": "100000000"}}}},
    "a limit called tokens": {"voice": {"llm_options": {"max_tokens": 200}}},
    "prose about passwords": {"agent": {"instructions": "Never ask for a password: or a token."}},
    "a number of seconds per token": {"voice": {"llm_options": {"token": 0.05, "first_token": 2}}},
    "a URL with a port": {"voice": {"llm_options": {"base_url": "http://localhost:8080/v1"}}},
}


@pytest.mark.parametrize("data", SECRETS.values(), ids=SECRETS.keys())
def test_a_secret_is_found_once(data):
    assert len(list(secrets_in(data))) == 1


@pytest.mark.parametrize("data", HARMLESS.values(), ids=HARMLESS.keys())
def test_what_is_no_secret_is_let_pass(data):
    assert list(secrets_in(data)) == []


def test_secrets_in_a_text_are_replaced_and_the_rest_stays():
    text = f"https://me:hunter22@host/ refused sk-{TOKEN} (try again)"
    assert redacted(text) == "https***host/ refused *** (try again)"
    assert redacted("late by 3 s: http://localhost:8080/v1") == "late by 3 s: http://localhost:8080/v1"
