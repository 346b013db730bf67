"""TeX -> words, as far as it can be said: "$x^2$" is "x squared"."""

import re

from voice.text.english.number_words import decimal, power
from voice.text.language import Token

__all__ = ["formula_at", "may_be_formula"]

_WORDS = {
    "times": "times",
    "cdot": "times",
    "div": "divided by",
    "pm": "plus or minus",
    "mp": "minus or plus",
    "le": "is at most",
    "leq": "is at most",
    "leqslant": "is at most",
    "ge": "is at least",
    "geq": "is at least",
    "geqslant": "is at least",
    "lt": "is less than",
    "gt": "is greater than",
    "ne": "is not",
    "neq": "is not",
    "approx": "is about",
    "sim": "is about",
    "equiv": "is equivalent to",
    "propto": "is proportional to",
    "infty": "infinity",
    "to": "to",
    "rightarrow": "to",
    "Rightarrow": "implies",
    "implies": "implies",
    "in": "in",
    "intfrom": "the integral from",
    "sumfrom": "the sum from",
    "prodfrom": "the product from",
    "sum": "the sum of",
    "prod": "the product of",
    "int": "the integral of",
    "partial": "partial",
    "circ": "degrees",
    "degree": "degrees",
    "ldots": "and so on",
    "dots": "and so on",
    "cdots": "and so on",
    "log": "log",
    "ln": "natural log",
    "sin": "sine",
    "cos": "cosine",
    "tan": "tangent",
    **{
        name: name
        for name in [
            *("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa"),
            *("lambda", "mu", "nu", "xi", "pi", "rho"),
        ]
    },
    **{name: name for name in ["sigma", "tau", "phi", "chi", "psi", "omega", "min", "max", "lim"]},
    **{name: name.lower() for name in ["Gamma", "Delta", "Theta", "Lambda", "Pi", "Sigma", "Phi", "Psi", "Omega"]},
}
"""Commands that are words; every other one says nothing."""
_SILENT = [
    *("left", "right", "big", "Big", "bigl", "bigr", "quad", "qquad", "displaystyle", "limits", "nolimits"),
    *("begin", "end", "hline"),
]
_SIGNS = {
    "+": "plus",
    "-": "minus",
    "−": "minus",
    "=": "equals",
    "<": "is less than",
    ">": "is greater than",
    "*": "times",
    "/": "over",
    "|": "",
    "%": "percent",
    "!": "factorial",
    "'": "prime",
    "°": "degrees",
    "±": "plus or minus",
    "×": "times",
    "≤": "is at most",
    "≥": "is at least",
}
_LENGTH = 200
_BODY = (
    r"(?:\\text\w*(?![\w{])|\\text\w*\{[^{}$\n]*(?:\}|\Z)|\\(?!text)[A-Za-z]+|\\[^A-Za-z]|(?<![A-Za-z])[A-Za-z]{1,3}(?![A-Za-z])"
    r"|[0-9.,:;^_{}()\[\]=+*/<>|!'−-]| )"
)
_OPERATED = r"[0-9.,]+[a-z]? ?[\\+=^<>*]"
_MATH = rf"(?=[^\s0-9]|[0-9.,]+\$|{_OPERATED}){_BODY}{{1,{_LENGTH}}}"
_INLINE = re.compile(rf"\$\$(?P<display>{_MATH})\$\$|\$(?! )(?P<body>{_MATH})(?<! )\$(?![0-9$])")
_FENCED = re.compile(rf"\\\((?P<body>.{{1,{_LENGTH}}}?)\\\)|\\\[(?P<display>(?:.|\n){{1,{_LENGTH}}}?)\\\]")
_COMMAND = re.compile(
    r"\\(?:[dt]?frac|sqrt|text\w*|math\w+|boxed)(?:\[[^\]\n]*\])?(?:\{(?:[^{}\n]|\{[^{}\n]*\})*\})+|\\[A-Za-z]{2,}"
)
_INLINE_BEGUN = re.compile(
    rf"\$\$(?:{_BODY}{{0,{_LENGTH}}}\\?)?\$?|\$(?:(?![\s0-9]){_BODY}{{0,{_LENGTH}}}(?:\\|\$)?)?|\$(?={_OPERATED}){_BODY}{{0,{_LENGTH}}}(?:\\|\$)?"
)
_FENCED_BEGUN = re.compile(rf"\\\([^\n]{{0,{_LENGTH}}}|\\\[(?:.|\n){{0,{_LENGTH}}}")
_COMMAND_BEGUN = re.compile(r"\\(?:[A-Za-z]*(?:\[[^\]\n]{0,20}\]?)?(?:\{[^\n]{0,100})?)?")
_TELLS = re.compile(r"[\\^_={}<>+*/!-]|^(?:[A-Za-z]{1,3}|[0-9.,]+)$")
_FRACTION = re.compile(r"\\[dt]?frac\s*(?:\{((?:[^{}]|\{[^{}]*\})*)\}|(\w))\s*(?:\{((?:[^{}]|\{[^{}]*\})*)\}|(\w))")
_ROOT = re.compile(r"\\sqrt\s*(?:\[([^\]]*)\])?\s*\{((?:[^{}]|\{[^{}]*\})*)\}")
_PLAIN = re.compile(r"\\(?:text\w*|math\w+|boxed|operatorname)\s*\{([^{}]*)\}")
_POWER = re.compile(r"\^\s*(?:\{([^{}]*)\}|(-?\w|\\[A-Za-z]+))")
_INDEX = re.compile(r"_\s*(?:\{([^{}]*)\}|(\w))")
_TOKEN = re.compile(r"\\([A-Za-z]+)|\\(.)|([0-9]+(?:,[0-9]{3})*(?:\.[0-9]+)?)|([^\W\d_]+)|(.)", re.DOTALL)
_BOUNDS = re.compile(r"\\(int|sum|prod)\s*_(?:\{([^{}]*)\}|(\w))\^(?:\{([^{}]*)\}|(\w|\\infty))")
_ROOTS = {"": "the square root of", "3": "the cube root of"}
_DEEP = 6


