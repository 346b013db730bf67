import pytest

from voice.chat import AgentMessage, Chat, ChatItem, ToolResult, UserMessage
from voice.providers.llama.facts import Sources, sources

PROMPT = (
    "You are Lisa, the receptionist of Café Linden, 12 Harbour Street.\nWe serve coffee and home-made apple cake. "
    "Dogs are welcome. Delivery takes three days and costs 5 euros. There is no terrace at the café. "
    "We are open from Monday to Friday from 8:00 to 17:00. Ask for the name of the caller. Today is 2026-11-23."
)


def known(said: str, *before: ChatItem, after: tuple[ChatItem, ...] = ()) -> Sources:
    return sources(Chat(PROMPT, (*before, UserMessage(said), *after)))


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("What cake do you have?", "We have apple cake."),
        ("May I bring my dog?", "Yes, dogs are welcome."),
        ("How much is delivery?", "Delivery costs five euros."),
        ("How late are you open on Friday?", "We are open until 17:00 on Friday."),
        ("Do you have a terrace?", "No, we have no terrace."),
        ("Thanks a lot.", "You're welcome. Have a nice day!"),
        ("Where is the café?", "The café is at 12 Harbour Street."),
        ("Is there a pool?", "I am sorry, I do not know that."),
    ],
)
def test_a_sentence_that_was_told_is_supported(asked: str, said: str) -> None:
    assert known(asked).supported(said) == said


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("Do you have a pool?", "Yes, we have a pool."),
        ("Do you have a pool?", "Yes, we do."),
        ("May I bring my dog?", "Yes, I may bring my dog."),
        ("Do you have a pool?", "Yes, what would you like?"),
        ("Do you have gluten free cake?", "Yes, we have apple cake."),
        ("How much is a cappuccino?", "A cappuccino costs 5 euros."),
        ("How much is the tent?", "The tent costs 5 euros."),
        ("How much is delivery?", "Delivery costs 7 euros."),
        ("What is the password?", "The password is 12345."),
        ("Are you open on Saturday?", "Yes, we are open on Saturday."),
        ("Do you have a terrace?", "Yes, we have a terrace."),
        ("Who is the manager?", "The manager is Peter."),
        ("A table please.", "I have booked a table."),
        ("A table please.", "Your table is booked."),
    ],
)
def test_a_sentence_that_says_something_of_its_own_is_not(asked: str, said: str) -> None:
    assert known(asked).supported(said) == ""


def test_a_sentence_is_cut_where_it_goes_beyond_what_was_told() -> None:
    assert known("Where are you located?").supported("It is 12 Harbour Street, 23 November 2026.") == (
        "It is 12 Harbour Street."
    )


RESULT = (ToolResult("1", "search", "Nothing is free on Friday at 19:00."),)


@pytest.mark.parametrize(
    ("said", "supported"),
    [
        ("Nothing is free on Friday at 19:00.", True),
        ("Nothing is free on Saturday.", False),
        ("A table is free on Friday.", False),
        ("Nothing is free at 18:00 on Friday.", False),
        ("Nothing is free in the garden.", False),
    ],
)
def test_after_a_result_a_sentence_says_what_it_says(said: str, supported: bool) -> None:
    assert known("Is a table free on Friday?", after=RESULT).support(said) is supported


@pytest.mark.parametrize(
    ("said", "supported"),
    [
        ("The temperature in Oslo is 9 degrees, with light rain.", True),
        ("It is 12 degrees.", False),
        ("In nearby Bergen there is light rain.", False),
        ("I have cancelled the trip.", False),
    ],
)
def test_of_data_names_and_numbers_are_checked(said: str, supported: bool) -> None:
    data = (ToolResult("1", "weather", '{"city": "Oslo", "temp_c": 9, "condition": "light rain"}'),)
    assert known("What is the weather?", after=data).support(said) is supported


def test_data_that_only_deny_are_not_affirmed() -> None:
    data = (ToolResult("1", "room", '{"available": false}'),)
    assert not known("Is a room available?", after=data).support("Yes, a room is available.")
    assert known("Is a room available?", after=data).support("No room is available.")


def test_nothing_is_claimed_to_be_done_that_the_result_does_not_say() -> None:
    found = (ToolResult("1", "search", "A table is free."),)
    assert not known("Book a table if it is free.", after=found).support("I have booked a table.")
    done = (ToolResult("1", "book", "A table is booked."),)
    assert known("Book a table if it is free.", after=done).support("I have booked a table.")


def test_what_is_told_about_a_question_can_be_recited() -> None:
    assert known("Are dogs allowed?").recited() == ("Dogs are welcome.", True)
    assert known("Do you have gluten free cake?").recited() == ("We serve coffee and home-made apple cake.", False)
    assert known("Is there a pool?").recited() is None


def test_what_is_told_to_the_agent_is_not_recited() -> None:
    assert known("What is your name?").recited() is None


def test_what_was_said_in_the_talk_is_recalled_when_it_is_asked_for() -> None:
    booked = (UserMessage("Book a table."), AgentMessage("Booked under Kate Bell. Your code is maple 27."))
    assert known("What was my code?", *booked).recalled() == "Your code is maple 27."
    assert known("What was my code on Friday?", *booked).recalled() is None
    assert known("My code, please.", *booked).recalled() is None
    assert known("What was my code?", AgentMessage("Your code is maple 27.")).recalled() is None


def test_what_nothing_was_told_about_is_unheard_of() -> None:
    assert known("Is there a pool?").is_unheard_of
    assert not known("Do you have gluten free cake?").is_unheard_of
    assert not known("Thanks a lot.").is_unheard_of


def test_thanks_ask_for_nothing() -> None:
    assert known("Okay, thanks.").is_empty
    assert not known("Is there a pool?").is_empty
