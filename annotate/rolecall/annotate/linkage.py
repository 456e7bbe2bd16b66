"""Average linkage on a sparse graph: groups are joined as long as their members are similar enough on average.

The two most similar groups are joined first (Sokal and Michener 1958). So one article that is like those of two stories
does not chain them, as it would with single linkage. Groups that are nearest to each other may be joined all at once,
since the mean similarity of a union is between those of its parts (Bruynooghe 1978): the result is the same.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from rolecall.annotate.vectors import UNDATED, Pairs, Rows, dot_pairs

NAMELESS = -1
_LARGE = 50  # texts from which it pays to keep the sum of a group


class Texts(NamedTuple):
    """What is grouped: vectors of length 1 as rows of a sparse matrix, and the day of each, or UNDATED."""

    vectors: Any
    days: Rows


class Limits(NamedTuple):
    """What two groups have to be to become one: similar on average, and no more than `window` days apart on average."""

    threshold: float
    window: int


def link(texts: Texts, pairs: Pairs, groups: Rows, names: Rows, limits: Limits) -> Rows:
    """Return the group of each text, each named by one of its rows.

    `pairs` are all texts that are at least as similar as the threshold: without one, two groups cannot be joined.
    `groups` is the group in which each text is to begin with, and `names` the number of the name that its group has, or
    NAMELESS; groups of different names are never joined.
    """
    groups, names = groups.copy(), names.copy()
    sums = _Sums(texts.vectors)
    edges = _between(groups[pairs.one], groups[pairs.other], pairs.similarity)
    edges = _measured(edges, _large(groups), sums, groups)
    while True:
        fit = edges.similarity >= limits.threshold
        fit &= _near(edges, texts.days, groups, limits.window)
        fit &= (names[edges.one] == names[edges.other]) | (names[edges.one] < 0) | (names[edges.other] < 0)
        if not fit.any():
            return groups
        # A union is like a third group as its parts are at most, so what is in separate pieces now stays separate.
        ends = edges.one[fit], edges.other[fit]
        pieces = connected_components(sparse.coo_matrix((np.ones(len(ends[0])), ends), shape=(len(groups),) * 2))[1]
        one, other = _mutual(Pairs(edges.one[fit], edges.other[fit], edges.similarity[fit]))
        into = np.arange(len(groups))
        into[other] = one
        names[one] = np.maximum(names[one], names[other])
        sums.join(one, other, groups)
        groups = into[groups]
        whole = pieces[edges.one] == pieces[edges.other]
        edges = _between(into[edges.one[whole]], into[edges.other[whole]], edges.similarity[whole])
        edges = _measured(edges, one, sums, groups)


def _large(groups: Rows) -> Rows:
    """Return the groups that begin with several texts."""
    return np.flatnonzero(np.bincount(groups, minlength=len(groups)) > 1)


def _between(one: Rows, other: Rows, similarity: NDArray[np.float64]) -> Pairs:
    """Return each pair of groups once, the lesser number first."""
    least, most = np.minimum(one, other), np.maximum(one, other)
    apart = np.flatnonzero(least != most)
    _, first = np.unique(least[apart] * (int(most.max(initial=0)) + 1) + most[apart], return_index=True)
    chosen = apart[first]
    return Pairs(least[chosen], most[chosen], similarity[chosen])


def _near(edges: Pairs, days: Rows, groups: Rows, window: int) -> NDArray[np.bool_]:
    """Say which groups lie no more than `window` days apart on average; one without any date is near to all."""
    dated = days != UNDATED
    count = np.bincount(groups[dated], minlength=len(groups))
    with np.errstate(invalid="ignore"):
        mean = np.bincount(groups[dated], weights=days[dated], minlength=len(groups)) / count
    return ~(np.abs(mean[edges.one] - mean[edges.other]) > window)


def _mutual(edges: Pairs) -> tuple[Rows, Rows]:
    """Return the pairs in which each is the other's most similar one; of equal ones the first in number."""
    order = np.lexsort((edges.other, edges.one, -edges.similarity))
    one, other = edges.one[order], edges.other[order]
    ends = np.column_stack([one, other]).ravel()
    _, first = np.unique(ends, return_index=True)
    best = np.zeros(len(ends), dtype=bool)
    best[first] = True
    both = best.reshape(-1, 2).all(axis=1)
    return one[both], other[both]


def _measured(edges: Pairs, changed: Rows, sums: "_Sums", groups: Rows) -> Pairs:
    """Take the mean similarity anew of the pairs that have a changed group."""
    is_changed = np.zeros(len(groups), dtype=bool)
    is_changed[changed] = True
    stale = np.flatnonzero(is_changed[edges.one] | is_changed[edges.other])
    if not len(stale):
        return edges
    asked, places = np.unique([edges.one[stale], edges.other[stale]], return_inverse=True)
    one, other = places.reshape(2, -1)
    sizes = np.bincount(groups, minlength=len(groups))[asked].astype(np.float64)
    similarity = edges.similarity.copy()
    similarity[stale] = _products(sums.of(asked, groups), one, other, sizes) / (sizes[one] * sizes[other])
    return Pairs(edges.one, edges.other, similarity)


def _products(rows: Any, one: Rows, other: Rows, sizes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the inner product of each pair of rows; a large group's long row is laid out once for all its pairs."""
    most, least = np.where(sizes[one] >= sizes[other], (one, other), (other, one))
    large = sizes[most] >= _LARGE
    found = np.empty(len(one))
    found[~large] = dot_pairs(rows, one[~large], other[~large])
    for group in np.unique(most[large]):
        pairs = np.flatnonzero(most == group)
        found[pairs] = rows[least[pairs]] @ rows[[group]].toarray().ravel()
    return found


class _Sums:
    """The sums of the vectors of groups; those of large groups are kept, to grow with them."""

    def __init__(self, vectors: Any) -> None:
        self._vectors = vectors
        self._kept: dict[int, Any] = {}

    def of(self, asked: Rows, groups: Rows) -> Any:
        """Return the sums of some groups as rows of a matrix, in their order."""
        known = np.array([int(group) in self._kept for group in asked], dtype=bool)
        fresh = asked[~known]
        place = np.full(len(groups), -1)
        place[fresh] = np.arange(len(fresh))
        members = np.flatnonzero(place[groups] >= 0)
        rows = place[groups[members]]
        ones = np.ones(len(members), dtype=np.float32)
        shape = (len(fresh), len(members))
        sums = sparse.csr_matrix((ones, (rows, np.arange(len(members)))), shape) @ self._vectors[members]
        for row in np.flatnonzero(np.bincount(rows, minlength=len(fresh)) >= _LARGE).tolist():
            self._kept[int(fresh[row])] = sums[[row]]
        if known.any():
            order = np.argsort(np.concatenate([np.flatnonzero(~known), np.flatnonzero(known)]))
            sums = sparse.vstack([sums, *(self._kept[int(group)] for group in asked[known])]).tocsr()[order]
        sums.sort_indices()
        return sums

    def join(self, one: Rows, other: Rows, groups: Rows) -> None:
        """Let the groups in `one` take in those in `other`, before `groups` says so."""
        for grown, gone in zip(one.tolist(), other.tolist(), strict=True):
            if grown in self._kept or gone in self._kept:
                both = self.of(np.array([grown, gone]), groups)
                self._kept.pop(gone, None)
                self._kept[grown] = both[[0]] + both[[1]]
