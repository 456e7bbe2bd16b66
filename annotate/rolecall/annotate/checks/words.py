"""Where words begin and end, in any script."""

import regex

from rolecall.core.tokens import tokenize

_REACH = 64  # characters to either side within which a word's ends are looked for
# Two characters between which no token goes on: most edges end here.
_APART = regex.compile(r"[\s\p{P}\p{S}](?=[\p{L}\p{N}])|.(?=[\s\p{P}])|\s", regex.DOTALL)
_LETTER = regex.compile(r"[\p{L}\p{M}]")
_DIGIT = regex.compile(r"\p{Nd}")
_SEPARATED = regex.compile(r"\p{Nd}(?:[.,’']\p{Nd}|[\u00a0\u202f]\p{Nd}{3}(?!\p{Nd}))")


def word_across(text: str, at: int) -> str | None:
    """Return the word, number or cluster of marks that a boundary at `at` would cut in two; None where it cuts none.

    Tokens of `core` decide, so a hyphen or an apostrophe is a fair place to cut ("anti-government", "people's"), and
    in scripts without spaces any character is. So is the place between a number and its unit ("40km").
    """
    if not 0 < at < len(text):
        return None
    # "1,200": the separator stands before or after the boundary.
    if _SEPARATED.match(text, at - 1) or (at > 1 and _SEPARATED.match(text, at - 2)):
        return text[max(0, at - 2) : at + 2].strip(" \n")
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
