"""From written words to spoken ones and back. Pure.

sentences     text deltas -> sentences, each cut as soon as the text shows its end
speakable     what an LLM writes -> what can be read aloud
written       what was heard -> what was written
english       the tables and rules of English
"""

__all__: list[str] = []
