"""The star and pound keys, and the same marks where they are markup."""

import pytest

from tests.fakes.filtered import both


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Press 1# to go on.", "Press one pound to go on."),
        ("Press * to go back, then #.", "Press star to go back, then pound."),
        ("Press *9, dial *67 or *#06#.", "Press star nine, dial star six seven or star pound zero six pound."),
        ('Press the # key or "*".', 'Press the pound key or "star".'),
        ("Use the * key, #5 is free", "Use the star key, number five is free"),
        ("Enter 1234# or #1", "Enter one two three four pound or pound one"),
        ("Press **1** or *2* now.", "Press one or two now."),
    ],
)
def test_a_key_is_said_where_it_is_to_be_pressed(text: str, expected: str) -> None:
    assert (expected, expected) == both(text)
