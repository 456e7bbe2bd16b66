"""From rows of counts to the numbers people read: precision, recall and F1 with intervals, by role and layer."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from rolecall.evaluate.resample import MIN_GROUPS, generator, interval, resample
from rolecall.evaluate.tally import Row

N = TypeVar("N", np.int64, np.float64)

Layers = Mapping[str, Sequence[str]]
"""The role names of each layer, in the scheme's order."""


class Estimate(msgspec.Struct, frozen=True):
    """A rate and its 95% interval; `value` is None where it is undefined, the bounds where there is no interval."""

    value: float | None
    low: float | None = None
    high: float | None = None


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """The numbers of a role, a layer, or all spans; `groups` is how many groups have such a span on either side."""

    correct: int
    predicted: int
    gold: int
    groups: int
    precision: Estimate
    recall: Estimate
    f1: Estimate


class Mean(msgspec.Struct, frozen=True, kw_only=True):
    """Means over the `roles` that gold has: macro ones, whatever the roles' size, or ones weighted by gold spans.

    A role that gold lacks does not take part (its spurious spans still lower the micro precision); a role that gold
    has and nobody predicted takes part with a precision of 0. Between annotators, where neither side is gold, they are
    over the roles that either has, weighted by the spans of both.
    """

    roles: int
    groups: int
    precision: Estimate
    recall: Estimate
    f1: Estimate


def doubtful(numbers: Line | Mean) -> bool:
    """Whether the interval of F1 says less than it seems: few groups, or no resample with another outcome."""
    return numbers.f1.low is not None and (numbers.groups < MIN_GROUPS or numbers.f1.low == numbers.f1.high)


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """All numbers of one reader against another.

    `micro` counts every span alike, `macro` every role alike, `weighted` every role by its gold spans, between
    annotators by those of both.
    """

    articles: int
    groups: int
    micro: Line
    macro: Mean
    weighted: Mean
    layers: dict[str, Line]
    roles: dict[str, Line]


def summarise(rows: Sequence[Row], layers: Layers, *, resamples: int, seed: int, mutual: bool = False) -> Summary:
    """Derive every number from the rows; with 0 resamples there are no intervals.

    `mutual` says that neither side is gold, see `Mean`. All intervals come from the same resamples. A line whose spans
    lie in a single group has no interval: every resample would repeat it, and a width of 0 would look like certainty.
    """
    table = by_group(rows, [role for roles in layers.values() for role in roles])
    sums = with_sums(table.sum(axis=0), layers)
    points = _rates(sums, layers, mutual)
    samples = None
    if resamples and len(table) > 1:
        samples = _rates(with_sums(resample(table, resamples, generator(seed)), layers), layers, mutual)
    present = (with_sums(table, layers)[..., 1:].sum(axis=-1) > 0).sum(axis=0)

    def estimates(index: int, groups: int) -> dict[str, Estimate]:
        ranges: list[tuple[float, float] | None] = [None] * 3
        if samples is not None and groups > 1:
            ranges = [interval(samples[:, index, rate]) for rate in range(3)]
        values = [None if np.isnan(value) else float(value) for value in points[index]]
        return {
            name: Estimate(value, *(bounds or (None, None)))
            for name, value, bounds in zip(("precision", "recall", "f1"), values, ranges, strict=True)
        }

    def line(index: int) -> Line:
        correct, predicted, gold = (int(number) for number in sums[index])
        groups = int(present[index])
        return Line(correct=correct, predicted=predicted, gold=gold, groups=groups, **estimates(index, groups))

    def mean(index: int) -> Mean:
        groups = int(present[-1])
        return Mean(
            roles=int((_weights(sums[: len(names)], mutual) > 0).sum()), groups=groups, **estimates(index, groups)
        )

    names = [role for roles in layers.values() for role in roles]
    every = len(names) + len(layers)
    return Summary(
        articles=len({row.article for row in rows}),
        groups=len(table),
        micro=line(every),
        macro=mean(every + 1),
        weighted=mean(every + 2),
        layers={name: line(len(names) + index) for index, name in enumerate(layers)},
        roles={name: line(index) for index, name in enumerate(names)},
    )


def by_group(rows: Sequence[Row], roles: Sequence[str]) -> NDArray[np.int64]:
    """Add up the rows of each group: (groups, roles, 3), groups ordered by name so that row order cannot matter."""
    group_at = {group: index for index, group in enumerate(sorted({row.group for row in rows}))}
    role_at = {role: index for index, role in enumerate(roles)}
    at = [group_at[row.group] * len(roles) + role_at[role] for row in rows for role in row.counts]
    cells = [counts for row in rows for counts in row.counts.values()]
    # A tuple a cell would have the garbage collector walk through all rows again and again.
    columns = [each.correct for each in cells], [each.predicted for each in cells], [each.gold for each in cells]
    size = len(group_at) * len(roles)
    sums = [np.bincount(np.array(at, dtype=np.intp), weights=column, minlength=size) for column in columns]
    return np.stack(sums, axis=-1).astype(np.int64).reshape(len(group_at), len(roles), 3)


def with_sums(roles: NDArray[N], layers: Layers) -> NDArray[N]:
    """Append the sum of each layer, then of all roles: (..., roles, 3) to (..., roles + layers + 1, 3)."""
    parts: list[NDArray[N]] = [roles]
    first = 0
    for names in layers.values():
        parts.append(roles[..., first : first + len(names), :].sum(axis=-2, keepdims=True))
        first += len(names)
    return np.concatenate([*parts, roles.sum(axis=-2, keepdims=True)], axis=-2)


def _weights(roles: NDArray[N], mutual: bool) -> NDArray[np.float64]:
    """Return how many spans speak for each role: those of gold, or of both sides where neither is gold."""
    gold = roles[..., 2].astype(np.float64)
    return gold + roles[..., 1] if mutual else gold


def statistics(lines: NDArray[N], layers: Layers, mutual: bool = False) -> NDArray[np.float64]:
    """Turn counts into precision, recall and F1, and append the macro mean: (..., lines, 3) to (..., lines + 1, 3).

    NaN where undefined. `mutual` as in `summarise`.
    """
    correct, predicted, gold = (lines[..., index].astype(np.float64) for index in range(3))
    with np.errstate(invalid="ignore"):
        rates = np.stack([correct / predicted, correct / gold, 2 * correct / (predicted + gold)], axis=-1)
        roles = slice(0, sum(len(names) for names in layers.values()))
        supported = (_weights(lines[..., roles, :], mutual) > 0)[..., None]
        sums = np.where(supported, np.nan_to_num(rates[..., roles, :]), 0.0).sum(axis=-2)
        macro = sums / supported.sum(axis=-2)
    return np.concatenate([rates, macro[..., None, :]], axis=-2)


def _rates(lines: NDArray[N], layers: Layers, mutual: bool) -> NDArray[np.float64]:
    """Turn counts into precision, recall and F1, and append the macro and weighted means: (..., lines + 2, 3)."""
    rates = statistics(lines, layers, mutual)
    roles = slice(0, sum(len(names) for names in layers.values()))
    weights = _weights(lines[..., roles, :], mutual)[..., None]
    with np.errstate(invalid="ignore"):
        weighted = (np.nan_to_num(rates[..., roles, :]) * weights).sum(axis=-2) / weights.sum(axis=-2)
    return np.concatenate([rates, weighted[..., None, :]], axis=-2)
