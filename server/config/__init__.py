"""`frontdesk.toml`.

file          the file -> one frozen tree
problems      what is wrong with it, in plain words   (pure)
secrets       finds secrets that were written into a file   (pure)
toml_lines    where a key stands
"""

__all__: list[str] = []
