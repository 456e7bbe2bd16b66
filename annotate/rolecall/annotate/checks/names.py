"""Small words that are part of a name."""

from bisect import bisect_left, bisect_right

import regex

from rolecall.annotate.checks.function_words import code_of
from rolecall.annotate.checks.reading import Reading
from rolecall.core.records import Span


def belongs_to_name(reading: Reading, span: Span, at: int) -> bool:
    """Tell whether the small word that a span opens with is part of a name, as in "The Hague" or "Against Hunger".

    It is where it has a capital that is no sentence's, as has the next word, at `at`. At the head of a sentence the
    rest of the text tells: in English it is part of the name only if it has a capital inside a sentence as well.
    Elsewhere names with articles are many ("La Paz", "Le Havre"): there it is left alone unless it is small somewhere.
    """
    if not span.text[0].isupper() or not span.text[at].isupper():
        return False
    if not _opens_sentence(reading, span.start):
        return True
    text = reading.article.text
    if code_of(reading.article.lang) in ("", "en"):
        return any(not _opens_sentence(reading, place.start()) for place in _places(span.text, text))
    return not _places(span.text[0].lower() + span.text[1:], text)


def may_be_name(reading: Reading, span: Span, at: int) -> bool:
    """Tell whether nothing in the text says that the small word is no part of a name, but that a sentence begins there.

    Both words have a capital, and the small one is written small before the next nowhere.
    """
    capitals = span.text[0].isupper() and span.text[at].isupper()
    small = span.text[0].lower() + span.text[1:]
    return capitals and _opens_sentence(reading, span.start) and not _places(small, reading.article.text)


def _opens_sentence(reading: Reading, at: int) -> bool:
    """Tell whether a place is the head of a sentence, or of what follows a colon, behind quotation marks perhaps."""
    before = reading.article.text[:at].rstrip("\"'“‘«„([—–- \n")
    heads = reading.sentences
    return before[-1:] in ("", ":") or bisect_left(heads, len(before)) < bisect_right(heads, at)


def _places(words: str, text: str) -> "list[regex.Match[str]]":
    """Find words in a text, where they are not part of longer ones."""
    return [*regex.finditer(rf"(?<![\p{{L}}\p{{N}}]){regex.escape(words)}(?![\p{{L}}\p{{N}}])", text)]
