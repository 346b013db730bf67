import pytest
from mcp_types import Tool

from voice.chat import CONFIRMED, AgentMessage, Chat, ChatItem, Note, Summary, ToolResult, UserMessage
from voice.providers.llama.grounding import grounded, named

TEXT, COUNT = {"type": "string"}, {"type": "integer"}
BOOK = Tool(
    name="book_table",
    title="Book a table",
    input_schema={
        "type": "object",
        "properties": {
            "date": {"type": "string", "description": 'Day: "tomorrow"'},
            "time": TEXT,
            "people": COUNT,
            "name": TEXT,
            "area": {"enum": ["terrace", "indoors"]},
            "tags": {"type": "array", "items": TEXT},
        },
    },
    _meta={
        "frontdesk/examples": [
            {
                "user": "Is there a table tonight at seven for Miller, four of us?",
                "arguments": {"date": "today", "time": "7 pm", "name": "Miller"},
            }
        ]
    },
)
SEARCH = Tool(name="search_tables", title="Search free tables", input_schema={"type": "object"})
CANCEL = Tool(name="cancel_booking", title="Cancel a booking", input_schema={"type": "object"})
DAYS = Tool(name="next_days", title="The next days", input_schema={"type": "object"})


def made_of(said, **arguments):
    return grounded(arguments, BOOK, Chat("We are Café Linden, open from 8:00 to 18:30.", (UserMessage(said),)))


def test_what_the_user_said_may_be_used():
    assert made_of("For Anna Miller on Sunday.", name="Anna Miller", date="Sunday")
    assert made_of("We come on Sundays.", date="Sunday")


def test_a_name_from_an_example_or_from_nowhere_may_not():
    assert not made_of("I would like a table.", name="Miller")
    assert not made_of("I would like a table.", name="Alice")
    assert not made_of("I would like a table.", tags=["Alice"])


def test_the_name_of_a_parameter_is_no_value():
    assert not made_of("For three people.", name="Three People")


def test_what_the_agent_or_a_tool_said_since_the_user_spoke_may_be_used():
    items: list[ChatItem] = [
        UserMessage("Hi."),
        AgentMessage("Is it Baker?"),
        ToolResult("1", "x", "code tiger 41"),
        UserMessage("Yes."),
    ]
    assert grounded({"name": "tiger 41"}, BOOK, Chat("", tuple(items)))
    assert grounded({"name": "Baker"}, BOOK, Chat("", tuple(items)))


def test_the_agent_s_own_name_and_numbers_in_its_instructions_may_not():
    chat = Chat("You are Lisa, open until 18:30.", (AgentMessage("Lisa speaking."), UserMessage("A table please.")))
    assert not grounded({"name": "Lisa"}, BOOK, chat)
    assert not grounded({"time": "18:30"}, BOOK, chat)


def test_what_a_result_offers_has_not_been_agreed_to_in_the_same_turn():
    chat = Chat("", (UserMessage("At seven, name Lee."), ToolResult("1", "search", "Nothing at 19:00, but at 20:15.")))
    assert grounded({"time": "19:00", "name": "Lee"}, BOOK, chat)
    assert not grounded({"time": "20:15", "name": "Lee"}, BOOK, chat)
    assert grounded({"time": "20:15", "name": "Lee"}, BOOK, chat.plus(AgentMessage("20:15?"), UserMessage("Yes.")))


def test_the_vocabulary_of_the_schema_and_of_the_examples_may_be_used():
    assert made_of("Tonight, outside, at six.", date="today", time="6 pm", area="terrace")


def test_a_value_quoted_in_a_description_may_not():
    assert not made_of("I would like a table.", date="tomorrow")


@pytest.mark.parametrize(
    ("said", "time"),
    [
        ("at six thirty in the evening", "18:30"),
        ("at half past six", "18:30"),
        ("at quarter to seven", "6:45"),
        ("at ten to seven", "18:50"),
        ("at 6:30 p.m.", "18:30"),
        ("at noon", "12:00"),
        ("at eight", "20:00"),
        ("at ten forty-five", "10:45"),
        ("at six thirty five people", "18:30"),
    ],
)
def test_times_said_in_words_may_be_written_in_digits(said, time):
    assert made_of(said, time=time)


@pytest.mark.parametrize("said", ["at seven in the evening", "in the evening", "at nine"])
def test_a_time_nobody_said_may_not(said):
    assert not made_of(said, time="18:30")


def test_a_count_must_be_said_unless_it_is_small():
    assert made_of("for five of us", people=5)
    assert made_of("at six thirty five people", people=5)
    assert made_of("for a hundred and twenty of us", people=120)
    assert made_of("for my wife and me", people=2)
    assert not made_of("for my wife and me", people=3)


def test_a_calendar_date_may_be_worked_out():
    assert made_of("tomorrow please", date="2026-11-24")


def test_truth_values_and_nothing_are_not_checked():
    assert grounded({"a": True, "b": None, "c": 1.5}, BOOK, Chat(""))


def asked(said):
    return [tool.name for tool in named([BOOK, SEARCH, CANCEL, DAYS], Chat("", (UserMessage(said),)))]


def test_a_tool_is_named_by_a_word_that_is_its_own():
    assert asked("Check whether you have room and book it.") == ["book_table"]
    assert asked("Look it up and cancel it.") == ["cancel_booking"]
    assert asked("Is there a table on one of the days to come?") == ["next_days"]


def test_a_word_that_several_tools_share_names_none():
    assert asked("What tables are on the list, and my booking?") == ["cancel_booking"]
    assert asked("Do you have a table?") == []
    assert asked("Is it the one?") == []


def test_a_summary_and_notes_count_though_the_user_has_not_spoken_since():
    for told in (Summary("The caller is Ada."), Note("The caller is Ada.", CONFIRMED), Note("The caller is Ada.")):
        assert grounded({"name": "Ada"}, BOOK, Chat("x", (told, UserMessage("Book it."))))


def test_after_a_result_a_summary_and_confirmed_facts_count_and_other_notes_do_not():
    def booked_for_ada(told):
        return grounded({"name": "Ada"}, BOOK, Chat("x", (told, UserMessage("Book it."), ToolResult("1", "find", "x"))))

    assert booked_for_ada(Summary("The caller is Ada."))
    assert booked_for_ada(Note("The caller is Ada.", CONFIRMED))
    assert not booked_for_ada(Note("The caller is Ada."))
