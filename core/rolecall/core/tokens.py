"""One tokeniser for every language: words, and each mark on its own, with offsets.

It splits at white space and punctuation, so that "government" can be reached inside "anti-government" and "people"
inside "people's". Scripts written without spaces (Han, Kana, Thai, Khmer, ...) give a token a character.
Combining marks stay with their letter, and an emoji sequence stays whole (Unicode Standard Annex 29).
"""

from typing import NamedTuple

import regex

# Letters of scripts whose words are not separated by spaces: Unicode line-break class SA, Han and Kana.
_UNSPACED = r"[\p{Line_Break=SA}\p{Han}\p{Hiragana}\p{Katakana}]"
_TOKEN = regex.compile(
    rf"(?:(?={_UNSPACED})\X)"
    rf"|(?:(?!{_UNSPACED})[\p{{L}}\p{{N}}])(?:(?!{_UNSPACED})[\p{{L}}\p{{N}}\p{{M}}\u200c\u200d])*"
    r"|(?![\s\p{Cc}\p{Cf}])\X"
)


class Token(NamedTuple):
    """A half-open stretch of a text, in code points."""

    start: int
    end: int


def tokenize(text: str) -> list[Token]:
    """Split a text into tokens in order; they never overlap, and what lies between them is white space or invisible."""
    return [Token(*match.span()) for match in _TOKEN.finditer(text)]
