"""A call and what is left of it.

call          one call's life: id, session, recording, records, log lines, end
folder        what a call leaves in a folder
transcript    the event stream -> transcript.json      (pure)
"""

__all__: list[str] = []
