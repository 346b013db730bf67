"""What a grammar of llguidance lets pass, byte by byte: the same matcher as in llama.cpp, without a model."""

from llguidance import LLMatcher, LLTokenizer

_BYTES = LLTokenizer("byte")


class Grammar:
    """`accepts` whole texts, `begins` texts that could go on to be accepted."""

    def __init__(self, text: str) -> None:
        self._text = text
        assert not LLMatcher.validate_grammar(text)

    def accepts(self, text: str) -> bool:
        matcher = LLMatcher(_BYTES, self._text)
        return _taken(matcher, text) and matcher.is_accepting()

    def begins(self, text: str) -> bool:
        return _taken(LLMatcher(_BYTES, self._text), text)


def _taken(matcher: LLMatcher, text: str) -> bool:
    tokens = list(text.encode())
    return matcher.try_consume_tokens(tokens) == len(tokens)
