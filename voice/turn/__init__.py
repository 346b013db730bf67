"""Whose turn it is and who speaks. Pure: events and `now` in, commands out; nothing here waits, reads a clock or logs.

agenda        one mouth, many who want to speak or ask; on top of
taker         the turn machine: who has the floor, and has the user finished?
endpointing   silence, words and votes: has the user finished?
interruption  do words over the agent take the floor?
backchannel   is it a listener's "mhm"?
events        what they hear and what they command
"""

__all__: list[str] = []
