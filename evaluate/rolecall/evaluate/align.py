"""Pair the spans of two readings that mean the same place, though their bounds or roles may differ.

Within a layer one assignment is found that maximises, in this order: pairs with the same bounds and role, pairs with
the same bounds, overlapping pairs with the same role, overlapping characters, pairs; what is still open goes by text
order. No span is in two pairs. Neither the order of the input nor the names of roles change how many pairs there are of
any kind.

Spans with the same bounds and role on both sides are always paired, so strict counts are those of set intersection.
The rest falls into groups of spans that overlap each other; only a group with a choice is solved as an assignment
problem (scipy; Crouse 2016, IEEE Transactions on Aerospace and Electronic Systems 52), its aims in one weight.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rolecall.evaluate.match import Key

Matrix = NDArray[np.int64]


class Pair(NamedTuple):
    """A gold span and the predicted one that stands for it; they overlap and are of one layer."""

    gold: Key
    predicted: Key

    @property
    def exact(self) -> bool:
        """Whether the bounds are the same."""
        return self.gold[:2] == self.predicted[:2]

    @property
    def typed(self) -> bool:
        """Whether the role is the same."""
        return self.gold[2] == self.predicted[2]


class Alignment(NamedTuple):
    """All spans of two readings: in pairs (in text order of gold), in gold only, on the predicted side only."""

    pairs: list[Pair]
    missed: list[Key]
    spurious: list[Key]


def align(gold: AbstractSet[Key], predicted: AbstractSet[Key], layer_of: Mapping[str, str]) -> Alignment:
    """Align two sets of spans of one article; `layer_of` gives the layer of each role."""
    pairs = [Pair(key, key) for key in gold & predicted]
    missed, spurious = set(gold - predicted), set(predicted - gold)
    if missed and spurious:
        layers: defaultdict[str, list[tuple[Key, int]]] = defaultdict(list)
        for side, rest in enumerate((missed, spurious)):
            for key in rest:
                layers[layer_of[key[2]]].append((key, side))
        for spans in layers.values():
            for left, right in _groups(spans):
                for pair in _assign(left, right):
                    pairs.append(pair)
                    missed.remove(pair.gold)
                    spurious.remove(pair.predicted)
    return Alignment(sorted(pairs), sorted(missed), sorted(spurious))


def _groups(spans: Iterable[tuple[Key, int]]) -> Iterator[tuple[list[Key], list[Key]]]:
    """Yield the spans that hang together by overlap, sorted, where both sides (gold 0, predicted 1) have any."""
    group: tuple[list[Key], list[Key]] = ([], [])
    reach = -1
    for key, side in sorted(spans):
        if key[0] >= reach:
            if group[0] and group[1]:
                yield group
            group = ([], [])
        group[side].append(key)
        reach = max(reach, key[1])
    if group[0] and group[1]:
        yield group


def _assign(gold: Sequence[Key], predicted: Sequence[Key]) -> Iterator[Pair]:
    """Choose the pairs of one group; both sides are sorted and have no key in common."""
    if len(gold) == len(predicted) == 1:
        if gold[0][0] < predicted[0][1] and predicted[0][0] < gold[0][1]:
            yield Pair(gold[0], predicted[0])
        return
    from scipy.optimize import linear_sum_assignment

    left, right = (np.array([key[:2] for key in side]) for side in (gold, predicted))
    shared = np.minimum.outer(left[:, 1], right[:, 1]) - np.maximum.outer(left[:, 0], right[:, 0])
    overlap = np.maximum(shared, 0)
    exact = (left[:, None] == right).all(axis=-1)
    typed = np.array([[one[2] == other[2] for other in predicted] for one in gold]) & (overlap > 0)
    weights = _weights(overlap, exact, typed).astype(np.float64)
    for one, other in zip(*linear_sum_assignment(weights, maximize=True), strict=True):
        if overlap[one, other]:
            yield Pair(gold[one], predicted[other])


def _weights(overlap: Matrix, exact: NDArray[np.bool_], typed: NDArray[np.bool_]) -> Matrix:
    """Fold the aims into one weight a pair: a unit of each is more than all lower ones together can come to.

    Earlier spans are worth more, most so with earlier ones, and ties fall in text order; that last aim is left out
    where the numbers would outgrow a float's exact integers.
    """
    rows, columns = overlap.shape
    most = min(rows, columns)
    order = np.outer(np.arange(rows, 0, -1), np.arange(columns, 0, -1))
    for tie in (order, np.zeros_like(order)):
        pair = most * int(tie.max()) + 1
        character = pair * (most + 1)
        role = character * (most * int(overlap.max()) + 1)
        bounds = role * (most + 1)
        if bounds * (most + 1) < 2**53:
            break
    return np.asarray(overlap * character + typed * role + exact * bounds + np.where(overlap > 0, pair + tie, 0))
