"""Articles with their readers side by side: what each marked, where they differ, and the lines on which they agree."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from rolecall.core.records import Annotation, Article, Span
from rolecall.core.scheme import Scheme
from rolecall.evaluate.counts import Counts
from rolecall.evaluate.disagreements import KINDS, Disagreement
from rolecall.evaluate.marks import Mark, Piece, aligned, paragraphs, pieces
from rolecall.evaluate.match import Key


class Reader(NamedTuple):
    """Somebody who read the article; `number` is theirs all over the page, and gold's is last."""

    name: str
    number: int
    gold: bool


class Difference(NamedTuple):
    """A disagreement as it is listed; `classes` are what the filters ask for: its kind, its roles, its pair."""

    number: int
    found: Disagreement
    classes: str


class Label(NamedTuple):
    """What is said of a mark beside its role: the kinds of its differences, and their numbers.

    `anchors` are the differences whose number in the list leads to this mark.
    """

    kinds: tuple[str, ...] = ()
    differences: tuple[int, ...] = ()
    anchors: tuple[int, ...] = ()

    def joined(self, other: "Label") -> "Label":
        """Say what either says."""
        return Label(
            tuple(dict.fromkeys((*self.kinds, *other.kinds))),
            tuple(dict.fromkeys((*self.differences, *other.differences))),
            tuple(dict.fromkeys((*self.anchors, *other.anchors))),
        )


class Line(NamedTuple):
    """A line of the text as each reader marked it; `same` for all, gold included, or for `annotators` only."""

    sides: list[list[Piece]]
    same: bool
    annotators: bool
    blank: bool
    depth: int


class ArticleSides(NamedTuple):
    """What the page shows of an article."""

    article: Article
    readers: list[Reader]
    counts: Counts
    differences: list[Difference]
    labels: dict[tuple[int, Key], Label]
    lines: list[Line]

    def label(self, line: Line, side: int, mark: Mark) -> Label:
        """Find what is said of a mark; nothing where all agree.

        On a line that stands once for all annotators, or may, the first of them speaks for all.
        """
        if not line.annotators:
            return self.labels.get((side, mark[:3]), Label())
        if side:
            return Label()
        found = Label()
        for number in range(len(self.readers)):
            found = found.joined(self.labels.get((number, mark[:3]), Label()))
        return found


class Names(NamedTuple):
    """The numbers of readers, pairs and roles, by which classes are named."""

    readers: dict[str, int]
    pairs: dict[tuple[str, str], int]
    roles: dict[str, int]

    def classes(self, found: Disagreement) -> str:
        """Name what the filters ask of a disagreement."""
        pair = self.pairs.get((found.first, found.second), 0)
        return " ".join([f"e{KINDS.index(found.kind)}", f"p{pair}", *(f"f{self.roles[role]}" for role in found.roles)])


def place(
    article: Article,
    readings: Mapping[str, Annotation],
    gold: Annotation | None,
    found: Sequence[Disagreement],
    *,
    counts: Counts,
    scheme: Scheme,
    names: Names,
) -> ArticleSides:
    """Lay the readings of an article side by side; `found` are its disagreements in text order."""
    readers = [Reader(name, names.readers[name], False) for name in sorted(readings)]
    sides = [readings[reader.name] for reader in readers]
    if gold is not None and gold.by not in readings:
        readers.append(Reader(gold.by, len(names.readers), True))
        sides.append(gold)
    labels = _labels(found, {reader.name: number for number, reader in enumerate(readers)})
    marks = [_marks(reading.spans, sides[: len(readings)]) for reading in sides]
    return ArticleSides(
        article=article,
        readers=readers,
        counts=counts,
        differences=[Difference(number, each, names.classes(each)) for number, each in enumerate(found)],
        labels=labels,
        lines=[
            _line(article.text, bounds, marks, len(readings), scheme.layer_of) for bounds in paragraphs(article.text)
        ],
    )


def _labels(found: Sequence[Disagreement], at: Mapping[str, int]) -> dict[tuple[int, Key], Label]:
    """Say of each mark in which differences it is; each difference leads to the first of its marks."""
    labels: dict[tuple[int, Key], Label] = {}
    for number, each in enumerate(found):
        places = [
            (at[name], span.key)
            for name, spans in ((each.first, each.left), (each.second, each.right))
            for span in spans
            if name in at
        ]
        for place_ in places:
            label = Label((each.kind,), (number,), (number,) if place_ == places[0] else ())
            labels[place_] = labels.get(place_, Label()).joined(label)
    return labels


def _marks(spans: Sequence[Span], annotators: Sequence[Annotation]) -> list[Mark]:
    """Mark a reader's spans, each once: agreed where every annotator has it."""
    everyone = set.intersection(*({span.key for span in each.spans} for each in annotators)) if annotators else set()
    return [
        Mark(*key, verdict="agreed" if key in everyone else "disputed") for key in sorted({span.key for span in spans})
    ]


def _line(
    text: str, bounds: tuple[int, int], sides: Sequence[Sequence[Mark]], annotators: int, layer_of: Mapping[str, str]
) -> Line:
    """Lay the marks of one line out; layers lie on the same tracks on every side."""
    start, end = bounds
    inside = [[mark for mark in side if mark.start < end and start < mark.end] for side in sides]
    bars = aligned(inside, layer_of)
    return Line(
        sides=[pieces(text, start, end, each) for each in bars],
        same=all(side == inside[0] for side in inside),
        annotators=all(side == inside[0] for side in inside[:annotators]),
        blank=not text[start:end].strip() and not any(inside),
        depth=max((bar.track + 1 for side in bars for bar in side), default=0),
    )
