"""Counts of one reader against another, article by article: what every number is a sum over.

A reader is an annotator, a model or the adjudicated gold. Later questions (intervals, other groupings, paired
comparison) are answered from these rows, without matching again.
"""

from collections.abc import Iterable, Mapping

import msgspec

from rolecall.core.records import Annotation
from rolecall.evaluate.counts import Counts
from rolecall.evaluate.match import count, keys
from rolecall.evaluate.verdicts import Pairs

Readings = Mapping[str, Annotation]
"""One annotation for each article, by article id."""


class Row(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Counts of one article by role; `group` is its story, and articles of one group are resampled together.

    `pairs` are those of the alignment by layer, `fields` the article's values for what it was asked about, and `parts`
    counts of some of its spans, or of other things, by the part's name and the value in it.
    """

    article: str
    group: str
    counts: dict[str, Counts]
    pairs: dict[str, Pairs] = {}
    fields: dict[str, str] = {}
    parts: dict[str, dict[str, Counts]] = {}

    @property
    def whole(self) -> Counts:
        """The counts of all roles together."""
        return sum(self.counts.values(), Counts())


class Tally(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One reader (`predicted`) held against another (`gold`), on the articles of `rows`."""

    gold: str
    predicted: str
    rows: tuple[Row, ...]


def tally(gold: Readings, predicted: Readings, groups: Mapping[str, str]) -> Tally:
    """Count each article of `gold`; one that `predicted` lacks has no predicted spans. Rows are ordered by id.

    `groups` gives the group of an article; one that is not in it is a group of its own.
    """
    rows = tuple(
        count_row(gold[article], predicted.get(article), groups.get(article, article)) for article in sorted(gold)
    )
    return Tally(names(gold.values()), names(predicted.values()), rows)


def count_row(gold: Annotation, predicted: Annotation | None, group: str) -> Row:
    """Count one article; without a prediction there are no predicted spans."""
    found = keys(predicted.spans) if predicted is not None else frozenset()
    return Row(gold.article, group, count(keys(gold.spans), found))


def names(annotations: Iterable[Annotation]) -> str:
    """Name the readers of some annotations, joined by + when there are several."""
    return "+".join(sorted({annotation.by for annotation in annotations}))


def total(rows: Iterable[Row]) -> dict[str, Counts]:
    """Add the counts of all rows, by role name."""
    sums: dict[str, Counts] = {}
    for row in rows:
        for role, counts in row.counts.items():
            sums[role] = sums.get(role, Counts()) + counts
    return dict(sorted(sums.items()))
