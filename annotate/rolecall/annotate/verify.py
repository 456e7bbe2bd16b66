"""Compare two annotation files: does the second say what the first says, span by span, link by link, event by event?"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import msgspec

from rolecall.core.ledger import describe
from rolecall.core.records import Annotation, Span

UNITS = ("annotations", "spans", "links", "events", "choices")

Grouped = Mapping[str, Mapping[str, Annotation]]


class Difference(NamedTuple):
    """One thing that only one side says: `side` is "missing" from the second file, or "extra" in it."""

    article: str
    by: str
    unit: str
    side: str
    item: str

    def __str__(self) -> str:
        return f"{self.side:7} {self.unit.removesuffix('s'):10} {self.article} by {self.by}: {self.item}"


class Row(msgspec.Struct):
    """What a unit comes to: what each file holds, counted apart from the comparison, and what that found."""

    first: int = 0
    second: int = 0
    identical: int = 0
    missing: int = 0
    extra: int = 0

    @property
    def same(self) -> bool:
        """Whether everything that each file holds was found identical in the other."""
        return self.first == self.identical == self.second


class Comparison(NamedTuple):
    """The table by unit, and every difference, in the first file's order of articles."""

    rows: dict[str, Row]
    differences: list[Difference]

    @property
    def same(self) -> bool:
        """Whether the two files say the same."""
        return not self.differences and all(row.same for row in self.rows.values())


def verify(first: Grouped, second: Grouped, triggers: frozenset[str]) -> Comparison:
    """Compare two files, each as {article: {annotator: annotation}}, by article and annotator.

    Times, durations, predictions started from and the order of things do not count. An annotation is its hash, kind,
    scheme and status (without one it is "submitted"); a span its bounds, role, quote, score and unsure mark; a link its
    two spans; a choice its question and answer. An event is a group of triggers; a trigger in no group is an event of
    its own where its annotation has a link or a group, since without either nobody labelled events. `triggers` names
    the roles that are triggers. What stands twice counts twice, except for a link between the same two spans of an
    annotation.
    """
    rows = {unit: Row() for unit in UNITS}
    for annotation in _each(first):
        for unit, number in _count(annotation, triggers).items():
            rows[unit].first += number
    for annotation in _each(second):
        for unit, number in _count(annotation, triggers).items():
            rows[unit].second += number
    differences: list[Difference] = []
    for article in dict.fromkeys([*first, *second]):
        ours, theirs = first.get(article, {}), second.get(article, {})
        for by in dict.fromkeys([*ours, *theirs]):
            one, other = contents(ours.get(by), triggers), contents(theirs.get(by), triggers)
            for unit in UNITS:
                missing, extra = one[unit] - other[unit], other[unit] - one[unit]
                rows[unit].identical += (one[unit] & other[unit]).total()
                rows[unit].missing += missing.total()
                rows[unit].extra += extra.total()
                differences += [Difference(article, by, unit, "missing", item) for item in missing.elements()]
                differences += [Difference(article, by, unit, "extra", item) for item in extra.elements()]
    return Comparison(rows, differences)


def _each(grouped: Grouped) -> Iterator[Annotation]:
    for readings in grouped.values():
        yield from readings.values()


def _count(annotation: Annotation, triggers: frozenset[str]) -> dict[str, int]:
    """Count what a record holds, without looking at what it says."""
    groups = [event for event in annotation.events if len(event) > 1]
    labelled = bool(annotation.links or groups)
    heads = sum(span.role in triggers for span in annotation.spans)
    return {
        "annotations": 1,
        "spans": len(annotation.spans),
        "links": len(set(annotation.links)),
        "events": heads - sum(len(group) - 1 for group in groups) if labelled else 0,
        "choices": sum(map(len, annotation.choices.values())),
    }


def contents(annotation: Annotation | None, triggers: frozenset[str]) -> dict[str, Counter[str]]:
    """Return what an annotation says, in words, by unit; two annotations that say the same have equal contents."""
    found: dict[str, Counter[str]] = {unit: Counter() for unit in UNITS}
    if annotation is None:
        return found
    spans = [_words(span) for span in annotation.spans]
    groups = [event for event in annotation.events if len(event) > 1]
    grouped = {index for event in groups for index in event}
    if annotation.links or groups:
        lone = [index for index, span in enumerate(annotation.spans) if span.role in triggers and index not in grouped]
        groups += [(index,) for index in lone]
    status = annotation.status or "submitted"
    found["annotations"][f"{annotation.kind}, {status}, {annotation.scheme}, hash {annotation.hash}"] = 1
    found["spans"].update(spans)
    found["links"].update(f"{spans[trigger]} -> {spans[argument]}" for trigger, argument in set(annotation.links))
    found["choices"].update(f"{name}: {one}" for name, chosen in annotation.choices.items() for one in chosen)
    found["events"].update(" + ".join(sorted(spans[index] for index in event)) for event in groups)
    return found


def _words(span: Span) -> str:
    score = "" if span.score is None else f" score {span.score!r}"
    return f"{describe(span)}{score}{' unsure' if span.unsure else ''}"
