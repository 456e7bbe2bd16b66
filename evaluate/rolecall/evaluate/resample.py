"""The cluster bootstrap: draw groups with replacement, add up their counts, read intervals off the results.

Groups (stories) are drawn, not articles or spans, because reports of one event resemble each other. Efron and
Tibshirani 1993, chapter 13 (percentile interval); Field and Welsh 2007 (clusters).
"""

import numpy as np
from numpy.typing import NDArray

MIN_GROUPS = 20
"""Below this many groups a percentile interval covers less than it says."""

_CHUNK = 4_000_000  # group draws held at once: 32 MB of weights


def generator(seed: int) -> np.random.Generator:
    """Make the generator of a seed; the algorithm is named so that numpy's default may change."""
    return np.random.Generator(np.random.PCG64(seed))


def resample(table: NDArray[np.int64], resamples: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Draw as many groups as there are, with replacement, and add up their rows.

    `table` is (groups, ...); the result is (resamples, ...), whole numbers held exactly.
    """
    groups = len(table)
    flat = table.reshape(groups, -1).astype(np.float64)
    sums = np.empty((resamples, flat.shape[1]))
    step = max(1, _CHUNK // groups)
    for first in range(0, resamples, step):
        size = min(step, resamples - first)
        draws = rng.integers(groups, size=(size, groups)) + groups * np.arange(size)[:, None]
        weights = np.bincount(draws.ravel(), minlength=size * groups).reshape(size, groups)
        sums[first : first + size] = weights.astype(np.float64) @ flat
    return sums.reshape(resamples, *table.shape[1:])


def interval(samples: NDArray[np.float64], level: float = 0.95) -> tuple[float, float] | None:
    """Return the percentile interval of one statistic's resamples; None when it is undefined (NaN) in all of them."""
    defined = samples[~np.isnan(samples)]
    if not len(defined):
        return None
    low, high = np.quantile(defined, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
