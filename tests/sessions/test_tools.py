"""Whole calls in virtual time: tools."""

from typing import Any

import pytest

from tests.fakes.call import Caller, Outcome, Tools, call
from voice.chat import AgentMessage, ToolCall, ToolResult, UserMessage
from voice.events import AgentSaid, AgentSpeechStarted, Failed, ReplyDiscarded, ToolCallFinished, ToolCallStarted
from voice.policy import Phrases, ReplyPolicy
from voice.providers.scripted import ScriptedLLM, ScriptedSTT, ScriptedTurnDetector

FILLER = Phrases().filler


def ask(tools: Tools, *replies: Any, until: float = 14, **kwargs: Any) -> Outcome:
    """One turn, answered by `replies`."""
    return call(
        Caller([(1.024, 2.048)], until=until),
        ScriptedSTT(texts=["Do it"]),
        ScriptedLLM(replies=replies, first_token=0.1),
        tools=tools,
        **kwargs,
    )


def test_a_tool_call_is_filled_run_and_answered() -> None:
    outcome = ask(Tools({"book": (0.5, "A7")}), [{"tool": "book", "arguments": {"people": 2}}], "Your code is A7.")
    assert (
        UserMessage("Do it"),
        AgentMessage(FILLER),
        ToolCall("call-1-0", "book", {"people": 2}),
        ToolResult("call-1-0", "book", "A7"),
        AgentMessage("Your code is A7."),
    ) == outcome.chat
    assert outcome.at(AgentSpeechStarted)[0] < outcome.at(ToolCallFinished)[0]


def test_text_before_a_call_is_spoken_instead_of_the_filler() -> None:
    outcome = ask(Tools({"book": (0.5, "A7")}), ["Let me see.", {"tool": "book"}], "Done.")
    assert [event.text for event in outcome.of(AgentSaid)] == ["Let me see.", "Done."]


def test_text_of_which_nothing_can_be_heard_does_not_stand_in_for_the_filler() -> None:
    outcome = ask(Tools({"book": (2.0, "A7")}), ["🎉", {"tool": "book"}], "Done.")
    assert [event.text for event in outcome.of(AgentSaid)] == [FILLER, "Done."]
    assert AgentMessage(FILLER) in outcome.chat


def test_without_a_filler_there_is_silence() -> None:
    outcome = ask(Tools({"book": (0.5, "A7")}), [{"tool": "book"}], "Done.", phrases=Phrases(filler=""))
    assert [event.text for event in outcome.of(AgentSaid)] == ["Done."]


def test_calls_run_at_the_same_time_as_they_arrive() -> None:
    tools = Tools({"a": (2.0, "1"), "b": (2.0, "2")})
    outcome = ask(tools, [{"tool": "a"}, 0.5, {"tool": "b"}], "Both.")
    started, finished = outcome.at(ToolCallStarted), outcome.at(ToolCallFinished)
    assert started[1] - started[0] == pytest.approx(0.5, abs=0.01)
    assert finished[1] - started[0] == pytest.approx(2.5, abs=0.01)


def test_a_second_step_may_call_again_with_one_filler() -> None:
    tools = Tools({"search": (0.2, "free"), "book": (0.2, "A7")})
    outcome = ask(tools, [{"tool": "search"}], [{"tool": "book"}], "All done.")
    assert [event.text for event in outcome.of(AgentSaid)] == [FILLER, "All done."]
    assert tools.finished == ["search", "book"]


def test_an_unknown_tool_is_something_the_model_can_read() -> None:
    outcome = ask(Tools({"book": (0.1, "x")}), [{"tool": "fly"}], "I cannot fly.")
    result = next(item for item in outcome.chat if isinstance(item, ToolResult))
    assert result.is_error
    assert "book" in result.text


def test_arguments_that_could_not_be_read_never_reach_the_tool() -> None:
    tools = Tools({"book": (0.1, "x")})
    outcome = ask(tools, [ToolCall("1", "book", {}, error="not JSON")], "Sorry, again?")
    assert tools.begun == []
    assert "not JSON" in next(item.text for item in outcome.chat if isinstance(item, ToolResult))


def test_the_step_limit_ends_in_an_answer() -> None:
    tools = Tools({"book": (0.1, "x")})
    replies = [[{"tool": "book", "arguments": {"n": n}}] for n in range(2)]
    outcome = ask(tools, *replies, "Enough.", reply=ReplyPolicy(max_steps=3))
    assert outcome.llm.choices == ["auto", "auto", "none"]
    assert AgentMessage("Enough.") == outcome.chat[-1]


def test_a_model_that_will_not_stop_calling_gets_an_apology_spoken() -> None:
    tools = Tools({"book": (0.1, "x")})
    replies = [[{"tool": "book", "arguments": {"n": n}}] for n in range(5)]
    outcome = ask(tools, *replies, reply=ReplyPolicy(max_steps=3))
    assert len(tools.begun) == 2
    assert AgentMessage(Phrases().apology) == outcome.chat[-1]
    assert "provider_misbehaved" in [event.code for event in outcome.of(Failed)]


def test_no_tool_of_a_discarded_reply_runs_not_even_one_that_only_reads() -> None:
    tools = Tools({"search": (0.1, "x"), "book": (0.1, "y")}, reads=["search"])
    outcome = call(
        Caller([(1.0, 1.6), (2.2, 3.0)], until=9),
        ScriptedSTT(texts=["Book | no wait"], delay=0.01),
        ScriptedLLM(replies=[[{"tool": "search"}, {"tool": "book"}], "Fine."], first_token=0.0),
        tools=tools,
        detectors={"audio_turn": ScriptedTurnDetector(probabilities=[0.1, 0.1, 0.1, 0.9])},
    )
    assert [ReplyDiscarded(1)] == outcome.of(ReplyDiscarded)
    assert tools.begun == []
    assert (UserMessage("Book no wait"), AgentMessage("Fine.")) == outcome.chat


def test_tools_of_a_prepared_reply_run_at_the_decision_and_not_before() -> None:
    tools = Tools({"book": (0.1, "x")})
    outcome = call(
        Caller([(1.0, 3.0)], until=9),
        ScriptedSTT(texts=["Book"], stable_after=0.3),
        ScriptedLLM(replies=[[{"tool": "book"}], "Done."], first_token=0.0),
        tools=tools,
    )
    assert [pytest.approx(3.2, abs=0.05)] == outcome.at(ToolCallStarted)


@pytest.mark.parametrize("text", ["🎉", "...", " ", "**"])
def test_text_of_which_nothing_is_heard_does_not_stand_in_for_the_filler(text: str) -> None:
    outcome = ask(Tools({"book": (2.0, "ok")}), [text, {"tool": "book"}], "Done.")
    assert [event.text for event in outcome.of(AgentSaid)] == [FILLER, "Done."]
    assert [item.text for item in outcome.chat if isinstance(item, AgentMessage)] == [FILLER, "Done."]


def test_an_answer_of_which_nothing_can_be_said_after_a_tool_is_an_apology() -> None:
    outcome = ask(Tools({"book": (0.5, "ok")}), [{"tool": "book"}], "👍")
    assert " ".join(event.text for event in outcome.of(AgentSaid)) == f"{FILLER} {Phrases().apology}"
