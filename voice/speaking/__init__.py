"""From synthesised speech to the loudspeaker, and what of it has been heard.

playout       paces audio out
cursor        what has been heard, to the word   (pure)
phrases       fixed lines, synthesised once
"""

__all__: list[str] = []
