"""Rules about spans beside each other: overlaps inside a layer, the same label twice; and marks of doubt."""

from collections.abc import Iterator

from rolecall.annotate.checks.findings import Hit
from rolecall.annotate.checks.reading import Options, Reading
from rolecall.core.ledger import describe
from rolecall.core.records import Span


def overlap(reading: Reading, _: Options) -> Iterator[Hit]:
    """Find spans that begin inside another one of their layer, each with the one that reaches furthest."""
    furthest: dict[str, Span] = {}
    seen: set[tuple[int, int, str]] = set()
    for span in sorted(reading.spans, key=lambda s: (s.start, -s.end, s.role)):
        if span.key in seen:
            continue
        seen.add(span.key)
        layer = reading.scheme.layer_of[span.role]
        before = furthest.get(layer)
        if before is not None and span.start < before.end:
            same = (span.start, span.end) == (before.start, before.end)
            words = f"is {before.role} as well" if same else f"overlaps {describe(before)}"
            yield Hit(f"{words}, in the same layer {layer}", span)
        if before is None or span.end > before.end:
            furthest[layer] = span


def double_span(reading: Reading, _: Options) -> Iterator[Hit]:
    """Find labels that stand twice: same bounds, same role."""
    seen: set[tuple[int, int, str]] = set()
    for span in reading.spans:
        if span.key in seen:
            yield Hit("stands twice", span)
        seen.add(span.key)


def unsure(reading: Reading, _: Options) -> Iterator[Hit]:
    """Find labels that are still marked unsure."""
    for span in reading.spans:
        if span.unsure:
            yield Hit("is still marked unsure", span)
