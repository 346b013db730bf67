import multiprocessing
import random
import sqlite3
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import closing, suppress
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from mcp_servers.cafe.diary import SEATING, Diary, NoSuchBooking, NoTable
from voice.text.english.number_words import cardinal

DAY = date(2026, 11, 24)
STARTS = st.integers(32, 50).map(lambda quarters: 15 * quarters)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "data" / "cafe.sqlite"


def rows(path):
    with closing(sqlite3.connect(path)) as db:
        return db.execute("SELECT table_name, date, start, code, name FROM bookings WHERE NOT cancelled").fetchall()


def overlaps(path):
    booked = rows(path)
    return [
        (a, b) for i, a in enumerate(booked) for b in booked[i + 1 :] if a[:2] == b[:2] and abs(a[2] - b[2]) < SEATING
    ]


def test_the_smallest_table_that_fits_is_booked(path):
    diary = Diary(path)
    assert [t.seats for t in diary.free(DAY, 1080, 3)] == [4, 4, 4, 6, 8]
    booking, new = diary.book(DAY, 1080, 3, "Miller")
    assert (new, booking.table, booking.people) == (True, "Stove", 3)


def test_the_same_booking_again_is_not_a_second_one(path):
    diary = Diary(path)
    first, _ = diary.book(DAY, 1080, 3, "Miller")
    assert diary.book(DAY, 1080, 3, "miller") == (first, False)
    assert len(rows(path)) == 1
    other, new = diary.book(DAY, 1080, 4, "Miller")
    assert new
    assert other.table != first.table


def test_a_table_is_taken_for_ninety_minutes_and_free_after(path):
    diary = Diary(path)
    diary.book(DAY, 1080, 8, "Long")
    assert diary.free(DAY, 1080 + SEATING - 1, 8) == []
    assert diary.free(DAY, 1080 - SEATING + 1, 8) == []
    assert [t.name for t in diary.free(DAY, 1080 + SEATING, 8)] == ["Long"]
    assert [t.name for t in diary.free(DAY, 1080 - SEATING, 8)] == ["Long"]
    with pytest.raises(NoTable):
        diary.book(DAY, 1080, 8, "Late")


def test_a_booking_is_found_however_its_code_is_written(path):
    diary = Diary(path)
    booking, _ = diary.book(DAY, 1080, 2, "Miller")
    word, number = booking.code.split()
    for code in (booking.code, f"{word.title()}-{number}", f"{word.upper()}{number}.", f" {word}  {number} "):
        assert diary.find(code) == booking
    spoken = cardinal(int(number))
    for code in (
        f"{word} {spoken}",
        f"{word.title()}-{spoken}",
        f"{word}, {' '.join(map(cardinal, map(int, number)))}",
    ):
        assert diary.find(code) == booking
    for code in ("", "nothing 11", "42", "'; DROP TABLE bookings; --"):
        with pytest.raises(NoSuchBooking):
            diary.find(code)


def test_a_change_keeps_the_table_where_it_can(path):
    diary = Diary(path)
    booking, _ = diary.book(DAY, 1080, 4, "Miller")
    later = diary.change(booking.code, DAY, 1110, 4)
    assert (later.start, later.table, later.code) == (1110, booking.table, booking.code)
    larger = diary.change(booking.code, DAY, 1110, 6)
    assert (larger.table, larger.people) == ("Round", 6)


def test_a_change_that_finds_no_table_leaves_the_booking_as_it_was(path):
    diary = Diary(path)
    booking, _ = diary.book(DAY, 720, 8, "Miller")
    diary.book(DAY, 1080, 8, "Smith")
    with pytest.raises(NoTable):
        diary.change(booking.code, DAY, 1080, 8)
    assert diary.find(booking.code) == booking


def test_a_cancelled_booking_is_gone_and_its_table_free(path):
    diary = Diary(path)
    booking, _ = diary.book(DAY, 1080, 8, "Miller")
    assert diary.cancel(booking.code) == booking
    assert diary.free(DAY, 1080, 8)
    with pytest.raises(NoSuchBooking):
        diary.cancel(booking.code)


def test_bookings_of_a_guest_are_listed_from_a_day_on(path):
    diary = Diary(path)
    late, _ = diary.book(DAY, 1080, 2, "Miller")
    early, _ = diary.book(DAY, 600, 2, "MILLER")
    diary.book(date(2026, 11, 22), 600, 2, "Miller")
    diary.book(DAY, 600, 2, "Smith")
    assert diary.of("miller", DAY) == [early, late]


def test_the_diary_is_still_there_when_it_is_opened_again(path):
    booking, _ = Diary(path).book(DAY, 1080, 2, "Miller")
    assert Diary(path).find(booking.code) == booking
    assert len(Diary(path).free(DAY, 600, 1)) == 8


def test_threads_that_want_the_same_table_never_get_it_twice(path):
    diary = Diary(path)

    def book(i):
        try:
            return diary.book(DAY, 1080 + 15 * (i % 3), 8, f"guest {i}")
        except NoTable:
            return None

    with ThreadPoolExecutor(8) as threads:
        booked = [b for b in threads.map(book, range(24)) if b is not None]
    assert len(booked) == 1
    assert overlaps(path) == []


def _rush(path, seed):
    chance, diary = random.Random(seed), Diary(path)
    booked = 0
    for i in range(20):
        try:
            booking, _ = diary.book(DAY, 15 * chance.randrange(32, 50), chance.randrange(1, 9), f"{seed} {i}")
            booked += 1
            if chance.random() < 0.3:
                diary.change(booking.code, DAY, 15 * chance.randrange(32, 50), chance.randrange(1, 9))
        except NoTable:
            continue
    return booked


def test_processes_that_book_and_change_at_random_never_double_book(path):
    Diary(path)
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as processes:
        booked = sum(processes.map(_rush, [path] * 2, range(2)))
    assert len(rows(path)) == booked
    assert booked > 10
    assert overlaps(path) == []


class Bookings(RuleBasedStateMachine):
    """One diary, and the bookings that it should have."""

    def __init__(self):
        super().__init__()
        self._folder = TemporaryDirectory()
        self._path = Path(self._folder.name) / "cafe.sqlite"
        self._diary = Diary(self._path)
        self._kept = {}

    @rule(start=STARTS, people=st.integers(1, 9), guest=st.sampled_from(["Ann", "Bob", "Cem"]))
    def book(self, start, people, guest):
        free = self._diary.free(DAY, start, people)
        try:
            booking, new = self._diary.book(DAY, start, people, guest)
        except NoTable:
            assert free == []
        else:
            assert new == (booking.code not in self._kept)
            self._kept[booking.code] = booking

    @precondition(lambda self: self._kept)
    @rule(data=st.data(), start=STARTS, people=st.integers(1, 9))
    def change(self, data, start, people):
        code = data.draw(st.sampled_from(list(self._kept)))
        with suppress(NoTable):
            self._kept[code] = self._diary.change(code, DAY, start, people)

    @precondition(lambda self: self._kept)
    @rule(data=st.data())
    def cancel(self, data):
        code = data.draw(st.sampled_from(list(self._kept)))
        assert self._diary.cancel(code) == self._kept.pop(code)

    @invariant()
    def no_table_is_booked_twice_and_no_booking_is_lost(self):
        assert overlaps(self._path) == []
        assert all(self._diary.find(code) == booking for code, booking in self._kept.items())
        assert len(rows(self._path)) == len(self._kept)

    def teardown(self):
        self._folder.cleanup()


Bookings.TestCase.settings = settings(max_examples=15, stateful_step_count=20)
TestBookings = Bookings.TestCase
