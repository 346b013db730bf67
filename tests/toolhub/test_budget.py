from itertools import product

from toolhub.budget import Budget


def test_nothing_is_spent_before_the_start():
    budget = Budget(90)
    assert budget.remaining(1000) == 90
    assert budget.deadline is None


def test_time_is_spent_from_the_start_and_the_deadline_stays():
    budget = Budget(90)
    budget.start(10)
    assert [budget.remaining(now) for now in (10, 40, 100, 400)] == [90, 60, 0, 0]
    assert budget.deadline == 100


def test_starting_twice_is_starting_once():
    budget = Budget(90)
    budget.start(10)
    budget.start(50)
    assert budget.deadline == 100


def test_in_every_sequence_of_pauses_exactly_the_time_between_them_is_spent():
    for steps in product([("start", 7), ("pause", 7), ("start", 1), ("pause", 1)], repeat=5):
        budget, now, spent, running = Budget(100), 0, 0, False
        for what, seconds in steps:
            getattr(budget, what)(now)
            running = what == "start"
            now += seconds
            spent += seconds if running else 0
            assert budget.remaining(now) == 100 - spent
            assert budget.deadline == (now + 100 - spent if running else None)
