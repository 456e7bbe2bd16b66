"""Texts as vectors of weighted words, and the pairs of them that are similar and near in time.

A word weighs the square root of its count times its inverse document frequency to the power 1.5, so rare words decide:
names of people, places and organisations, by which reports of one event are known. A word written with a capital
counts a second time, as a feature of its own. Similarity is the cosine, in [0, 1].
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from rolecall.core.similar import Hashes

T = TypeVar("T")

UNDATED = np.iinfo(np.int64).min
"""The day of an article without a date."""
_RARITY = 1.5
_BURST = 3  # texts of a day in which a word may be before it is in the news that day
_CAPITAL = np.uint32(0x9E3779B9)  # turns a word's hash into that of the word with a capital
_COMMON = 0.05  # words in more of the texts than this lead to no pair: they tell no event from another
_FEW = 300  # ... nor do they slow the search down where they are in fewer texts than this
_BLOCK = 256  # texts compared with all others at once
_PARTNERS = 200  # texts after it with which a text is paired: enough to hold a story of thousands together
_CHUNK = 1 << 20  # features looked up at once, which keeps memory down
_TOGETHER = 20_000  # pairs multiplied at once, for the same reason

Rows = NDArray[np.int64]


class Vectors(NamedTuple):
    """Texts as rows of a sparse matrix, each of length 1, and which columns are of very common words.

    The columns of words that only one text has are left out after that, as they have no part in any similarity. A text
    without words is all zeros.
    """

    rows: Any
    common: NDArray[np.bool_]


class Words(NamedTuple):
    """The features of one text: hashes, sorted, each once, and how often each is there."""

    hashes: Hashes
    counts: NDArray[np.float32]


class Pairs(NamedTuple):
    """Pairs of texts by their rows, and their similarity."""

    one: Rows
    other: Rows
    similarity: NDArray[np.float64]


class Watch(Protocol):
    """Passes items on, and may show how far they are."""

    def __call__(self, items: Iterable[T], what: str, total: int | None = None) -> Iterable[T]: ...  # noqa: D102


def count_words(words: Sequence[str], hashes: Hashes) -> Words:
    """Count the features of a text from its words and their hashes."""
    capital = np.fromiter((word[0].isupper() for word in words), dtype=bool, count=len(words))
    found, counts = np.unique(np.concatenate([hashes, hashes[capital] ^ _CAPITAL]), return_counts=True)
    return Words(found, counts.astype(np.float32))


def weigh(texts: Sequence[Words], days: Rows) -> Vectors:
    """Return the vectors of texts of these days."""
    ends = np.cumsum([0, *(len(text.hashes) for text in texts)], dtype=np.int64)
    hashes = np.concatenate([np.empty(0, np.uint32), *(text.hashes for text in texts)])
    weights = np.sqrt(np.concatenate([np.empty(0, np.float32), *(text.counts for text in texts)]))
    known = np.unique(hashes)
    columns = np.empty(len(hashes), dtype=np.int32)
    for at in range(0, len(hashes), _CHUNK):
        columns[at : at + _CHUNK] = np.searchsorted(known, hashes[at : at + _CHUNK])
    del hashes
    frequency = np.bincount(columns, minlength=len(known))
    matrix = sparse.csr_matrix((weights, columns, ends), shape=(len(texts), len(known)))
    usual = _usual_frequency(matrix, days)
    rarity = (np.log((1 + len(texts)) / (1 + usual)) + 1) ** _RARITY
    matrix.data *= rarity.astype(np.float32)[columns]
    lengths = np.sqrt(dots(matrix, matrix))
    matrix.data /= np.repeat(np.where(lengths > 0, lengths, 1), np.diff(ends)).astype(np.float32)
    shared = np.flatnonzero(frequency > 1)
    return Vectors(matrix[:, shared], usual[shared] > max(_COMMON * len(texts), _FEW))


def _usual_frequency(matrix: Any, days: Rows) -> NDArray[np.float64]:
    """Return in how many texts each word is, where one day's texts count for three, or thrice what is usual, at most.

    Otherwise the names in a story that a tenth of the texts report would be common words, and the story fall apart.
    """
    dates, place = np.unique(days, return_inverse=True)
    pattern = sparse.csr_matrix((np.ones(len(matrix.data), np.float32), matrix.indices, matrix.indptr), matrix.shape)
    texts = np.arange(len(days))
    by_day = (sparse.csr_matrix((np.ones(len(days), np.float32), (place, texts))) @ pattern).tocsr()
    dated = by_day[1:] if len(dates) and dates[0] == UNDATED else by_day
    total = np.asarray(by_day.sum(axis=0), dtype=np.float64).ravel()
    if not dated.shape[0]:
        return total
    span = int(dates[-1] - dates[-dated.shape[0]]) + 1
    count = np.asarray(dated.sum(axis=0), dtype=np.float64).ravel()
    excess = np.maximum(dated.data - _BURST * (1 + count[dated.indices] / span), 0)
    return total - np.bincount(dated.indices, weights=excess, minlength=len(total))


def find_pairs(vectors: Vectors, days: Rows, *, window: int, threshold: float, watch: Watch) -> Pairs:
    """Return the pairs of rows that are at least `threshold` similar, each once, and no more than `window` days apart.

    `days` are ordinals, or UNDATED; a text without a date may be near to any. Texts that share none but very common
    words are no pair, and of very many pairs of one text only the most similar are returned.
    """
    order = np.argsort(days, kind="stable")  # those without a date come first
    rows, days = vectors.rows[order], days[order]
    rare, frequent = rows[:, np.flatnonzero(~vectors.common)], rows[:, np.flatnonzero(vectors.common)]
    del rows
    slack = np.sqrt(dots(frequent, frequent))
    undated = int(np.searchsorted(days, UNDATED, side="right"))
    parts: list[Pairs] = []
    for start in watch(range(0, len(days), _BLOCK), "Comparing in blocks"):
        stop = min(start + _BLOCK, len(days))
        last = len(days)
        if start >= undated:
            last = int(np.searchsorted(days, days[stop - 1] + window, side="right"))
        products = (rare[start:stop] @ rare[start:last].T).tocoo()
        one, other = products.row.astype(np.int64) + start, products.col.astype(np.int64) + start
        near = (other > one) & (products.data + slack[one] * slack[other] >= threshold)
        one, other, similarity = one[near], other[near], products.data[near].astype(np.float64)
        near = (days[one] == UNDATED) | (days[other] - np.maximum(days[one], 0) <= window)
        one, other, similarity = one[near], other[near], similarity[near]
        similarity += dot_pairs(frequent, one, other)
        kept = _nearest(one, similarity, threshold)
        parts.append(Pairs(one[kept], other[kept], similarity[kept]))
    joined = Pairs(*(np.concatenate(values) for values in zip(*parts, strict=True))) if parts else _NONE
    return Pairs(order[joined.one], order[joined.other], joined.similarity)


def _nearest(rows: Rows, similarity: NDArray[np.float64], threshold: float) -> Rows:
    """Return which pairs are similar enough, the most similar of each row if there are too many."""
    order = np.lexsort((-similarity, rows))
    order = order[similarity[order] >= threshold]
    begins = np.searchsorted(rows[order], rows[order])
    chosen: Rows = order[np.arange(len(order)) - begins < _PARTNERS]
    return chosen


def dots(one: Any, other: Any) -> NDArray[np.float64]:
    """Return the inner product of each row with the same row of the other matrix."""
    return np.asarray(one.multiply(other).sum(axis=1), dtype=np.float64).ravel()


def dot_pairs(matrix: Any, one: Rows, other: Rows) -> NDArray[np.float64]:
    """Return the inner product of each pair of rows."""
    found = np.empty(len(one))
    for at in range(0, len(one), _TOGETHER):
        part = slice(at, at + _TOGETHER)
        found[part] = dots(matrix[one[part]], matrix[other[part]])
    return found


_NONE = Pairs(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.float64))


def plain(items: Iterable[T], what: str, total: int | None = None) -> Iterator[T]:  # noqa: ARG001  # a Watch
    """Pass items on without a word."""
    yield from items
