"""Mistakes in a configuration, in plain words."""

import pytest

from server.config.file import VoiceSection
from server.config.problems import policy_problems, unknown_name
from voice.policy import GatePolicy, ReplyPolicy


@pytest.mark.parametrize(
    ("name", "known", "message"),
    [
        (
            "silerro",
            ["silero", "hibari"],
            "there is no model 'silerro'; did you mean 'silero'? There are: silero, hibari",
        ),
        ("x", ["silero", "hibari"], "there is no model 'x'. There are: silero, hibari"),
        ("x", [], "there is no model 'x'. There are: none"),
    ],
)
def test_an_unknown_name_is_answered_with_the_likely_one_and_all_there_are(name, known, message):
    assert unknown_name("model", name, known) == message


def test_the_defaults_are_in_range():
    assert list(policy_problems(VoiceSection())) == []


@pytest.mark.parametrize(
    ("section", "policy", "problem"),
    [
        ("gate", GatePolicy(threshold=1.5), "should be a probability between 0 and 1, not 1.5"),
        ("reply", ReplyPolicy(max_steps=0), "should be at least 1, not 0"),
        ("reply", ReplyPolicy(stall_timeout=0), "should be more than 0, not 0"),
        ("reply", ReplyPolicy(retries=-1), "should not be negative, not -1"),
        ("gate", GatePolicy(threshold=0.4, release=0.5), "should not be above threshold (0.4)"),
    ],
)
def test_a_number_out_of_range_is_refused_with_the_range(section, policy, problem):
    [(key, message)] = policy_problems(VoiceSection().model_copy(update={section: policy}))
    assert key[:2] == ("voice", section)
    assert message == problem
