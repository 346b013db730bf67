import pytest
from mcp_types import Tool, ToolAnnotations

from voice.chat import AgentMessage, Chat, ChatItem, ToolCall, ToolResult, UserMessage
from voice.providers.llama.intent import covers, is_question, named, only_reads, relates, wanted

TEXT = {"type": "string"}


def tool(name: str, title: str, **properties: str) -> Tool:
    listed = {key: TEXT | {"description": described} for key, described in properties.items()}
    return Tool(name=name, title=title, input_schema={"type": "object", "properties": listed})


BOOK = tool("book_table", "Book a table", people="How many people")
CHANGE = tool("change_booking", "Change a booking")
CANCEL = tool("cancel_booking", "Cancel a booking")
ADDRESS = tool("change_address", "Change the delivery address")
CAFE = [BOOK, CHANGE, CANCEL]
SEARCH = tool("search_tables", "Search free tables")
DAYS = tool("next_days", "The next days")
ROOM, SPA = tool("hotel_book", "Book a room"), tool("spa_book", "Book a treatment", kind="massage or sauna")
NO_ROOM, NO_SPA = tool("hotel_cancel", "Cancel a room"), tool("spa_cancel", "Cancel a treatment")
HOUSE = [ROOM, SPA, NO_ROOM, NO_SPA]


def told(*said: str, tools: list[Tool] = CAFE) -> list[str]:
    """What is wanted when user and agent have said this in turn, the user last."""
    items: list[ChatItem] = []
    for number, text in enumerate(reversed(said)):
        items.insert(0, AgentMessage(text) if number % 2 else UserMessage(text))
    return [one.name for one in wanted(tools, Chat("", tuple(items)))]


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("Book a table for two.", "book_table"),
        ("I'd like to reserve a table.", "book_table"),
        ("I would like a table for tomorrow.", "book_table"),
        ("Can I book a table for tomorrow?", "book_table"),
        ("Great, then please book it.", "book_table"),
        ("Can you put me down for Wednesday?", "book_table"),
        ("I'd like to make a reservation.", "book_table"),
        ("We'll be five, can you change my booking?", "change_booking"),
        ("Move booking ocean 5 to Friday.", "change_booking"),
        ("Make it five people instead.", "change_booking"),
        ("Hello, cancel my booking tulip 63.", "cancel_booking"),
        ("I can't make it, so cancel booking honey 82.", "cancel_booking"),
        ("I have to cancel my booking.", "cancel_booking"),
        ("Check if there is a table and if so book it.", "book_table"),
    ],
)
def test_who_tells_the_agent_to_do_it_wants_it(said: str, name: str) -> None:
    assert told(said) == [name]


@pytest.mark.parametrize(
    "said",
    [
        "Do you have gluten free cake?",
        "What was the booking code again?",
        "What did I book last time?",
        "Can I still cancel that later?",
        "What happens if I cancel?",
        "I don't want to cancel my booking.",
        "Please do not book anything.",
        "How do I cancel a booking?",
        "Could you tell me how to book?",
        "Can I bring my dog?",
        "Is there a table for two?",
        "I'd like to know whether you have a table.",
        "I have a booking for tomorrow.",
        "Thank you.",
        "",
    ],
)
def test_who_asks_or_tells_something_else_wants_nothing(said: str) -> None:
    assert told(said) == []


def test_a_thing_that_is_to_go_elsewhere_is_changed() -> None:
    assert told("Please send my order to Leeds instead.", tools=[ADDRESS]) == ["change_address"]


def test_the_answer_to_a_question_belongs_to_the_wish_before_it() -> None:
    assert told("Book a table.", "For how many people?", "For three.") == ["book_table"]
    assert told("Book a table.", "For how many people?", "Three.", "At what time?", "At six.") == ["book_table"]


def test_a_wish_that_is_withdrawn_or_put_off_by_a_question_is_none() -> None:
    assert told("Book a table.", "For how many people?", "No, never mind.") == []
    assert told("Book a table.", "For how many people?", "Do you have cake?") == []
    assert told("Cancel my booking.", "Shall I cancel it?", "Oh, then don't cancel it.") == []


