"""What of a long chat becomes a summary: properties of random conversations, and the rule cut."""

import random
from itertools import count

import pytest

from voice.chat import (
    CONFIRMED,
    AgentMessage,
    Chat,
    ChatItem,
    ImagePart,
    Note,
    Summary,
    ToolCall,
    ToolResult,
    UserMessage,
)
from voice.history_budget import CHARACTERS, Fold, cut, fold_of, longest_summary, tokens
from voice.policy import HistoryPolicy

POLICY = HistoryPolicy(max_tokens=800, keep_turns=3)
PHOTO = ImagePart("image/png", b"x")
WORDS = ["a", "table", "for", "two", "on", "friday", "at", "half", "past", "six", "please", "by", "the", "window"]


def words(chance: random.Random, most: int = 40) -> str:
    return " ".join(chance.choices(WORDS, k=chance.randint(1, most)))


def conversation(chance: random.Random, turns: int) -> list[ChatItem]:
    """Turns with parallel calls, results in any order, some pending, some missing, and notes anywhere."""
    numbers = count()
    items: list[ChatItem] = [AgentMessage("Hello.")]
    for _ in range(turns):
        items.append(UserMessage(words(chance), (PHOTO,) if chance.random() < 0.02 else ()))
        several = range(chance.choice((0, 0, 1, 2)))
        calls = [ToolCall(f"c{next(numbers)}", "find", {"what": words(chance, 5)}) for _ in several]
        results = [
            ToolResult(call.id, "find", words(chance, 80), pending=chance.random() < 0.1)
            for call in calls
            if chance.random() > 0.05
        ]
        said: list[ChatItem] = [*calls, *chance.sample(results, len(results)), AgentMessage(words(chance))]
        for _ in range(chance.choice((0, 0, 0, 1))):
            note = Note(f"note {next(numbers)}", chance.choice(("", CONFIRMED, "steering")))
            said.insert(chance.randint(0, len(said)), note)
        items += said
    return items


def open_calls(items: tuple[ChatItem, ...]) -> list[ChatItem]:
    """Calls without a final result, and their placeholders."""
    done = {item.id for item in items if isinstance(item, ToolResult) and not item.pending}
    return [item for item in items if isinstance(item, ToolCall | ToolResult) and item.id not in done]


def notes(items: tuple[ChatItem, ...]) -> list[Note]:
    return [item for item in items if isinstance(item, Note)]


def ids(items: tuple[ChatItem, ...], kind: type[ToolCall | ToolResult]) -> set[str]:
    return {item.id for item in items if isinstance(item, kind)}


def folded(chat: Chat, fold: Fold, summary: str = "They talked.") -> Chat:
    shorter = fold.applied(chat, summary)
    assert shorter is not None
    return shorter


def random_folds() -> list[tuple[Chat, Fold]]:
    found = []
    for seed in range(400):
        chance = random.Random(seed)
        chat = Chat("x", tuple(conversation(chance, chance.randint(1, 60))))
        if fold := fold_of(chat, POLICY):
            found.append((chat, fold))
    assert len(found) > 200
    return found


FOLDS = random_folds()


def test_a_chat_within_its_budget_is_left_alone() -> None:
    chat = Chat("x", tuple(conversation(random.Random(1), 5)))
    assert fold_of(chat, HistoryPolicy(max_tokens=tokens(chat.items))) is None
    assert fold_of(Chat("x"), POLICY) is None


def test_no_note_and_no_open_call_is_ever_folded() -> None:
    for chat, fold in FOLDS:
        items = folded(chat, fold).items
        assert notes(items) == notes(chat.items)
        assert open_calls(items) == open_calls(chat.items)


def test_no_call_is_parted_from_its_result() -> None:
    for chat, fold in FOLDS:
        items = folded(chat, fold).items
        assert ids(items, ToolCall) & ids(chat.items, ToolResult) == ids(items, ToolResult)


def test_a_result_that_came_turns_later_is_not_parted_from_its_call_either() -> None:
    for seed in range(200):
        chance = random.Random(seed)
        items = conversation(chance, 40)
        call = ToolCall("late", "find")
        at, later = sorted(chance.sample(range(len(items)), 2))
        items[later:later] = [ToolResult("late", "find", "found")]
        items[at:at] = [call]
        chat = Chat("x", tuple(items))
        if fold := fold_of(chat, POLICY):
            left = folded(chat, fold).items
            assert ids(left, ToolCall) & ids(chat.items, ToolResult) == ids(left, ToolResult)


def test_what_stays_keeps_its_order_behind_the_summary() -> None:
    for chat, fold in FOLDS:
        first, *rest = folded(chat, fold).items
        assert first == Summary("They talked.")
        remaining = iter(chat.items)
        assert all(any(item is other for other in remaining) for item in rest)


