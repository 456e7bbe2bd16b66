"""Places: the stretches of an article that versions label, though their bounds or roles may differ."""

from collections.abc import Iterable, Mapping
from itertools import combinations
from typing import NamedTuple

from rolecall.evaluate.align import align
from rolecall.evaluate.match import Key


class Place(NamedTuple):
    """A stretch labelled in one layer, with the span of each version that has one there."""

    spans: Mapping[str, Key]

    @property
    def variants(self) -> dict[Key, tuple[str, ...]]:
        """The different spans in text order, each with those who have it."""
        return {key: tuple(name for name in self.spans if self.spans[name] == key) for key in sorted(self.keys)}

    @property
    def keys(self) -> frozenset[Key]:
        """The different spans."""
        return frozenset(self.spans.values())


def gather(versions: Mapping[str, frozenset[Key]], layer_of: Mapping[str, str]) -> list[Place]:
    """Gather the spans of all versions into places, in text order; no version has two spans in one.

    Two versions are aligned as in scoring. Of more, each pair is aligned, and what was paired comes together, the
    likest first, as far as no version would come to have two spans in a place. Names of versions play no part.
    """
    holders: dict[Key, list[str]] = {}
    for name in sorted(versions):
        for key in versions[name]:
            holders.setdefault(key, []).append(name)
    group_of = {key: {key} for key in holders}
    for one, other in sorted(_pairs(versions, layer_of), key=_unlikeness):
        left, right = group_of[one], group_of[other]
        if left is not right and not _names(left, holders) & _names(right, holders):
            left |= right
            group_of.update(dict.fromkeys(left, left))
    groups = {id(group): group for group in group_of.values()}
    places = [Place(dict(sorted((name, key) for key in group for name in holders[key]))) for group in groups.values()]
    return sorted(places, key=lambda place: sorted(place.keys))


def _pairs(versions: Mapping[str, frozenset[Key]], layer_of: Mapping[str, str]) -> set[tuple[Key, Key]]:
    """Return the different spans that stand for each other between any two versions."""
    found = set()
    for one, other in combinations(sorted(versions), 2):
        for pair in align(versions[one], versions[other], layer_of).pairs:
            if pair.gold != pair.predicted:
                found.add((min(pair), max(pair)))
    return found


def _unlikeness(pair: tuple[Key, Key]) -> tuple[bool, bool, int, tuple[Key, Key]]:
    """Order pairs: same bounds first, then same role, then the more characters in common, then as in the text."""
    one, other = pair
    shared = min(one[1], other[1]) - max(one[0], other[0])
    return one[:2] != other[:2], one[2] != other[2], -shared, pair


def _names(group: Iterable[Key], holders: Mapping[Key, list[str]]) -> set[str]:
    return {name for key in group for name in holders[key]}
