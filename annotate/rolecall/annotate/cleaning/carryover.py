"""Labels carried over to a cleaned text: what moves, what a cut shortens, what goes with it, all of it on the books."""

from collections.abc import Sequence

import msgspec

from rolecall.annotate.cleaning.cuts import blank
from rolecall.annotate.cleaning.offsets import OffsetMap
from rolecall.core.ledger import Ledger, Source, describe
from rolecall.core.records import Annotation, Span, select_spans

STAGE = "clean"
LIES_IN = "lies in a cut"
REACHES = "reaches into a cut"


def carry(annotation: Annotation, moved: OffsetMap, ledger: Ledger) -> Annotation:
    """Return the annotation as one of the cleaned text.

    A span that only moves is kept. One that reaches into a cut is shortened to what is left outside of it and marked
    unsure, so that a person looks at it; one of which no letter or digit is left is dropped, and with it its links.
    """
    source = Source(annotation.article, annotation.by)
    ledger.enter(STAGE, "annotation", 1)
    ledger.keep(STAGE, "annotation")
    ledger.enter(STAGE, "span", len(annotation.spans))
    spans = [_span(span, moved, ledger, source) for span in annotation.spans]
    keep = [index for index, span in enumerate(spans) if span is not None]
    _book(annotation, set(keep), ledger, source)
    placed = tuple(span or old for span, old in zip(spans, annotation.spans, strict=True))
    return select_spans(msgspec.structs.replace(annotation, hash=moved.hash, spans=placed), keep)


def _span(span: Span, moved: OffsetMap, ledger: Ledger, source: Source) -> Span | None:
    place = moved.forward(span.start, span.end)
    if place is not None and place[1] - place[0] == span.end - span.start:
        ledger.keep(STAGE, "span")
        return msgspec.structs.replace(span, start=place[0], end=place[1])
    if place is None:
        ledger.dropped(STAGE, "span", source, span, reason=LIES_IN)
        return None
    start, end, quote = *place, moved.quote(span.start, span.end, span.text)
    while quote and blank(quote[0]):
        start, quote = start + 1, quote[1:]
    while quote and blank(quote[-1]):
        end, quote = end - 1, quote[:-1]
    if not any(map(str.isalnum, quote)):
        ledger.dropped(STAGE, "span", source, span, reason=LIES_IN)
        return None
    left = msgspec.structs.replace(span, start=start, end=end, text=quote, unsure=True)
    ledger.changed(STAGE, "span", source, span, became=f"{describe(left)}, unsure", reason=REACHES)
    return left


def _book(annotation: Annotation, kept: set[int], ledger: Ledger, source: Source) -> None:
    """Enter what becomes of links, events and answers."""
    ledger.enter(STAGE, "link", len(annotation.links))
    for link in annotation.links:
        if kept.issuperset(link):
            ledger.keep(STAGE, "link")
        else:
            words = _words(annotation, link, " -> ")
            ledger.dropped(STAGE, "link", source, words, reason="one of its spans is dropped")
    ledger.enter(STAGE, "event", len(annotation.events))
    for event in annotation.events:
        left = [index for index in event if index in kept]
        words = _words(annotation, event, " = ")
        if len(left) == len(event):
            ledger.keep(STAGE, "event")
        elif left:
            became = _words(annotation, left, " = ")
            ledger.changed(STAGE, "event", source, words, became=became, reason="some of its triggers are dropped")
        else:
            ledger.dropped(STAGE, "event", source, words, reason="all of its triggers are dropped")
    answers = sum(map(len, annotation.choices.values()))
    ledger.enter(STAGE, "choice", answers)
    ledger.keep(STAGE, "choice", answers)


def _words(annotation: Annotation, indices: Sequence[int], between: str) -> str:
    return between.join(describe(annotation.spans[index]) for index in indices)
