"""Where words begin and end, in any script."""

import regex

from rolecall.core.tokens import tokenize

_REACH = 64  # characters to either side within which a word's ends are looked for
# Two characters between which no token goes on: most edges end here.
_APART = regex.compile(r"[\s\p{P}\p{S}](?=[\p{L}\p{N}])|.(?=[\s\p{P}])|\s", regex.DOTALL)
_LETTER = regex.compile(r"[\p{L}\p{M}]")
_DIGIT = regex.compile(r"\p{Nd}")
# "1,200": a number with separators is one word, and none of its marks is an edge.
_NUMBER = regex.compile(r"\p{Nd}+(?:[.,’']\p{Nd}+|[\u00a0\u202f]\p{Nd}{3}(?!\p{Nd}))+")


def word_across(text: str, at: int) -> str | None:
    """Return the word, number or cluster of marks that a boundary at `at` would cut in two; None where it cuts none.

    Tokens of `core` decide, so a hyphen or an apostrophe is a fair place to cut ("anti-government", "people's"), and
    in scripts without spaces any character is. So is the place between a number and its unit ("40km").
    """
    if not 0 < at < len(text):
        return None
    if number := _number_across(text, at):
        return number
    if _APART.match(text, at - 1):
        return None
    before, after = text[at - 1], text[at]
    if any(_DIGIT.match(one) and _LETTER.match(other) for one, other in ((before, after), (after, before))):
        return None
    first = max(0, at - _REACH)
    window = text[first : at + _REACH]
    for token in tokenize(window):
        if first + token.start < at < first + token.end:
            return window[token.start : token.end]
    return None


def _number_across(text: str, at: int) -> str | None:
    """Return the number with separators that a boundary would cut in two."""
    if not (_DIGIT.match(text, at - 1) or _DIGIT.match(text, at)):
        return None
    first = max(0, at - _REACH)
    for match in _NUMBER.finditer(text, first, at + _REACH):
        if match.start() < at < match.end():
            return str(match[0])
    return None
