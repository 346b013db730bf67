from itertools import pairwise

from toolhub.connection.owner import retry_delay


def test_the_first_retry_is_at_once_and_the_others_double_up_to_half_a_minute():
    delays = [retry_delay(attempt, 0.5) for attempt in range(12)]
    assert delays[:5] == [0.0, 0.25, 0.5, 1.0, 2.0]
    assert delays[-1] == 30.0
    assert all(a <= b for a, b in pairwise(delays))


def test_chance_spreads_the_retries_by_a_quarter_each_way():
    assert (retry_delay(3, 0.0), retry_delay(3, 1.0)) == (0.75, 1.25)
