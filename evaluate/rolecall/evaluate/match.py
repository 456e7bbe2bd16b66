"""Hold two sets of spans of one article against each other."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Set
from functools import lru_cache
from typing import NamedTuple

from rolecall.core.records import Span
from rolecall.evaluate.counts import Counts

Key = tuple[int, int, str]

# Small counts recur in article after article; shared, they cost neither time nor memory.
_counts = lru_cache(maxsize=4096)(Counts)


class Match(NamedTuple):
    """What both sides have, what only gold has, what only the predicted side has."""

    correct: frozenset[Key]
    missed: frozenset[Key]
    spurious: frozenset[Key]


def keys(spans: Iterable[Span]) -> frozenset[Key]:
    """Return what strict matching compares: (start, end, role), each once."""
    return frozenset([(span.start, span.end, span.role) for span in spans])


def strict(gold: frozenset[Key], predicted: frozenset[Key]) -> Match:
    """Match by identity: a span is correct when bounds and role are the same, and nothing else counts."""
    return Match(gold & predicted, gold - predicted, predicted - gold)


def count(gold: Set[Key], predicted: Set[Key]) -> dict[str, Counts]:
    """Return the strict counts of each role that occurs, by role name."""
    sums: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for place, keys_there in enumerate((gold & predicted, predicted, gold)):
        for _, _, role in keys_there:
            sums[role][place] += 1
    return {role: _counts(*sums[role]) for role in sorted(sums)}


def overlaps(spans: Iterable[Key], layer_of: Mapping[str, str]) -> int:
    """Count the spans that begin inside another of their own layer; of those that begin together all but one."""
    reach: dict[str, int] = {}
    found = 0
    for start, end, role in sorted(spans):
        layer = layer_of[role]
        before = reach.get(layer, 0)
        found += start < before
        if end > before:
            reach[layer] = end
    return found
