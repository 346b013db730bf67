"""Which token of English begins at a place, and whether one may still be open there."""

from voice.text.english.addresses import address_at, may_be_address
from voice.text.english.citations import citation_at, may_be_citation
from voice.text.english.formulas import formula_at, may_be_formula
from voice.text.english.keys import key_at, may_be_key
from voice.text.english.rates import may_be_rate, rate_at
from voice.text.english.spoken_numbers import may_be_number, number_at
from voice.text.english.symbols import may_be_symbol, operator_at
from voice.text.language import Token

__all__ = ["may_go_on", "token_at"]

_READERS = (key_at, formula_at, address_at, rate_at, operator_at, citation_at, number_at)
_DOUBTS = (
    may_be_formula,
    may_be_key,
    may_be_address,
    may_be_rate,
    may_be_citation,
    may_be_symbol,
    may_be_number,
)


def token_at(text: str, at: int) -> Token | None:
    """The key, formula, address, rate, operator, citation or number that begins at `at`."""
    for reader in _READERS:
        if token := reader(text, at):
            return token
    return None


def may_go_on(text: str, at: int) -> bool:
    """Whether all of `text` from `at` on may be part of such a token, or of a symbol of several characters."""
    return any(doubt(text, at) for doubt in _DOUBTS)
