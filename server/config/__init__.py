"""`frontdesk.toml`.

file          the file -> one frozen tree
agents        who answers: [agent] or [agents.NAME]
voice         [voice]: models, their options, and the numbers that shape a conversation
section       what all tables have in common
problems      what is wrong with it, in plain words   (pure)
secrets       finds secrets that were written into a file   (pure)
toml_lines    where a key stands
"""

__all__: list[str] = []
