"""What a user reads when a command stops."""

from pathlib import Path

import pytest

from server.errors import ConfigError, NotReady, Problem, WrongInput

FILE = Path("frontdesk.toml")


@pytest.mark.parametrize(
    ("problem", "line"),
    [
        (Problem(FILE, "voice.llm", "is missing", 7), "frontdesk.toml:7: voice.llm: is missing"),
        (Problem(FILE, "voice.llm", "is missing"), "frontdesk.toml: voice.llm: is missing"),
        (Problem(FILE, "", "is not valid TOML"), "frontdesk.toml: is not valid TOML"),
    ],
)
def test_a_problem_says_where_what_and_why_as_far_as_it_is_known(problem, line):
    assert str(problem) == line


def test_a_wrong_configuration_names_every_problem_in_a_line_of_its_own():
    problems = [Problem(FILE, "a", "is empty", 1), Problem(FILE, "b", "is missing")]
    error = ConfigError(problems)
    assert str(error).splitlines() == [str(problem) for problem in problems]
    assert error.problems == tuple(problems)


def test_what_the_user_gave_ends_with_2_and_what_the_machine_lacks_with_1():
    assert (ConfigError([]).exit_code, WrongInput("x").exit_code, NotReady("x").exit_code) == (2, 2, 1)
