"""Approximate randomisation: how often would a difference as large come about if it did not matter who said what?

If two systems are as good as each other in every group, swapping their counts there changes nothing that matters. So
swap, group by group, and compare what comes out with what was seen. Noreen 1989, Computer-Intensive Methods for
Testing Hypotheses; Yeh 2000 (COLING), who shows that it fits F1, which is no mean over spans, where a t-test does not.
"""

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

MAX_EXACT = 12
"""Up to this many groups that differ, all 4,096 swaps or fewer are gone through, and no chance is left in p."""

_CHUNK = 4_000_000  # group swaps held at once: 32 MB
_TIE = 1e-12  # two differences of F1 that are equal but for rounding


class Swaps(NamedTuple):
    """Sums of both sides after each swap, (swaps, 2, ...), and whether these are all the swaps there are."""

    sums: NDArray[np.float64]
    exact: bool


def randomise(table: NDArray[np.int64], trials: int, rng: np.random.Generator) -> Swaps:
    """Swap the two sides of groups at random, `trials` times, and add each side up.

    `table` is (groups, 2, ...). Groups where the sides are equal are left out: swapping them changes nothing. With
    `MAX_EXACT` others or fewer every swap is taken once, and `trials` does not matter.
    """
    sides = table.reshape(len(table), 2, math.prod(table.shape[2:])).astype(np.float64)
    gaps = sides[:, 1] - sides[:, 0]
    gaps = gaps[gaps.any(axis=1)]
    exact = len(gaps) <= MAX_EXACT
    number = 2 ** len(gaps) if exact else trials
    sums = np.empty((number, 2, sides.shape[2]))
    sums[:] = sides.sum(axis=0)
    first = 0
    for chosen in _all(len(gaps)) if exact else _random(len(gaps), trials, rng):
        moved = chosen @ gaps
        sums[first : first + len(chosen), 0] += moved
        sums[first : first + len(chosen), 1] -= moved
        first += len(chosen)
    return Swaps(sums.reshape(number, *table.shape[1:]), exact)


def _all(groups: int) -> Iterator[NDArray[np.float64]]:
    """Yield every choice of groups, as (2**groups, groups) of 0 and 1."""
    yield (np.arange(2**groups)[:, None] >> np.arange(groups) & 1).astype(np.float64)


def _random(groups: int, trials: int, rng: np.random.Generator) -> Iterator[NDArray[np.float64]]:
    """Yield random choices of groups, as (some, groups) of 0 and 1, as many as `trials` in all."""
    step = max(1, _CHUNK // groups)
    for first in range(0, trials, step):
        yield rng.integers(2, size=(min(step, trials - first), groups)).astype(np.float64)


def p_values(observed: NDArray[np.float64], swapped: NDArray[np.float64], *, exact: bool) -> NDArray[np.float64]:
    """Return the two-sided p of each difference in `observed`, (n,), from those after swaps, (swaps, n).

    Over all swaps it is the share with a difference as large, the one observed being among them. Over random ones it
    is (1 + hits) / (1 + trials): what was observed counts as a trial, so p is never 0 and keeps its level for any
    number of trials (Noreen 1989; Phipson and Smyth 2010). NaN where nothing was observed; a swap that leaves a
    difference undefined counts as a hit, which can only raise p.
    """
    hits = (~(np.abs(swapped) < np.abs(observed) - _TIE)).sum(axis=0)
    p = hits / len(swapped) if exact else (1 + hits) / (1 + len(swapped))
    return np.where(np.isnan(observed), np.nan, p)


def holm(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """Adjust p-values so that a true null among them falls below alpha with probability alpha at most.

    The smallest is multiplied by their number n, the next by n - 1, and so on, never below the one before, never above
    1. Holm 1979 (Scandinavian Journal of Statistics 6). NaN is no test: it stays, and does not count.
    """
    adjusted = p.copy()
    order = np.argsort(p)[: np.count_nonzero(~np.isnan(p))]  # NaN sorts last
    steps = p[order] * np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(1, np.maximum.accumulate(steps))
    return adjusted