def test_after_an_answer_that_asked_nothing_a_wish_is_over() -> None:
    assert told("Book a table.", "It is booked.", "For three people.") == []


def test_what_the_agent_offered_and_the_user_takes_is_wanted() -> None:
    assert told("Is there a table?", "Yes. Shall I book it?", "Yes please, for Lee.") == ["book_table"]
    assert told("Is there a table?", "Yes. Shall I book it?", "For six.") == []


def test_a_wish_that_was_followed_is_over() -> None:
    call, back = ToolCall("1", "book_table", {}), ToolResult("1", "book_table", "Booked.")
    chat = Chat("", (UserMessage("Book a table."), call, back, AgentMessage("Anything else?"), UserMessage("For two.")))
    assert wanted(CAFE, chat) == []


def test_another_time_after_a_call_that_failed_is_the_same_wish() -> None:
    call, full = ToolCall("1", "book_table", {}), ToolResult("1", "book_table", "Full. 19:00 is free.", is_error=True)
    before = (UserMessage("Book a table at six."), call, full, AgentMessage("There is one at seven."))
    assert wanted(CAFE, Chat("", (*before, UserMessage("Okay, then at seven.")))) == [BOOK]
    assert wanted(CAFE, Chat("", (*before, UserMessage("Okay.")))) == []


def test_what_the_user_said_no_to_is_not_wanted_any_more() -> None:
    no = ToolResult("1", "book_table", "book_table was not called, the user did not confirm it.", is_error=True)
    call = ToolCall("1", "book_table", {})
    before = (UserMessage("Book a table."), call, no, AgentMessage("All right. Anything else?"))
    assert wanted(CAFE, Chat("", (*before, UserMessage("For six.")))) == []


def test_tools_with_one_verb_are_told_apart_by_what_they_are_about() -> None:
    assert told("Book a room for Garcia.", tools=HOUSE) == ["hotel_book"]
    assert told("Book a massage for Garcia.", tools=HOUSE) == ["spa_book"]
    assert told("Cancel the room.", tools=HOUSE) == ["hotel_cancel"]


def test_words_of_a_tool_of_the_same_server_tell_it_from_others() -> None:
    family = [NO_ROOM, NO_SPA.model_copy(update={"input_schema": SPA.input_schema})]
    assert told("Cancel my sauna.", tools=family) == ["spa_cancel"]


def test_what_fits_several_tools_equally_wants_them_all() -> None:
    assert told("Cancel it.", tools=HOUSE) == ["hotel_cancel", "spa_cancel"]


def test_a_tool_only_reads_when_it_says_so_or_is_called_so() -> None:
    def hinted(name: str, hint: bool | None) -> Tool:
        return Tool(name=name, input_schema={}, annotations=ToolAnnotations(read_only_hint=hint))

    assert only_reads(hinted("book", True))
    assert only_reads(Tool(name="get_weather", input_schema={}))
    assert not only_reads(hinted("get_weather", False))
    assert not only_reads(Tool(name="book_table", input_schema={}))


def test_a_question_is_told_from_a_request() -> None:
    assert is_question("When do you open?")
    assert is_question("Okay, and is there a garden?")
    assert not is_question("Could you book it?")
    assert not is_question("Thanks a lot.")


def test_a_text_relates_to_a_tool_by_a_word_and_is_covered_by_all_of_them() -> None:
    assert relates(SEARCH, "Is a table free, and is there cake?")
    assert not covers(SEARCH, "Is a table free, and is there cake?")
    assert covers(SEARCH, "Is a table free?")
    assert not covers(SEARCH, "Hello?")


def asked(said: str) -> list[str]:
    return [one.name for one in named([BOOK, SEARCH, CANCEL, DAYS], Chat("", (UserMessage(said),)))]


def test_a_tool_is_named_by_a_word_that_is_its_own() -> None:
    assert asked("Check whether you have room and book it.") == ["book_table"]
    assert asked("Look it up and cancel it.") == ["cancel_booking"]
    assert asked("Is there a table on one of the days to come?") == ["next_days"]


def test_a_word_that_several_tools_share_names_none() -> None:
    assert asked("What tables are on the list, and my booking?") == ["cancel_booking"]
    assert asked("Do you have a table?") == []
    assert asked("Is it the one?") == []
