"""Telephone numbers and codes, digit by digit."""

import pytest

from tests.fakes.filtered import both


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Call 1-800-555-0199 now.", "Call one, eight zero zero, five five five, zero one nine nine now."),
        ("The line is 1-877-555-0142.", "The line is one, eight seven seven, five five five, zero one four two."),
        ("In an emergency call 911.", "In an emergency call nine one one."),
        ("Dial 112 or text 741741.", "Dial one one two or text seven four one, seven four one."),
        ("The 911 operator", "The nine one one operator"),
        ("We have 911 seats", "We have nine hundred eleven seats"),
        (
            "Ring (800) 555-0199 or 1 (800) 555-0199.",
            "Ring (eight zero zero), five five five, zero one nine nine"
            " or one, eight zero zero, five five five, zero one nine nine.",
        ),
        ("Our number is 555.123.4567.", "Our number is five five five, one two three, four five six seven."),
        ("+49 (0)30 123456", "plus four nine, zero, three zero, one two three, four five six"),
        ("+15551234567", "plus one, five five five, one two three, four five six seven"),
        ("Call 0800 123 456 today.", "Call zero eight zero zero, one two three, four five six today."),
        ("1 800 555 0199", "one, eight zero zero, five five five, zero one nine nine"),
        ("Call 1-800-FLOWERS now.", "Call one, eight zero zero, FLOWERS now."),
        ("call 555 0123", "call five five five, zero one two three"),
        ("Your order is ORD-2026-00123.", "Your order is ORD-two zero two six, zero zero one, two three."),
        ("Your case is CASE-2025-0007.", "Your case is CASE-two zero two five, zero zero zero seven."),
        ("ZIP code 94103-1234.", "ZIP code nine four one, zero three, one two three four."),
        ("Your card ending in 4242 was charged.", "Your card ending in four two four two was charged."),
        ("case 2025-0007", "case two zero two five, zero zero zero seven"),
        ("last four digits 1881", "last four digits one eight eight one"),
        ("4242 4242 4242 4242", "four two four two, four two four two, four two four two, four two four two"),
        ("SSN 123-45-6789", "SSN one two three, four five, six seven eight nine"),
        ("sort code 12-34-56", "sort code one two, three four, five six"),
        ("Flight BA2490 at gate B12.", "Flight BA two four nine zero at gate B twelve."),
        ("Flight LH 400.", "Flight LH four zero zero."),
        ("Booking ref XK7-22P.", "Booking ref XK seven, two two P."),
        ("Ticket ABC-123-XYZ", "Ticket ABC-one two three-XYZ"),
        ("SKU: AB_12-9", "SKU: AB twelve-nine"),
        ("Ref: 12/345", "Ref: one two slash three four five"),
        ("Your code is 123 456.", "Your code is one two three, four five six."),
        ("Invoice INV-0042", "Invoice INV-zero zero four two"),
        ("an order for 500 chairs", "an order for five hundred chairs"),
        ("A1B2C3, SW1A 1AA, 4B", "A one B two C three, SW one A one AA, four B"),
        ("8-18, not 18-8", "eight to eighteen, not eighteen to eight"),
    ],
)
def test_a_code_is_said_digit_by_digit(text: str, expected: str) -> None:
    assert (expected, expected) == both(text)
