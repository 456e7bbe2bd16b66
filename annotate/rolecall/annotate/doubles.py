"""Near-duplicates that stand apart, in two splits or folds: what a model has read must not be what it is tested on.

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
"""Candidates of another part that an article is held against in one band: of a mass of copies, some are named."""
LIKELY = similar.THRESHOLD - 0.2
"""Likeness by signatures from which two texts are read: 128 places tell it with a standard error below 0.05."""
AT_ONCE = 1_000
"""Signatures that are cut into bands at a time, which takes another 1 KB of memory each."""
FOLD = "train fold "
"""How the part is called that holds one fold of train, before its number."""


class Double(msgspec.Struct, frozen=True):
    """Two articles of different parts, and how much they are alike; a part is a split, or a fold of train."""

    article: str
    part: str
    other: str
    other_part: str
    likeness: float

    def __str__(self) -> str:
        return f"{self.article!r} ({self.part}) and {self.other!r} ({self.other_part}): {self.likeness:.2f} alike"

    @property
    def apart(self) -> str:
        """What they stand in two of."""
        return "folds of train" if self.part.startswith(FOLD) and self.other_part.startswith(FOLD) else "splits"


def find_doubles(
    articles: Mapping[str, Article],
    part_of: Mapping[str, str],
    watch: Callable[[Sequence[str]], Iterable[str]] = iter,
) -> list[Double]:
    """Return pairs of near-duplicates in different parts, ordered by article; `watch` is given the ids."""
    names = sorted(part_of)
    if len(set(part_of.values())) < 2:
        return []
    signatures = np.empty((len(names), similar.PERMUTATIONS), dtype=np.uint32)
    for row, name in enumerate(watch(names)):
        signatures[row] = similar.signature(similar.shingles(articles[name].text))
    parts = [part_of[name] for name in names]
    found = []
    for one, other in sorted(set(_candidates(signatures, parts))):
        likeness = similar.likeness(*(similar.shingles(articles[names[row]].text) for row in (one, other)))
        if likeness >= similar.THRESHOLD:
            found.append(Double(names[one], parts[one], names[other], parts[other], round(likeness, 3)))
    return found


def _candidates(signatures: similar.Hashes, parts: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield pairs of rows in different parts that share a band and look alike, the lower row first."""
    starts = range(0, len(parts), AT_ONCE)
    bands = [similar.bands(signatures[at : at + AT_ONCE], similar.THRESHOLD) for at in starts]
    for band in np.concatenate(bands).T:
        order = np.argsort(band, kind="stable")
        edges = np.concatenate(([0], np.flatnonzero(np.diff(band[order])) + 1, [len(order)]))
        for at in np.flatnonzero(np.diff(edges) > 1):
            yield from _alike(order[edges[at] : edges[at + 1]], signatures, parts)


def _alike(run: NDArray[np.int64], signatures: similar.Hashes, parts: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield those of some rows that look alike and stand in different parts."""
    by_part: dict[str, list[int]] = {}
    for row in run.tolist():
        by_part.setdefault(parts[row], []).append(row)
    if len(by_part) < 2:
        return
    for row in run.tolist():
        for part, rows in by_part.items():
            if part != parts[row]:
                others = rows[:TRIED]
                alike = (signatures[others] == signatures[row]).mean(axis=1) >= LIKELY
                yield from (
                    (min(row, other), max(row, other)) for other, near in zip(others, alike, strict=True) if near
                )


def check_doubles(doubles: Sequence[Double]) -> None:
    """Raise InputError where there are any, naming both articles."""
    if doubles:
        raise InputError(
            f"{told(doubles)}: {'; '.join(few(map(str, doubles)))}",
            remedy="mark them, which keeps them together (rolecall annotate stories), put both in one of these, or "
            "leave one out; --allow-doubles builds all the same and says so on the card",
        )


def told(doubles: Sequence[Double]) -> str:
    """Say how many pairs there are, and what they stand in two of."""
    apart = sorted({double.apart for double in doubles}, reverse=True)
    return f"{len(doubles):,} pairs of near-duplicates stand in two {' or '.join(apart)}"
