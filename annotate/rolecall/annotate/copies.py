"""Near-duplicates within a corpus: which article is the original, and which are copies of it.

Each copy is measured against its original and is a near-duplicate of it: a row of texts of which each was made from the
one before has as many originals as that takes. Those are named as kin, so that they can be kept together.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rolecall.annotate.vectors import Rows, Watch
from rolecall.core.similar import Hashes, bands, likeness

_MARGIN = 0.15  # an estimate from 128 places is too low by more than this three times in ten thousand
_ENOUGH = 16  # copies of one original in a bucket: who is like another copy is like one of these


class Copies(NamedTuple):
    """The original of each text by row, itself where it is one; how like it a copy is; and pairs of kindred originals.

    Originals are kindred when one, or a copy of it, is a near-duplicate of the other or of a copy of that.
    """

    original: Rows
    likeness: dict[int, float]
    kin: list[tuple[int, int]]


def find_copies(
    shingles: Sequence[Hashes],
    signatures: Hashes,
    order: Sequence[int],
    known: Mapping[int, int],
    *,
    threshold: float,
    watch: Watch,
) -> Copies:
    """Find the original of each text, which is one that comes before it in `order`: the most alike of them.

    `shingles` and `signatures` are those of `rolecall.core.similar`, by row; `known` are originals that are settled.
    """
    original, alike = np.arange(len(shingles)), dict[int, float]()
    pairs: dict[tuple[int, int], None] = {}
    rank = np.empty(len(shingles), dtype=np.int64)
    rank[np.asarray(order, dtype=np.int64)] = np.arange(len(shingles))
    buckets = _Buckets(bands(signatures, threshold), original)
    for row in watch(order, "Finding duplicates"):
        others = buckets.around(row)
        if len(others):
            agree = np.equal(signatures[others], signatures[row]).mean(axis=1)
            others = others[agree >= threshold - _MARGIN]
            others = others[np.argsort(rank[others])]
        near: dict[int, float] = {}
        firsts = [int(other) for other in others if original[other] == other]
        for other in firsts:
            near[other] = likeness(shingles[row], shingles[other])
        best = max(firsts, key=near.__getitem__, default=row)  # of equally alike ones the earliest
        if row in known:
            original[row] = known[row]
        elif best != row and near[best] >= threshold:
            original[row] = best
            alike[row] = near[best]
        own = int(original[row])
        kin = {own}
        for other in map(int, others):
            if original[other] not in kin:
                like = near[other] if other in near else likeness(shingles[row], shingles[other])
                if like >= threshold:
                    kin.add(int(original[other]))
                    pairs[min(own, int(original[other])), max(own, int(original[other]))] = None
        buckets.add(row)
    return Copies(original, alike, [*pairs])


class _Buckets:
    """Rows that share a band, as far as they have been added; those that share none with any other are in no bucket."""

    def __init__(self, keys: NDArray[np.uint64], original: Rows) -> None:
        self._original = original
        self._slots = np.full(keys.shape, -1, dtype=np.int64)
        count = 0
        for band in range(keys.shape[1]):
            _, inverse, sizes = np.unique(keys[:, band], return_inverse=True, return_counts=True)
            shared = np.greater(sizes, 1)
            self._slots[:, band] = np.where(shared, np.cumsum(shared) - 1 + count, -1)[inverse]
            count += int(shared.sum())
        self._alone: NDArray[np.bool_] = np.all(self._slots < 0, axis=1)
        self._rows: list[list[int]] = [[] for _ in range(count)]

    def around(self, row: int) -> Rows:
        """Return the rows that share a band with this one, and their originals."""
        if self._alone[row]:
            return np.empty(0, np.int64)
        found = dict.fromkeys(other for slot in self._of(row) for other in self._rows[slot])
        found.update(dict.fromkeys(int(self._original[other]) for other in [*found]))
        found.pop(row, None)
        return np.fromiter(found, dtype=np.int64, count=len(found))

    def add(self, row: int) -> None:
        """Add a row, unless there are enough copies of its original."""
        if self._alone[row]:
            return
        for slot in self._of(row):
            there = self._rows[slot]
            if len(there) < _ENOUGH or Counter(self._original[there])[self._original[row]] < _ENOUGH:
                there.append(row)

    def _of(self, row: int) -> Iterator[int]:
        return (int(slot) for slot in self._slots[row] if slot >= 0)
