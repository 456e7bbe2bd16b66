"""The items of an annotation, by bounds and role instead of indices: spans, links, events, marks of doubt, answers."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from rolecall.annotate.adjudication.case import Case
from rolecall.annotate.labelling import UNSURE
from rolecall.core.ledger import Unit, describe
from rolecall.core.records import Annotation, Span
from rolecall.evaluate.match import Key

Link = tuple[Key, Key]
Event = frozenset[Key]
Answer = tuple[str, str]


class Mark(NamedTuple):
    """A mark "unsure" on a span."""

    key: Key


class Contents(NamedTuple):
    """What an annotation says, by bounds and role instead of indices; `twice` are spans that stand there again."""

    spans: list[Key]
    links: list[Link]
    events: list[Event]
    marks: list[Mark]
    answers: list[Answer]
    twice: Counter[Key]

    @classmethod
    def of(cls, annotation: Annotation) -> "Contents":
        """Take them out of an annotation."""
        keys = [span.key for span in annotation.spans]
        events = (frozenset(keys[index] for index in event) for event in annotation.events)
        return cls(
            list(dict.fromkeys(keys)),
            list(dict.fromkeys((keys[one], keys[other]) for one, other in annotation.links)),
            list(dict.fromkeys(event for event in events if len(event) > 1)),
            list(dict.fromkeys(Mark(span.key) for span in annotation.spans if span.unsure)),
            [(name, word) for name, chosen in annotation.choices.items() for word in chosen],
            Counter(keys) - Counter(set(keys)),
        )

    def tally(self, case: Case) -> Counter[tuple[Unit, str]]:
        """Count the items by unit and words."""
        units: list[tuple[Unit, Iterable[object]]] = [
            ("span", [*self.spans, *self.twice.elements()]),
            ("link", self.links),
            ("event", self.events),
            ("choice", [*self.marks, *self.answers]),
        ]
        return Counter((unit, words_of(item, case)) for unit, items in units for item in items)


def spans_of(item: object, case: Case) -> Iterator[Span]:
    """Yield the spans that an item is made of."""
    match item:
        case Mark(key):
            yield from spans_of(key, case)
        case frozenset():
            for key in sorted(item):
                yield from spans_of(key, case)
        case (int(start), int(end), str(role)):
            yield Span(start, end, role, case.article.text[start:end])
        case ((_, _, _) as one, (_, _, _) as other):
            yield from spans_of(one, case)
            yield from spans_of(other, case)


def words_of(item: object, case: Case) -> str:
    """Write an item as the ledger does."""
    spans = [describe(span) for span in spans_of(item, case)]
    match item:
        case Mark():
            return f"{UNSURE}: {spans[0]}"
        case frozenset():
            return " + ".join(spans)
        case (str(question), str(word)):
            return f"{question}: {word}"
        case _:
            return " -> ".join(spans)
