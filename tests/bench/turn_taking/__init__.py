"""Does it know when a person has finished, and who wants the floor? See `__main__`."""
