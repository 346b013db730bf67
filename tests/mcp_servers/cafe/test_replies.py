"""What the café's tools say and what data they give."""

from datetime import date

import pytest
from mcp_types import TextContent

from mcp_servers.cafe.diary import Booking
from mcp_servers.cafe.replies import Bookings, describe, details, party, say

BOOKING = Booking("maple 27", "Miller", 4, date(2026, 11, 24), 18 * 60 + 30, "Long")


@pytest.mark.parametrize(("people", "words"), [(1, "1 person"), (2, "2 people"), (12, "12 people")])
def test_one_is_a_person_and_more_are_people(people, words):
    assert party(people) == words


def test_a_booking_is_described_with_everything_the_guest_must_know():
    assert describe(BOOKING) == "Tuesday, 24 November at 18:30, 4 people, name Miller, table Long, code maple 27"


def test_a_booking_as_data_has_what_the_sentence_says():
    data = details(BOOKING, "booked")
    assert (data.date, data.time, data.people, data.status) == ("2026-11-24", "18:30", 4, "booked")
    assert all(value in describe(BOOKING) for value in (data.name, data.table, data.code, data.time))


def test_a_result_has_a_sentence_for_the_voice_and_data_for_programs():
    result = say("Done.", Bookings(bookings=[details(BOOKING, "cancelled")]))
    assert result.content == [TextContent(type="text", text="Done.")]
    assert result.structured_content is not None
    assert result.structured_content["bookings"][0]["status"] == "cancelled"
    assert not result.is_error