def test_the_last_turns_stay_whole() -> None:
    for chat, fold in FOLDS:
        starts = [at for at, item in enumerate(chat.items) if isinstance(item, UserMessage)]
        last = chat.items[starts[-POLICY.keep_turns] :]
        assert folded(chat, fold).items[-len(last) :] == last


def test_fewer_turns_than_must_stay_are_never_folded() -> None:
    policy = HistoryPolicy(max_tokens=500, keep_turns=6)
    for turns in range(1, 7):
        long = [item for _ in range(turns) for item in (UserMessage("so " * 500), AgentMessage("yes " * 500))]
        chat = Chat("x", (AgentMessage("Hello. " * 100), *long))
        fold = fold_of(chat, policy)
        assert fold is None or folded(chat, fold).items[1:] == tuple(long)


def test_a_folded_chat_has_nothing_to_fold_and_has_room_again() -> None:
    for chat, fold in FOLDS:
        shorter = folded(chat, fold, "x" * (longest_summary(POLICY) - 4) * CHARACTERS)
        assert fold_of(shorter, POLICY) is None
        starts = [at for at, item in enumerate(chat.items) if isinstance(item, UserMessage)]
        kept = tokens([*notes(chat.items), *open_calls(chat.items)])
        most = max(POLICY.max_tokens // 2, tokens(chat.items[starts[-POLICY.keep_turns] :]) + longest_summary(POLICY))
        assert tokens(shorter.items) <= kept + most


def test_folding_again_takes_the_earlier_summary_in() -> None:
    for chat, fold in FOLDS[:50]:
        longer = folded(chat, fold, "first").plus(*conversation(random.Random(7), 60))
        again = fold_of(longer, POLICY)
        assert again is not None
        assert again.folded[0] == Summary("first")
        assert [item for item in folded(longer, again, "second").items if isinstance(item, Summary)] == [
            Summary("second")
        ]


def test_notes_that_need_more_than_the_budget_do_not_fold_every_turn() -> None:
    chat = Chat("x", tuple(Note(f"fact {number} " * 10, CONFIRMED) for number in range(100)))
    folds = 0
    for number in range(100):
        chat = chat.plus(UserMessage(f"Question {number}?"), AgentMessage("Yes, that is so. " * 3))
        if fold := fold_of(chat, POLICY):
            chat, folds = folded(chat, fold), folds + 1
    assert 0 < folds <= 15


def test_one_huge_turn_that_must_stay_does_not_fold_every_turn() -> None:
    huge = (UserMessage("read it"), ToolCall("1", "read"), ToolResult("1", "read", "x" * 20_000), AgentMessage("Long."))
    assert fold_of(Chat("x", (UserMessage("hi"), AgentMessage("hello"), *huge)), POLICY) is None


# --- the rule cut


@pytest.mark.parametrize("turns", [1, 10, 100, 1000])
def test_a_cut_says_how_each_item_begins_and_is_never_too_long(turns: int) -> None:
    items = tuple(conversation(random.Random(turns), turns))
    text = cut(Fold(items, ()), POLICY)
    assert 0 < len(text) <= longest_summary(POLICY) * CHARACTERS


def test_a_cut_of_a_few_words_is_all_of_them() -> None:
    items = (
        UserMessage("Hi there", (PHOTO,)),
        ToolCall("1", "find", {"day": "Friday"}),
        ToolResult("1", "find", "two\ntables"),
        AgentMessage("There are two."),
    )
    assert cut(Fold(items, ()), POLICY) == (
        'Caller (with 1 image): Hi there\nAgent calls find {"day": "Friday"}\n'
        "Result of find: two tables\nAgent: There are two."
    )


def test_a_cut_keeps_the_latest_and_says_once_that_it_left_something_out() -> None:
    chat = Chat("x")
    for number in range(300):
        chat = chat.plus(UserMessage(f"Question number {number} about tables"), AgentMessage("Yes, of course, gladly."))
        if fold := fold_of(chat, POLICY):
            latest = [item.text for item in fold.folded if isinstance(item, UserMessage)][-1]
            summary = cut(fold, POLICY)
            assert latest[:20] in summary
            chat = folded(chat, fold, summary)
    [first] = [item.text for item in chat.items if isinstance(item, Summary)]
    assert first.startswith("(The beginning is left out.)\n")
    assert first.count("left out") == 1


def test_words_without_spaces_are_cut_too() -> None:
    assert len(cut(Fold((UserMessage("x" * 100_000),), ()), POLICY)) < 200
