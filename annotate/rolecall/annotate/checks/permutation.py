"""Permutation tests of a change between an earlier and a later time.

The statistic is a difference of means over its standard error, so that the test is valid where variances differ
(Janssen 1997, Statistics and Probability Letters 36). p is (1 + hits) / (1 + permutations): what was seen counts as one
(Phipson and Smyth 2010).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_CHUNK = 4_000_000  # numbers drawn at once: 32 MB
_TIE = 1e-12


class Halves(NamedTuple):
    """Values of units, (units,), before and after a point in time."""

    early: Floats
    late: Floats

    @property
    def change(self) -> float:
        """How much the mean rises."""
        return float(self.late.mean() - self.early.mean())

    @property
    def error(self) -> float:
        """Squared standard error of the change."""
        return sum(float(half.var(ddof=1)) / len(half) for half in self)


def p_of_fall(halves: Halves, permutations: int, rng: np.random.Generator) -> float:
    """Return p of a fall as large, by dealing out anew what came when."""
    null = _deal(halves.early, halves.late, permutations, rng)
    return _p(_divide(null.gaps, null.errors) <= _ratio(halves.change, halves.error) + _TIE)


def p_of_difference(own: Halves, others: Halves, permutations: int, rng: np.random.Generator) -> float:
    """Return p, two-sided, of two sides that change as differently, by dealing out anew whose is whose in each half.

    Both sides are brought to one level first: who always has more does not change by that.
    """
    own, others = _level(own), _level(others)
    early = _deal(others.early, own.early, permutations, rng)
    late = _deal(others.late, own.late, permutations, rng)
    null = _divide(late.gaps - early.gaps, late.errors + early.errors)
    seen = _ratio(own.change - others.change, own.error + others.error)
    return _p(np.abs(null) >= abs(seen) - _TIE)


class _Null(NamedTuple):
    """Differences of means (second minus first), and their squared standard errors, (permutations,)."""

    gaps: Floats
    errors: Floats


def _deal(first: Floats, second: Floats, permutations: int, rng: np.random.Generator) -> _Null:
    """Deal the units of two cells out anew, many times."""
    pool = np.concatenate([first, second])
    size, total = len(first), len(pool)
    sums, squares = np.empty(permutations), np.empty(permutations)
    step = max(1, _CHUNK // total)
    for start in range(0, permutations, step):
        count = min(step, permutations - start)
        drawn = pool[rng.random((count, total)).argpartition(size - 1, axis=1)[:, :size]]
        sums[start : start + count] = drawn.sum(axis=1)
        squares[start : start + count] = (drawn**2).sum(axis=1)
    one = _moments(sums, squares, size)
    other = _moments(pool.sum() - sums, (pool**2).sum() - squares, total - size)
    return _Null(other[0] - one[0], one[1] + other[1])


def _moments(sums: Floats, squares: Floats, number: int) -> tuple[Floats, Floats]:
    """Return means, and the squared standard errors of the means."""
    means = sums / number
    return means, np.maximum(squares / number - means**2, 0) / (number - 1)


def _level(halves: Halves) -> Halves:
    middle = (halves.early.mean() + halves.late.mean()) / 2
    return Halves(halves.early - middle, halves.late - middle)


def _divide(gaps: Floats, squares: Floats) -> Floats:
    found: Floats = gaps / np.sqrt(np.maximum(squares, _TIE**2))
    return found


def _ratio(gap: float, square: float) -> float:
    return float(_divide(np.array([gap]), np.array([square]))[0])


def _p(hits: NDArray[np.bool_]) -> float:
    return (1 + int(np.count_nonzero(hits))) / (1 + len(hits))
