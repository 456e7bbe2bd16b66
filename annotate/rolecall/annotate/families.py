"""What articles say of each other already, and the groups that this settles before anything is compared."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from rolecall.annotate.linkage import NAMELESS
from rolecall.annotate.vectors import Rows
from rolecall.core.groups import Names


def settled(names: Sequence[Names], row_of: Mapping[str, int]) -> dict[int, int]:
    """Return the original of each article that names one, by row, at the end of the chain if it is one, and of those.

    Where the original is not among the articles, the first of its copies takes its place; in a circle, the first of it.
    """
    found: dict[int, int] = {}
    absent: dict[str, int] = {}
    for row, one in enumerate(names):
        if one.duplicate_of is None:
            continue
        way, at = [row], one.duplicate_of
        while (there := row_of.get(at)) is not None and there not in way:
            way.append(there)
            if (following := names[there].duplicate_of) is None:
                break
            at = following
        if there is None:
            found[row] = absent.setdefault(at, row)
        elif there in way[:-1]:
            found[row] = min(way[way.index(there) :])
        else:
            found[row] = there
    return found | {original: original for original in found.values()}


def original_name(names: Sequence[Names], row: int) -> str:
    """Return what a copy of this article names as its original: the article, or the absent one that it is a copy of."""
    return names[row].duplicate_of or names[row].id


class Families:
    """Originals that are in one group from the start, each group with one name at most."""

    def __init__(self, names: Sequence[Names], original: Rows) -> None:
        self._names = names
        self.nodes = np.flatnonzero(original == np.arange(len(names)))
        """The rows of the originals."""
        self._node = np.searchsorted(self.nodes, original)
        self._parents = list(range(len(self.nodes)))
        self._story: list[str | None] = [names[row].story for row in self.nodes]
        for row, one in enumerate(names):
            if self._story[self._node[row]] is None:
                self._story[self._node[row]] = one.story

    def join(self, one: int, other: int) -> bool:
        """Put two articles into one group, unless their groups have different names; say whether they are in one."""
        first, second = sorted((self._root(int(self._node[one])), self._root(int(self._node[other]))))
        here, there = self._story[first], self._story[second]
        if here is not None and there is not None and here != there:
            return False
        self._parents[second] = first
        self._story[first] = here if here is not None else there
        return True

    def join_known(self, row_of: Mapping[str, int]) -> None:
        """Join the articles of each story that there is, and the one that it is named by."""
        firsts: dict[str, int] = {}
        for row in self.nodes.tolist():
            if (story := self._story[self._root(int(self._node[row]))]) is not None:
                self.join(row, firsts.setdefault(story, row))
        for story, row in firsts.items():
            if story in row_of:
                self.join(row, row_of[story])

    def join_kin(self, kin: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
        """Put near-duplicates into one group, and return those that stay in different stories, copies included."""
        apart = [(one, other) for one, other in kin if not self.join(one, other)]
        for row, one in enumerate(self._names):
            node = int(self._node[row])
            if one.story not in {None, self._story[self._root(node)]}:
                apart.append((int(self.nodes[node]), row))
        return apart

    def groups(self) -> Rows:
        """Return the group of each original, in the order of `nodes`."""
        return np.array([self._root(node) for node in range(len(self.nodes))], dtype=np.int64)

    def numbers(self) -> Rows:
        """Return the number of each group's name, or NAMELESS, by the group's number."""
        known = {story: number for number, story in enumerate(dict.fromkeys(filter(None, self._story)))}
        return np.array([NAMELESS if story is None else known[story] for story in self._story], dtype=np.int64)

    def stories(self, groups: Rows) -> dict[int, str]:
        """Return the story of each row, copies included, after originals went into `groups`.

        A group keeps its name; one that has none, and several originals, is named by the first of its articles.
        """
        known = {int(group): story for group, story in zip(groups, self._story, strict=True) if story is not None}
        taken = {*known.values(), *(one.story for one in self._names)}
        sizes = np.bincount(groups, minlength=len(groups))
        found: dict[int, str] = {}
        for row, group in enumerate(groups[self._node].tolist()):
            if group not in known and sizes[group] > 1:
                known[group] = next(name for name in _spellings(self._names[row].id) if name not in taken)
            if group in known:
                found[row] = known[group]
        return found

    def _root(self, node: int) -> int:
        while (parent := self._parents[node]) != node:
            self._parents[node] = node = self._parents[parent]
        return node


def _spellings(name: str) -> Iterator[str]:
    """Yield a name, and then others like it."""
    yield name
    yield from (f"{name}-{number}" for number in range(2, 1_000_000))
