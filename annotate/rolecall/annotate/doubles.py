"""Near-duplicates that stand in two splits: what a model has read must not be what it is tested on.

Texts are compared as `core.similar` does; memory holds some 200 bytes of each, and texts are read again only where two
may be alike.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from rolecall.core import similar
from rolecall.core.errors import InputError
from rolecall.core.records import Article

TRIED = 20
"""Candidates of another split that an article is held against in one band: of a mass of copies, some are named."""
SHOWN = 10


class Double(msgspec.Struct, frozen=True):
    """Two articles of different splits, and how much they are alike."""

    article: str
    split: str
    other: str
    other_split: str
    likeness: float

    def __str__(self) -> str:
        return f"{self.article!r} ({self.split}) and {self.other!r} ({self.other_split}): {self.likeness:.2f} alike"


def find_doubles(
    articles: Mapping[str, Article],
    split_of: Mapping[str, str],
    watch: Callable[[Sequence[str]], Iterable[str]] = iter,
) -> list[Double]:
    """Return pairs of near-duplicates in different splits, ordered by article; `watch` is given the ids."""
    names = sorted(split_of)
    if len(set(split_of.values())) < 2:
        return []
    marks = np.empty((len(names), similar.shape(similar.THRESHOLD)[0]), dtype=np.uint64)
    for row, name in enumerate(watch(names)):
        own = similar.signature(similar.shingles(articles[name].text))
        marks[row] = similar.bands(own[None, :], similar.THRESHOLD)[0]
    splits = [split_of[name] for name in names]
    found = []
    for one, other in sorted(set(_candidates(marks, splits))):
        likeness = similar.likeness(*(similar.shingles(articles[names[row]].text) for row in (one, other)))
        if likeness >= similar.THRESHOLD:
            found.append(Double(names[one], splits[one], names[other], splits[other], round(likeness, 3)))
    return found


def _candidates(marks: NDArray[np.uint64], splits: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield pairs of rows that share a band and stand in different splits, the lower row first."""
    for band in marks.T:
        order = np.argsort(band, kind="stable")
        edges = np.flatnonzero(np.diff(band[order])) + 1
        for run in np.split(order, edges):
            if len(run) > 1:
                rows = run.tolist()
                by_split = {split: [row for row in rows if splits[row] == split] for split in {splits[r] for r in rows}}
                for row in rows if len(by_split) > 1 else []:
                    for split, others in by_split.items():
                        if split != splits[row]:
                            yield from ((min(row, other), max(row, other)) for other in others[:TRIED])


def check_doubles(doubles: Sequence[Double]) -> None:
    """Raise InputError where there are any, naming both articles."""
    if doubles:
        raise InputError(
            f"{len(doubles):,} pairs of near-duplicates stand in two splits: {'; '.join(map(str, doubles[:SHOWN]))}"
            + ("; ..." if len(doubles) > SHOWN else ""),
            remedy="mark them, which keeps them together (rolecall annotate stories), put both in one split, or leave "
            "one out; --allow-doubles builds all the same and says so on the card",
        )
