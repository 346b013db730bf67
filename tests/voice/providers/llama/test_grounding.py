import pytest
from mcp_types import Tool

from voice.chat import CONFIRMED, AgentMessage, Chat, ChatItem, Note, Summary, ToolResult, UserMessage
from voice.providers.llama.grounding import Fitted, fitted, options_of, properties, unsaid, words

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
            "nights": COUNT,
            "name": TEXT,
            "code": TEXT,
            "area": {"enum": ["terrace", "indoors"]},
            "tags": {"type": "array", "items": TEXT},
            "where": {"type": "object", "properties": {"city": TEXT}},
            "note": TEXT,
        },
    },
    _meta={
        "frontdesk/examples": [
            {
                "user": "Is there a table tonight at seven for Miller, four of us?",
                "arguments": {"date": "today", "time": "7 pm", "name": "Miller", "note": "aisle"},
            }
        ]
    },
)
NEEDS = Tool(name="book", input_schema=BOOK.input_schema | {"required": ["date", "time", "people", "name"]})
PROMPT = (
    "We are Café Linden, open from 8:00 to 18:30. Today is Monday 23 November 2026 = 2026-11-23. tomorrow, Tuesday."
)


def made_of(said, **arguments):
    """What remains of `arguments` when the user said `said`."""
    fit = fitted(arguments, BOOK, Chat(PROMPT, (UserMessage(said),)))
    return {name: fit.arguments.get(name) for name in arguments}


def test_what_the_user_said_may_be_used():
    given = {"name": "Anna Miller", "date": "Sunday"}
    assert made_of("For Anna Miller on Sunday.", **given) == given


@pytest.mark.parametrize("value", ["Miller", "Alice"])
def test_a_name_from_an_example_or_from_nowhere_may_not(value):
    assert made_of("I would like a table.", name=value, tags=[value], where={"city": value}) == {
        "name": None,
        "tags": None,
        "where": None,
    }


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("Do you have gluten free cake?", "gluten free cake"),
        ("For three people on Friday.", "three people"),
        ("Book a table please.", "table"),
        ("Book it for tomorrow.", "tomorrow"),
    ],
)
def test_words_that_nobody_gave_as_a_name_are_none(said, name):
    assert made_of(said, name=name) == {"name": None}


@pytest.mark.parametrize(
    ("said", "name"),
    [("the name is baker", "baker"), ("Under Lopez please.", "Lopez"), ("Nina Berg here, please book.", "Nina Berg")],
)
def test_a_name_is_introduced_or_has_capitals(said, name):
    assert made_of(said, name=name) == {"name": name}


def test_the_answer_to_a_question_for_the_name_is_one():
    chat = Chat("", (UserMessage("A table."), AgentMessage("What is the name?"), UserMessage("baker")))
    assert fitted({"name": "baker"}, BOOK, chat).arguments["name"] == "baker"


def test_the_agent_s_own_name_and_numbers_in_its_instructions_may_not_be_used():
    chat = Chat("You are Lisa, open until 18:30.", (AgentMessage("Lisa speaking."), UserMessage("A table please.")))
    assert fitted({"name": "Lisa", "time": "18:30"}, BOOK, chat) == Fitted({})


def test_what_a_result_offers_has_not_been_agreed_to_in_the_same_turn():
    chat = Chat("", (UserMessage("A table."), ToolResult("1", "search", "Nothing at 19:00, but at 20:15.")))
    assert fitted({"time": "20:15"}, BOOK, chat).arguments == {}
    later = chat.plus(AgentMessage("There is one at 20:15?"), UserMessage("Yes."))
    assert fitted({"time": "20:15"}, BOOK, later).arguments == {"time": "20:15"}


def test_a_name_or_a_count_that_only_a_tool_or_the_agent_told_is_nobodys():
    told = (UserMessage("Free?"), ToolResult("1", "s", "4 tables for 2 people, for example Window."))
    chat = Chat("", (*told, AgentMessage("Two people can sit at Window."), UserMessage("Book it, my name.")))
    assert fitted({"name": "Window", "people": 2}, BOOK, chat).arguments == {}
    asked = Chat("", (UserMessage("A table."), AgentMessage("For two people, Ms. Baker?"), UserMessage("Yes.")))
    assert fitted({"name": "Baker", "people": 2}, BOOK, asked).arguments == {"name": "Baker", "people": 2}


def test_a_value_quoted_in_a_description_may_not_be_used():
    assert made_of("I would like a table.", date="tomorrow") == {"date": None}


def test_the_vocabulary_of_the_schema_and_of_the_examples_may_be_used_in_plain_texts():
    assert made_of("Outside.", area="terrace", note="aisle") == {"area": "terrace", "note": "aisle"}


@pytest.mark.parametrize(
    ("said", "time"),
    [
        ("at six thirty in the evening", "18:30"),
        ("at half past six", "18:30"),
        ("at quarter to seven", "6:45"),
        ("at noon", "12:00"),
        ("at eight", "20:00"),
    ],
)
def test_times_said_in_words_may_be_written_in_digits(said, time):
    assert made_of(said, time=time) == {"time": time}


def test_a_time_that_takes_up_an_offer_is_in_the_half_of_the_day_of_the_offer():
    chat = Chat("", (UserMessage("Hi."), AgentMessage("There is 10:00 and 16:00."), UserMessage("At four.")))
    assert fitted({"time": "4:00"}, BOOK, chat).arguments == {"time": "16:00"}


