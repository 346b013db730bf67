"""Whose turn it is. Pure: events and `now` in, commands out; nothing here waits, reads a clock or logs.

taker         the turn machine: who has the floor, and has the user finished?
events        what it hears and what it commands
backchannel   is it a listener's "mhm"?
"""

__all__: list[str] = []
