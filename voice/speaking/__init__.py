"""From synthesised speech to the loudspeaker, and what of it has been heard.

output        the one mouth: paces the audio of whoever has it
cursor        what has been heard, to the word   (pure)
phrases       fixed lines, synthesised once
"""

__all__: list[str] = []