def formula_at(text: str, at: int) -> Token | None:
    """The formula that begins at `at`, in words, or None."""
    if text[at] == "$":
        found = _INLINE.match(text, at)
        if found and not text[at - 1 : at].isalnum() and (body := found["body"] or found["display"]):
            return (found.end(), _words(body)) if found["display"] or _TELLS.search(body) else None
    elif text[at] == "\\":
        if found := _FENCED.match(text, at):
            return found.end(), _words(found["body"] or found["display"])
        found = _COMMAND.match(text, at)
        if found and ("{" in found.group() or found.group()[1:] in _WORDS or found.group()[1:] in _SILENT):
            return found.end(), f" {_words(found.group())} "
    return None


def may_be_formula(text: str, at: int) -> bool:
    """Whether all of `text` from `at` on may be a formula that is not complete."""
    return text[at] in "$\\" and any(
        begun.fullmatch(text, at) for begun in (_INLINE_BEGUN, _FENCED_BEGUN, _COMMAND_BEGUN)
    )


def _words(body: str, depth: int = 0) -> str:
    if depth < _DEEP:
        body = _BOUNDS.sub(lambda f: f"\\{f[1]}from {f[2] or f[3]} to {f[4] or f[5]} of ", body)
        body = _PLAIN.sub(r" \1 ", body)
        body = _FRACTION.sub(
            lambda f: f" {_words(f[1] or f[2] or '', depth + 1)} over {_words(f[3] or f[4] or '', depth + 1)} ", body
        )
        body = _ROOT.sub(lambda f: f" {_ROOTS.get(f[1] or '', 'the root of')} {_words(f[2], depth + 1)} ", body)
        body = _POWER.sub(lambda f: _say_power((f[1] or f[2] or "").strip(), depth), body)
        body = _INDEX.sub(lambda f: f" {_words(f[1] or f[2] or '', depth + 1)} ", body)
    return " ".join(" ".join(_word(found) for found in _TOKEN.finditer(body)).split())


def _say_power(exponent: str, depth: int) -> str:
    if exponent in ("\\circ", "\\degree"):
        return " degrees "
    return (
        f" {power(exponent)} "
        if exponent.isascii() and exponent.isdigit()
        else f" to the power of {_words(exponent, depth + 1)} "
    )


def _word(found: re.Match[str]) -> str:
    command, escaped, number, letters, sign = found.groups()
    if command:
        return _WORDS.get(command, "")
    if number:
        return decimal(number)
    return letters or _SIGNS.get(escaped or sign, "")
