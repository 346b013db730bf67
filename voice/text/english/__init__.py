"""What is particular to English: its tables, and how numbers, addresses, formulas and symbols are read. Pure.

A folder beside this one with the same names is another language; `voice.text.languages` knows it by its tag.

tables           units, currencies, symbols, months
abbreviations    which full stops end no sentence
number_words     values -> words
spoken_numbers   numbers in text -> words; by kind: dates, money, codes, measures
tokens           all that is read before markup is: numbers, addresses, formulas, keys, rates, citations
symbols          single characters, ranges, powers
"""

from voice.text.english.abbreviations import BEFORE_NAMES, BEGINNERS, CONTINUES, MAY_END, NEVER_ENDS, NUMBER_WORDS
from voice.text.english.addresses import say_address
from voice.text.english.symbols import LINE_RULES, SYMBOL_RULES
from voice.text.english.tables import SYMBOLS
from voice.text.english.tokens import may_go_on, token_at
from voice.text.language import Language

__all__ = ["ENGLISH"]

ENGLISH = Language(
    token=token_at,
    open=may_go_on,
    line_rules=LINE_RULES,
    symbol_rules=SYMBOL_RULES,
    say_domain=say_address,
    symbols=SYMBOLS,
    never_ends=NEVER_ENDS,
    may_end=MAY_END,
    before_names=BEFORE_NAMES,
    beginners=BEGINNERS,
    continues=CONTINUES,
    number_words=NUMBER_WORDS,
)
