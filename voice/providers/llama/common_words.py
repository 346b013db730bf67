"""English words that say nothing about the world, or that any polite answer has. Pure."""

import re

__all__ = ["content", "told"]

_COMMON = frozenset(
    re.findall(
        r"\S+",
        """
    a about after afternoon again ah all along already also always am an and any anybody anyone anything are
    aren around as ask at away back be because been before being but by call called can can't cannot check come
    comes coming could couldn date day days did didn do does doesn doesn't doing don don't done down during each
    eight eleven else even evening ever every everything few find first five for four friday from further get
    gets getting give go goes going good got great had half has have having he hear hello help her here hers hey
    hi him his how how's however hundred i i'd i'll i'm if in into is isn isn't it it's its itself just know
    known last later least less let lets like ll look looking made make makes many may maybe me mean might mine
    monday more morning most much must my need needed never new next night nine no noon nor not nothing now
    o'clock of off offer offers often oh ok okay on once one only or other our ours out over own past please pm
    possible put quarter re really right said same saturday say says see seem seven shall she should six so some
    somebody someone something soon sorry still sunday sure take takes tell ten than thank thanks that that's
    the their them then there there's these they thing things this those three through thursday time times to
    today told tomorrow tonight too try tuesday twelve two uh um under until up upon us use used ve very want
    wanted wants was wasn way we we'd we'll we're wednesday well were what what's whatever when when's where
    where's whether which while who whom whose why will wish with without won wonder would wouldn yes yet you
    your yours
""",
    )
)
_PLEASANT = frozenset(
    re.findall(
        r"\S+",
        """
    absolutely afraid afternoon answer anything apologize assist assistance assistant best bye care certainly
    course day dear details else enjoy evening fine forward friendly glad good goodbye happy hearing hope
    inconvenience information let lovely meet moment morning nice phone pleasure problem problems provide
    provided question questions repeat speak speaking talk talking unable understand understood virtual voice
    weekend welcome wishes wonderful worries
""",
    )
)

_SAME = (
    ("open", "close", "closes", "closed", "opens", "opening", "closing", "hours"),
    ("wireless", "wifi", "wlan"),
    ("street", "lane", "road", "avenue", "address", "located", "location"),
    ("cost", "costs", "price", "prices", "euros", "euro", "dollars", "pounds", "charge"),
    ("pets", "pet", "dog", "dogs", "cat", "cats", "animal", "animals"),
    ("allowed", "bring", "welcome"),
    ("deliver", "delivery", "delivered", "delivers"),
    ("send", "sent", "sends"),
    ("parking", "park"),
    ("included", "extra", "pay"),
)
_ONE_FOR = {word: group[0] for group in _SAME for word in group}


def content(text: str) -> set[str]:
    """The words of `text`, in lower case, that say what it is about; one word for those that mean the same."""
    return {_ONE_FOR.get(word, word) for word in _telling(text)}


def told(text: str) -> set[str]:
    """`content` without the words of politeness."""
    return {_ONE_FOR.get(word, word) for word in _telling(text) - _PLEASANT}


def _telling(text: str) -> set[str]:
    plain = re.sub(r"\bwi-?\s?fi\b", "wifi", text.lower().replace("’", "'"))
    plain = re.sub(r"\bhow much\b", "cost", plain)
    found = re.findall(r"[^\W\d_]+(?:'[a-z]+)?", plain)
    return {word for word in found if not {word, word.split("'")[0]} & _COMMON and len(word) > 2}
