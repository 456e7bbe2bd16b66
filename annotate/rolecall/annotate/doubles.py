"""Near-duplicates that stand in two splits: what a model has read must not be what it is tested on.

Texts are compared as `core.similar` does; memory holds some 900 bytes of each, and texts are read again only where two
look alike by their signatures.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from rolecall.core import similar
from rolecall.core.errors import InputError
from rolecall.core.records import Article
from rolecall.core.wording import few

TRIED = 20
"""Candidates of another split that an article is held against in one band: of a mass of copies, some are named."""
LIKELY = similar.THRESHOLD - 0.2
"""Likeness by signatures from which two texts are read: 128 places tell it with a standard error below 0.05."""
AT_ONCE = 1_000
"""Signatures that are cut into bands at a time, which takes another 1 KB of memory each."""


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
    signatures = np.empty((len(names), similar.PERMUTATIONS), dtype=np.uint32)
    for row, name in enumerate(watch(names)):
        signatures[row] = similar.signature(similar.shingles(articles[name].text))
    splits = [split_of[name] for name in names]
    found = []
    for one, other in sorted(set(_candidates(signatures, splits))):
        likeness = similar.likeness(*(similar.shingles(articles[names[row]].text) for row in (one, other)))
        if likeness >= similar.THRESHOLD:
            found.append(Double(names[one], splits[one], names[other], splits[other], round(likeness, 3)))
    return found


def _candidates(signatures: similar.Hashes, splits: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield pairs of rows in different splits that share a band and look alike, the lower row first."""
    parts = [similar.bands(signatures[at : at + AT_ONCE], similar.THRESHOLD) for at in range(0, len(splits), AT_ONCE)]
    for band in np.concatenate(parts).T:
        order = np.argsort(band, kind="stable")
        edges = np.concatenate(([0], np.flatnonzero(np.diff(band[order])) + 1, [len(order)]))
        for at in np.flatnonzero(np.diff(edges) > 1):
            yield from _alike(order[edges[at] : edges[at + 1]], signatures, splits)


def _alike(run: NDArray[np.int64], signatures: similar.Hashes, splits: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield those of some rows that look alike and stand in different splits."""
    by_split: dict[str, list[int]] = {}
    for row in run.tolist():
        by_split.setdefault(splits[row], []).append(row)
    if len(by_split) < 2:
        return
    for row in run.tolist():
        for split, rows in by_split.items():
            if split != splits[row]:
                others = rows[:TRIED]
                alike = (signatures[others] == signatures[row]).mean(axis=1) >= LIKELY
                yield from (
                    (min(row, other), max(row, other)) for other, near in zip(others, alike, strict=True) if near
                )


def check_doubles(doubles: Sequence[Double]) -> None:
    """Raise InputError where there are any, naming both articles."""
    if doubles:
        raise InputError(
            f"{len(doubles):,} pairs of near-duplicates stand in two splits: {'; '.join(few(map(str, doubles)))}",
            remedy="mark them, which keeps them together (rolecall annotate stories), put both in one split, or leave "
            "one out; --allow-doubles builds all the same and says so on the card",
        )