@pytest.mark.parametrize("said", ["in the evening", "for six of us", "the code is maple 12", "tomorrow"])
def test_a_time_nobody_said_may_not(said):
    assert made_of(said, time="12:00") == {"time": None}


def test_what_the_user_said_counts_where_the_model_writes_another_value():
    assert made_of("A table for six at seven pm on Friday.", time="18:00", people=2, date="Sunday") == {
        "time": "19:00",
        "people": 6,
        "date": "friday",
    }


def test_a_number_counts_what_it_was_said_of():
    said = "Two nights for three guests at six."
    assert made_of(said, people=2, nights=6) == {"people": 3, "nights": 2}


@pytest.mark.parametrize("people", [1, 2, 12])
def test_no_count_is_free(people):
    assert made_of("A table tomorrow at noon.", people=people) == {"people": None}


def test_a_pair_is_two():
    assert made_of("for my wife and me", people=3) == {"people": 2}


def test_a_calendar_date_must_be_the_day_that_was_said():
    assert made_of("tomorrow please", date="2026-11-24") == {"date": "2026-11-24"}
    assert made_of("tomorrow please", date="2026-11-25") == {"date": "tomorrow"}


def test_a_date_that_must_be_one_is_worked_out():
    tool = Tool(name="x", input_schema={"properties": {"date": {"type": "string", "format": "date"}}})
    chat = Chat(PROMPT, (UserMessage("On Friday."),))
    assert fitted({"date": "2026-01-01"}, tool, chat).arguments == {"date": "2026-11-27"}


def test_a_code_counts_to_the_letter_however_it_is_written():
    assert made_of("The code is maple twenty-seven.", code="Maple-27") == {"code": "Maple-27"}
    assert made_of("Number four seven two nine one.", code="four seven two nine one") == {"code": "47291"}
    assert made_of("The code is maple 27.", code="maple 2") == {"code": None}
    assert made_of("What was the booking code?", code="booking") == {"code": None}


def test_a_time_that_the_model_left_out_goes_in():
    assert fitted({}, BOOK, Chat("", (UserMessage("To Friday at eight pm."),))).arguments == {
        "date": "friday",
        "time": "20:00",
    }


def test_what_is_required_and_was_not_said_is_missing_in_the_order_of_the_schema():
    chat = Chat("", (UserMessage("A table for two."),))
    assert fitted({"name": "Lee", "date": "today", "time": "12:00", "people": 4}, NEEDS, chat) == Fitted(
        {"people": 2}, ("date", "time", "name")
    )


def test_what_nobody_can_have_said_is_known_without_the_model():
    chat = Chat("", (UserMessage("A table for two."),))
    assert unsaid(NEEDS, chat) == ["date", "time"]
    cancel = Tool(name="cancel", input_schema={"properties": {"code": TEXT}, "required": ["code"]})
    assert unsaid(cancel, Chat("", (UserMessage("Cancel it."),))) == ["code"]
    assert unsaid(cancel, Chat("", (UserMessage("Cancel maple 27."),))) == []


def test_one_of_the_options_of_a_schema_or_a_description_is_the_one_that_was_said():
    listed = {"kind": {"type": "string", "description": "massage, sauna or facial"}, "area": {"enum": ["in", "out"]}}
    tool = Tool(name="x", input_schema={"properties": listed})
    chat = Chat("", (UserMessage("A facial, and out in the garden."),))
    assert fitted({"kind": "massage", "area": "terrace"}, tool, chat).arguments == {"kind": "facial"}
    assert fitted({"kind": "facial", "area": "out"}, tool, chat).arguments == {"kind": "facial", "area": "out"}
    assert fitted({"kind": "sauna", "area": "in"}, tool, Chat("", (UserMessage("Hi."),))).arguments == {"area": "in"}
    assert options_of({"description": "The city or the town where it goes"}) == []


def test_truth_values_are_not_checked_and_empty_values_are_left_out():
    assert fitted({"a": True, "note": "", "tags": []}, BOOK, Chat("")).arguments == {"a": True}


@pytest.mark.parametrize(
    "told", [Summary("Her name is Ada."), Note("Her name is Ada.", CONFIRMED), Note("Her name is Ada.")]
)
def test_a_summary_and_notes_count_though_the_user_has_not_spoken_since(told):
    assert fitted({"name": "Ada"}, BOOK, Chat("x", (told, UserMessage("Book it.")))).arguments == {"name": "Ada"}


def test_after_a_result_a_summary_and_confirmed_facts_count_and_other_notes_do_not():
    def booked_for_ada(told: ChatItem) -> bool:
        chat = Chat("x", (told, UserMessage("Book it."), ToolResult("1", "find", "x")))
        return "name" in fitted({"name": "Ada"}, BOOK, chat).arguments

    assert booked_for_ada(Summary("Her name is Ada."))
    assert booked_for_ada(Note("Her name is Ada.", CONFIRMED))
    assert not booked_for_ada(Note("Her name is Ada."))


def test_a_schema_that_is_none_has_no_properties():
    assert properties(Tool(name="x", input_schema={"properties": {"a": True}})) == {"a": {}}


def test_words_have_two_letters_or_more():
    assert words("A table, 4 of us") == {"table", "of", "us"}
