"""What is particular to English: numbers, dates, times, codes. Pure."""

__all__: list[str] = []
