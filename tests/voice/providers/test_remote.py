import pytest

from voice.chat import Chat, ToolCall, ToolResult
from voice.errors import ProviderMisbehaved, ProviderRejected, ProviderUnavailable
from voice.llm import Usage
from voice.providers.remote import CallIds, api_key, counted, quotable, scrubbed, status_failure, tool_call, used_since


@pytest.mark.parametrize("status", [408, 409, 425, 429, 500, 502, 503, 504, 529])
def test_overload_and_server_errors_may_pass_later(status):
    assert isinstance(status_failure("x", status, ""), ProviderUnavailable)


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 413, 422])
def test_refusals_will_not_pass_by_retrying(status):
    assert isinstance(status_failure("x", status, ""), ProviderRejected)


def test_a_success_that_the_sdk_calls_an_error_is_a_broken_protocol():
    assert isinstance(status_failure("x", 200, ""), ProviderMisbehaved)


def test_details_hold_no_key_no_line_breaks_and_are_short():
    said = scrubbed(f"bad key hunter2\nand sk-proj-abc***wxyz{'z' * 500}", "hunter2")
    assert said.startswith("bad key *** and ***")
    assert len(scrubbed("long " * 500, None)) < 400


def test_a_failure_that_holds_the_key_is_not_quoted():
    clean, leaking = ValueError("no"), ValueError("bad key hunter2")
    assert clean is quotable(clean, "hunter2")
    assert quotable(leaking, "hunter2") is None
    assert leaking is quotable(leaking, None)


def test_a_missing_key_names_its_variable(monkeypatch):
    monkeypatch.delenv("SOME_KEY", raising=False)
    with pytest.raises(ProviderRejected, match="SOME_KEY"):
        api_key("x", "SOME_KEY")
    assert api_key("x", "SOME_KEY", required=False) is None


def test_arguments_that_are_no_json_object_become_an_error_the_model_can_be_told():
    assert ToolCall("1", "f", {"a": 1}) == tool_call("1", "f", '{"a": 1}')
    assert ToolCall("1", "f", {}) == tool_call("1", "f", "")
    assert ToolCall("1", "f", {"a": 1}) == tool_call("1", "f", {"a": 1})
    for wrong in ('{"a": ', "[1]", '"a"', "7"):
        call = tool_call("1", "f", wrong)
        assert call.error is not None
        assert call.arguments == {}


def test_a_count_that_is_none_is_nothing():
    usage = {"read": 3, "written": None, "cached": "many"}
    assert [counted(usage, name) for name in ("read", "written", "cached", "other")] == [3, 0, 0, 0]
    assert counted(None, "read") == 0


def test_counts_from_the_beginning_become_what_is_new():
    total, first = used_since(Usage(0, 0), Usage(30, 1, 10))
    assert (total, first) == (Usage(30, 1, 10), [Usage(30, 1, 10)])
    total, second = used_since(total, Usage(0, 5))  # the prompt is not told again
    assert (total, second) == (Usage(30, 5, 10), [Usage(0, 4)])
    assert used_since(total, total) == (total, [])


def test_every_call_gets_an_id_that_the_conversation_has_not_seen():
    ids = CallIds(Chat("", (ToolCall("call_0", "f"), ToolResult("call_0", "f", "ok"))))
    assert ids.own("a") == "a"
    made = [ids.own(sent) for sent in ("a", "call_0", "", None, 7)]
    assert len({*made, "a", "call_0", ""}) == 8
    assert all(len(call) == 9 and call.isalnum() for call in made)
