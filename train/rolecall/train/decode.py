"""From a model's logits to spans: the best valid BIO sequence, and the probability of each of its spans.

The model gives each unit a distribution over the tags of a layer. Taken together over all sequences in which I-X comes
only after B-X or I-X, they make a Markov chain: its best sequence is found by Viterbi's algorithm (1967), the
probability that exactly a span stands there by the forward-backward algorithm (Rabiner 1989, Proceedings of the IEEE
77). Articles are decoded side by side.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Found(NamedTuple):
    """A span over units `first` to `last` (excluded), of role number `role`, with its probability."""

    first: int
    last: int
    role: int
    score: float


def decode(logits: Sequence[NDArray[np.float32]]) -> list[list[Found]]:
    """Decode one layer of several articles.

    `logits` holds (units, 1 + 2 roles) an article, columns O, B-1, I-1, B-2, I-2, ... Returns the spans of each, in
    text order; they do not overlap.
    """
    if not logits or not (length := max(map(len, logits))):
        return [[] for _ in logits]
    log_probs = _stacked(logits, length)
    paths = viterbi(log_probs)
    chain = Chain(np.exp(log_probs))
    return [
        [
            Found(first, last, role, chain.probability(article, first, last, role))
            for first, last, role in spans(paths[: len(own), article])
        ]
        for article, own in enumerate(logits)
    ]


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


def viterbi(log_probs: Floats) -> NDArray[np.int64]:
    """Return the most probable valid tags of each article, (length, articles), from (length, articles, tags)."""
    length, articles, _ = log_probs.shape
    score = log_probs[0].copy()
    score[:, 2::2] = -np.inf
    best = np.zeros((length, articles), dtype=np.int64)
    stayed = np.zeros((length, articles, score[:, 2::2].shape[1]), dtype=bool)
    every = np.arange(articles)
    for unit in range(1, length):
        best[unit] = score.argmax(axis=1)
        begun, inside = score[:, 1::2], score[:, 2::2]
        stayed[unit] = inside > begun
        following = log_probs[unit] + score[every, best[unit]][:, None]
        following[:, 2::2] = log_probs[unit, :, 2::2] + np.where(stayed[unit], inside, begun)
        score = following
    paths = np.empty((length, articles), dtype=np.int64)
    paths[-1] = score.argmax(axis=1)
    for unit in range(length - 1, 0, -1):
        tag = paths[unit]
        inner = (tag > 0) & (tag % 2 == 0)
        role = np.where(inner, tag // 2 - 1, 0)
        begun = 1 + 2 * role
        before = np.where(stayed[unit, every, role], begun + 1, begun)
        paths[unit - 1] = np.where(inner, before, best[unit])
    return paths


def spans(path: NDArray[np.int64]) -> list[tuple[int, int, int]]:
    """Return (first, last, role) of each span of a valid tag sequence."""
    found = []
    for first in np.flatnonzero(path % 2 == 1).tolist():
        last = first + 1
        while last < len(path) and path[last] == path[first] + 1:
            last += 1
        found.append((first, last, (int(path[first]) - 1) // 2))
    return found


class Chain:
    """The probabilities of all valid sequences, from tag probabilities (length, articles, tags).

    With f(u, y) the probability of tag y at unit u given all units up to it, and b(u, y) what the units after it say
    of y, scaled so that sums stay near 1: a span of X from i to j has B-X at i, I-X from there to j, and no I-X after
    j. What comes before i adds up to 1, since a B may follow anything.
    """

    def __init__(self, probs: Floats) -> None:
        self._begin, self._inside = probs[:, :, 1::2], probs[:, :, 2::2]
        outside = probs[:, :, 0]
        length, articles, _ = probs.shape
        self._scale = np.empty((length, articles))
        within = np.zeros_like(self._begin[0])
        for unit in range(length):
            extended = self._inside[unit] * within
            self._scale[unit] = outside[unit] + (self._begin[unit] + extended).sum(axis=1)
            within = (self._begin[unit] + extended) / self._scale[unit][:, None]
        self._ended = np.ones((length, articles))  # what follows a tag, when no I- of its own follows
        after = np.ones_like(self._begin[0])  # what follows a B- or I-, by role
        for unit in range(length - 2, -1, -1):
            scale = self._scale[unit + 1]
            anything = outside[unit + 1] * self._ended[unit + 1] + (self._begin[unit + 1] * after).sum(axis=1)
            self._ended[unit] = anything / scale
            after = self._ended[unit][:, None] + self._inside[unit + 1] * after / scale[:, None]

    def probability(self, article: int, first: int, last: int, role: int) -> float:
        """Return the probability that the article has exactly this span, in (0, 1]."""
        inside = self._inside[first + 1 : last, article, role]
        product = self._begin[first, article, role] * inside.prod() * self._ended[last - 1, article]
        return float(min(1.0, product / self._scale[first:last, article].prod()))
