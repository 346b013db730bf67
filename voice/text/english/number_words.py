"""Values -> English words: American, without "and" inside a number.

Own code: num2words is LGPL, and all that inflect and its dependencies would save is thirty lines.
"""

__all__ = ["cardinal", "clock", "decimal", "digits", "fraction", "ordinal", "power", "quantity", "year"]

_SMALL = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SCALES = ((10**12, "trillion"), (10**9, "billion"), (10**6, "million"), (1000, "thousand"), (100, "hundred"))
_ORDINALS = {
    "one": "first",
    "two": "second",
    "three": "third",
    "five": "fifth",
    "eight": "eighth",
    "nine": "ninth",
    "twelve": "twelfth",
}
_LONGEST_CARDINAL = 15


def cardinal(number: int) -> str:
    """42 -> "forty-two", below 10**15; negative ones with "minus"."""
    if number < 0:
        return f"minus {cardinal(-number)}"
    for size, name in _SCALES:
        if number >= size:
            head, rest = divmod(number, size)
            return f"{cardinal(head)} {name}" + (f" {cardinal(rest)}" if rest else "")
    if number < 20:
        return _SMALL[number]
    tens, ones = divmod(number, 10)
    return f"{_TENS[tens]}-{_SMALL[ones]}" if ones else _TENS[tens]


def ordinal(number: int) -> str:
    """21 -> "twenty-first"."""
    words = cardinal(number)
    cut = max(words.rfind("-"), words.rfind(" ")) + 1
    head, last = words[:cut], words[cut:]
    if last in _ORDINALS:
        return head + _ORDINALS[last]
    return head + (f"{last[:-1]}ieth" if last.endswith("y") else f"{last}th")


def year(number: int) -> str:
    """1999 -> "nineteen ninety-nine", 2005 -> "two thousand five", 1906 -> "nineteen oh six"; four digits."""
    century, rest = divmod(number, 100)
    if century % 10 == 0 and rest < 10:
        return cardinal(number)
    if rest == 0:
        return f"{cardinal(century)} hundred"
    return f"{cardinal(century)} {'oh ' if rest < 10 else ''}{cardinal(rest)}"


def digits(text: str) -> str:
    """One by one in groups of three, the last of two to four: "4155550" -> "four one five, five five five zero"."""
    groups = []
    while len(text) > 4:
        groups.append(text[:3])
        text = text[3:]
    return ", ".join(" ".join(_SMALL[int(digit)] for digit in group) for group in [*groups, text])


def decimal(text: str) -> str:
    """A numeral as written, "1,250", ".5" or "3.14", in words; beyond 10**15 digit by digit."""
    whole, _, part = text.replace(",", "").partition(".")
    said = cardinal(int(whole or "0")) if len(whole) <= _LONGEST_CARDINAL else digits(whole)
    return f"{said} point {' '.join(_SMALL[int(digit)] for digit in part)}" if part else said


def fraction(above: int, below: int) -> str:
    """3, 4 -> "three quarters"; `below` is at least 2."""
    noun = {2: "half/halves", 4: "quarter"}.get(below) or ordinal(below)
    return quantity(str(above), noun)


def power(exponent: str) -> str:
    """What follows a base: "2" -> "squared", "-1" -> "to the power of minus one", "n" -> "to the power of n"."""
    if named := {"2": "squared", "3": "cubed"}.get(exponent):
        return named
    sign, size = ("minus ", exponent[1:]) if exponent[:1] in ("-", "−", "⁻") else ("", exponent)
    return f"to the power of {sign}{decimal(size) if size.isascii() and size.isdigit() else size}"


def quantity(amount: str, noun: str) -> str:
    """ "2", "mile" -> "two miles"; an irregular noun brings its plural: "foot/feet"."""
    singular, _, plural = noun.partition("/")
    return f"{decimal(amount)} {singular if amount == '1' else plural or f'{singular}s'}"


def clock(hour: int, minute: int, suffix: str | None, twelve_hours: bool) -> str | None:
    """18, 30 -> "six thirty PM"; None if there is no such time.

    `suffix`: what is said after it, None to work it out; with `twelve_hours` 1 to 12 may mean either half of the day.
    """
    if hour > 24 or minute > 59:
        return None
    if suffix is None and hour % 24 == minute == 0:
        return "midnight"
    if suffix is None and not (twelve_hours and 1 <= hour <= 12):
        suffix = "PM" if 12 <= hour < 24 else "AM"
    said = cardinal((hour - 1) % 12 + 1)
    if minute:
        said += f" {'oh ' if minute < 10 else ''}{cardinal(minute)}"
    elif suffix is None:
        said += " o'clock"
    return f"{said} {suffix}" if suffix else said
