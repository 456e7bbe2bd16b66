"""Words, and spans from tags that a tagger gave them without regard for what may follow what."""

from collections.abc import Sequence

from rolecall.core import bio
from rolecall.core.records import Span
from rolecall.core.tokens import Token


def words_of(text: str, tokens: Sequence[Token]) -> list[str]:
    """Return the tokens as they are written."""
    return [text[start:end] for start, end in tokens]


def mend(tags: Sequence[str]) -> list[str]:
    """Open a span at every I- that goes on with nothing of its role, as the CoNLL scorer reads it."""
    mended: list[str] = []
    for tag in tags:
        prefix, _, role = tag.partition("-")
        stray = prefix == "I" and (not mended or mended[-1][2:] != role)
        mended.append(f"B-{role}" if stray else tag)
    return mended


def spans_of(text: str, tokens: Sequence[Token], tags: Sequence[str]) -> list[Span]:
    """Return the spans of one tag a token, strays mended."""
    found = []
    for place, role in bio.decode(mend(tags)):
        start, end = tokens[place.first].start, tokens[place.last - 1].end
        found.append(Span(start, end, role, text[start:end]))
    return found


def in_order(spans: Sequence[Span]) -> tuple[Span, ...]:
    """Put the spans of all layers into text order."""
    return tuple(sorted(spans, key=lambda span: span.key))
