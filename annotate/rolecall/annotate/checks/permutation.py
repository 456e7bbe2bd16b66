"""Permutation tests of a change between an earlier and a later time, for many measures at once.

The statistic is a difference of means over its standard error, so that the test is valid where variances differ
(Janssen 1997, Statistics and Probability Letters 36). p is (1 + hits) / (1 + permutations): what was seen counts as one
(Phipson and Smyth 2010).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_CHUNK = 2_000_000  # numbers drawn at once: 16 MB
_TIE = 1e-9


class Halves(NamedTuple):
    """Values of units, (units, measures), before and after a point in time; two units at least in each."""

    early: Floats
    late: Floats

    @property
    def change(self) -> Floats:
        """How much each mean rises."""
        rise: Floats = self.late.mean(axis=0) - self.early.mean(axis=0)
        return rise

    @property
    def error(self) -> Floats:
        """Squared standard errors of the changes."""
        squares: Floats = sum((half.var(axis=0, ddof=1) / len(half) for half in self), np.zeros(self.early.shape[1]))
        return squares


def p_of_change(halves: Halves, permutations: int, rng: np.random.Generator) -> Floats:
    """Return p, two-sided, of changes as large, by dealing out anew what came when."""
    null = _deal(halves.early, halves.late, permutations, rng)
    return _p(_divide(null.gaps, null.errors), _divide(halves.change, halves.error))


def p_of_difference(own: Halves, others: Halves, permutations: int, rng: np.random.Generator) -> Floats:
    """Return p, two-sided, of two sides that change as differently, by dealing out anew whose is whose in each half.

    Both sides are brought to one level first: who always has more does not change by that.
    """
    own, others = _level(own), _level(others)
    early = _deal(others.early, own.early, permutations, rng)
    late = _deal(others.late, own.late, permutations, rng)
    null = _divide(late.gaps - early.gaps, late.errors + early.errors)
    return _p(null, _divide(own.change - others.change, own.error + others.error))


class _Null(NamedTuple):
    """Differences of means (second minus first), and their squared standard errors, (permutations, measures)."""

    gaps: Floats
    errors: Floats


def _deal(first: Floats, second: Floats, permutations: int, rng: np.random.Generator) -> _Null:
    """Deal the units of two cells out anew, many times, whole units at a time."""
    pool = np.concatenate([first, second])
    pool = pool - pool.mean(axis=0)  # keeps squares small
    size, total = len(first), len(pool)
    sums, squares = np.empty((permutations, pool.shape[1])), np.empty((permutations, pool.shape[1]))
    step = max(1, _CHUNK // total)
    for start in range(0, permutations, step):
        count = min(step, permutations - start)
        chosen = rng.random((count, total)).argpartition(size - 1, axis=1)[:, :size]
        marks = np.zeros((count, total))
        np.put_along_axis(marks, chosen, 1, axis=1)
        sums[start : start + count] = marks @ pool
        squares[start : start + count] = marks @ pool**2
    one = _moments(sums, squares, size)
    other = _moments(pool.sum(axis=0) - sums, (pool**2).sum(axis=0) - squares, total - size)
    return _Null(other[0] - one[0], one[1] + other[1])


def _moments(sums: Floats, squares: Floats, number: int) -> tuple[Floats, Floats]:
    """Return means, and the squared standard errors of the means."""
    means = sums / number
    return means, np.maximum(squares / number - means**2, 0) / (number - 1)


def _level(halves: Halves) -> Halves:
    middle = (halves.early.mean(axis=0) + halves.late.mean(axis=0)) / 2
    return Halves(halves.early - middle, halves.late - middle)


def _divide(gaps: Floats, squares: Floats) -> Floats:
    found: Floats = gaps / np.sqrt(np.maximum(squares, _TIE**2))
    return found


def _p(null: Floats, seen: Floats) -> Floats:
    hits = np.count_nonzero(np.abs(null) >= np.abs(seen) * (1 - _TIE), axis=0)
    found: Floats = (1 + hits) / (1 + len(null))
    return found
