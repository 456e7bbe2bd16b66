"""From a model's logits to spans: those that are probable enough, each by itself.

The model gives each unit a distribution over the tags of a layer, and `transitions` says how tags follow each other.
Together they make a Markov chain, whose forward-backward algorithm (Rabiner 1989, Proceedings of the IEEE 77) gives the
probability that exactly a span stands there. What is more probable than not is predicted; the most probable sequence
as a whole (Viterbi's) holds spans that are far less probable, and lacks likelier ones. Articles are decoded side by
side.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rolecall.train.packing import packed
from rolecall.train.transitions import valid

Floats = NDArray[np.float64]
LEAST = 0.5 + 1e-9
"""A span is predicted when it is more probable than one half, by more than rounding: of two that overlap never both."""


TOGETHER = 32_768
"""Units, filled up ones counted, that are decoded side by side: some 30 MB with 20 tags, unless an article has more."""


class Found(NamedTuple):
    """A span over units `first` to `last` (excluded), of role number `role`, with its probability."""

    first: int
    last: int
    role: int
    score: float


def decode(logits: Sequence[NDArray[np.float32]], weights: Floats | None = None) -> list[list[Found]]:
    """Decode one layer of several articles.

    `logits` holds (units, 1 + 2 roles) an article, columns O, B-1, I-1, B-2, I-2, ...; `weights` are log-weights of
    neighbouring tags [before, after], without which every valid pair is as good as another. Returns the spans of each
    article, in text order; they do not overlap.
    """
    found: list[list[Found]] = [[] for _ in logits]
    for group in packed([len(rows) for rows in logits], TOGETHER):
        if longest := len(logits[group[-1]]):
            probs = np.exp(_stacked([logits[index] for index in group], longest + 1))
            chain = Chain(probs, np.exp(valid(probs.shape[2]) if weights is None else weights))
            for at, span in chain.spans():
                found[group[at]].append(span)
    return [sorted(spans) for spans in found]


def _stacked(logits: Sequence[NDArray[np.float32]], length: int) -> Floats:
    """Turn logits into log-probabilities (length, articles, tags); behind an article's end everything is O."""
    width = logits[0].shape[1]
    stacked = np.full((length, len(logits), width), -np.inf)
    stacked[:, :, 0] = 0
    for index, own in enumerate(logits):
        if len(own):
            shifted = own.astype(np.float64) - own.max(axis=1, keepdims=True)
            stacked[: len(own), index] = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return stacked


class Chain:
    """The probabilities of all sequences, from tag probabilities (length, articles, tags) and weights [before, after].

    With f(u, y) the probability of tag y at unit u given all units up to it, and b(u, y) what the units after it say
    of y, scaled so that f(u, y) b(u, y) is the probability of y given all units: a span of X from i to j has B-X at i,
    I-X from there to j, and no I-X after j. Before the first unit stands an O.
    """

    def __init__(self, probs: Floats, weights: Floats) -> None:
        self._probs, self._weights = probs, weights
        length, articles, tags = probs.shape
        self._scale = np.empty((length, articles, 1))
        self._forward = np.empty_like(probs)
        before = np.eye(1, tags).repeat(articles, axis=0)
        for unit in range(length):
            own = (before @ weights) * probs[unit]
            self._scale[unit] = own.sum(axis=1, keepdims=True)
            before = self._forward[unit] = own / self._scale[unit]
        self._backward = np.ones_like(probs)
        self._ended = np.ones_like(probs)  # the part of it in which no I- of the tag's own role follows
        inner = weights * _goes_on(tags)
        for unit in range(length - 2, -1, -1):
            after = probs[unit + 1] * self._backward[unit + 1] / self._scale[unit + 1]
            self._backward[unit] = after @ weights.T
            self._ended[unit] = self._backward[unit] - after @ inner.T

    def spans(self) -> Iterator[tuple[int, Found]]:
        """Yield every span that is more probable than LEAST, with the number of its article."""
        begun = self._forward[:, :, 1::2]
        unit, article, role = np.nonzero(begun * self._backward[:, :, 1::2] > LEAST)
        chance, tag, length = begun[unit, article, role], 1 + 2 * role, 1
        while len(unit):
            exact = chance * self._ended[unit, article, tag]
            for index in np.flatnonzero(exact > LEAST).tolist():
                last = int(unit[index]) + 1
                number = (int(tag[index]) - 1) // 2
                yield int(article[index]), Found(last - length, last, number, min(1.0, float(exact[index])))
            longer = unit + 1 < len(self._probs)
            unit, article, tag, chance = unit[longer] + 1, article[longer], tag[longer], chance[longer]
            inside = tag + tag % 2
            chance = chance * self._weights[tag, inside] * self._probs[unit, article, inside]
            chance = chance / self._scale[unit, article, 0]
            likely = chance * self._backward[unit, article, inside] > LEAST  # that it reaches so far, or farther
            unit, article, tag, chance = unit[likely], article[likely], inside[likely], chance[likely]
            length += 1


def _goes_on(tags: int) -> NDArray[np.bool_]:
    """Say of each pair of tags whether the second goes on with the span of the first."""
    inside = (np.arange(tags) % 2 == 0) & (np.arange(tags) > 0)
    return np.asarray(np.isfinite(valid(tags)) & inside)
