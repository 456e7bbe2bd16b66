"""Divide groups into parts so that sizes are right and roles are spread as evenly as whole groups allow.

Iterative stratification (Sechidis, Tsoumakas and Vlahavas 2011), with groups in the place of examples: the role that
the fewest groups have goes first, and each of its groups to the part that lacks most of it. Drawing at random and
keeping the best draw would leave rare roles to chance; scikit-learn's StratifiedGroupKFold knows one label an example,
where an article has many roles at once, and makes folds, not shares. Sizes are put right afterwards by moving single
groups, and then groups of one size change places for as long as that spreads roles better.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]
Reals = NDArray[np.float64]

LOOKED_AT = 300
"""Groups of a part that are tried for changing places: in large corpora the first step alone spreads roles evenly."""
ROUNDS = 5
"""How often each part has its turn at changing places."""


class Wanted(NamedTuple):
    """What each part should hold: articles, labels of each role (parts, roles), and the least number of groups."""

    articles: Reals
    roles: Reals
    least: Numbers


def tabulate(
    group_of: Mapping[str, str], contents: Mapping[str, Mapping[str, int]] | None = None
) -> tuple[list[str], Numbers, Numbers]:
    """Return the groups by name, how many articles each has, and its labels of each role, (groups, roles)."""
    names, sizes = np.unique(list(group_of.values()), return_counts=True)
    contents = contents or {}
    roles = {role: at for at, role in enumerate(sorted({role for one in contents.values() for role in one}))}
    table = np.zeros((len(names), len(roles)), dtype=np.int64)
    for row, name in enumerate(names.tolist()):
        for role, count in contents.get(name, {}).items():
            table[row, roles[role]] = count
    return names.tolist(), sizes.astype(np.int64), table


def shared_out(shares: Sequence[float], sizes: Numbers, table: Numbers) -> Wanted:
    """Return what parts of these shares should hold of all groups, at least one of them each."""
    part = np.round(np.array(shares, dtype=np.float64), 9)  # 0.6 of 0.8 is 0.75, whatever floats say
    return Wanted(part * sizes.sum(), np.outer(part, table.sum(axis=0)), np.ones(len(shares), dtype=np.int64))


def shuffle(names: Sequence[str], seed: int) -> Numbers:
    """Return an order of groups by their names: by a hash, which is the same on every machine and with every numpy."""
    marks = [hashlib.blake2b(f"{seed}:{name}".encode(), digest_size=16).digest() for name in names]
    return np.array(sorted(range(len(names)), key=marks.__getitem__), dtype=np.int64)


def allot(sizes: Numbers, table: Numbers, wanted: Wanted, order: Numbers) -> Numbers:
    """Return the part of each group: the same groups in the same order give the same parts.

    A role that at least as many groups have as there are parts is in every part, as far as sizes allow it. The first
    part takes up what the others leave.
    """
    part_of = _stratify(sizes, table, wanted, order)
    _fill_empty(sizes, part_of, wanted)
    for part in range(1, len(wanted.articles)):
        _put_right(sizes, table, wanted, part_of, part)
    for _ in range(ROUNDS):
        changed = [_exchange((sizes, table, order), wanted, part_of, part) for part in range(1, len(wanted.articles))]
        if not any(changed):
            break
    return part_of


def _stratify(sizes: Numbers, table: Numbers, wanted: Wanted, order: Numbers) -> Numbers:
    """Deal out the groups, those with the rarest role first."""
    part_of = np.full(len(sizes), -1, dtype=np.int64)
    room, lacking = wanted.articles.copy(), wanted.roles.copy()
    has = table > 0
    there = np.zeros(wanted.roles.shape, dtype=bool)
    left = has.sum(axis=0)
    while left.any():
        role = int(np.where(left > 0, left, np.iinfo(np.int64).max).argmin())
        for group in order[has[order, role] & (part_of[order] < 0)]:
            part = _choose(room, lacking[:, role], there[:, role], int(sizes[group]), int(left[role]))
            part_of[group] = part
            room[part] -= sizes[group]
            lacking[part] -= table[group]
            there[part] |= has[group]
            left -= has[group]
    for group in order[part_of[order] < 0]:
        part_of[group] = part = int(room.argmax())
        room[part] -= sizes[group]
    return part_of


def _choose(room: Reals, lacking: Reals, there: NDArray[np.bool_], size: int, left: int) -> int:
    """Return the part that a group goes to for one role: one that has none of it yet, else the one that lacks most."""
    fits = room >= size
    none = ~there
    if none.any() and (left <= none.sum() or (none & fits).any()):
        able = none & fits if (none & fits).any() else none
    else:
        able = fits if fits.any() else np.ones_like(fits)
    return int(np.lexsort((-room, -lacking, ~able))[0])


def _fill_empty(sizes: Numbers, part_of: Numbers, wanted: Wanted) -> None:
    """Give a part that has too few groups one of the part that has most, as near in size as there is."""
    for part in range(len(wanted.articles)):
        while (part_of == part).sum() < wanted.least[part]:
            counts = np.bincount(part_of, minlength=len(wanted.articles)) - wanted.least
            donors = np.flatnonzero(part_of == counts.argmax())
            part_of[donors[np.abs(sizes[donors] - wanted.articles[part]).argmin()]] = part


def _put_right(sizes: Numbers, table: Numbers, wanted: Wanted, part_of: Numbers, part: int) -> None:
    """Move single groups between a part and the first for as long as that brings its size nearer to what it should be.

    Of moves that come to the same size the one that spreads roles best is made.
    """
    while True:
        inside, outside = part_of == part, part_of == 0
        gap = wanted.articles[part] - sizes[inside].sum()
        fixed = ~(inside | outside)
        if inside.sum() <= wanted.least[part]:
            fixed |= inside
        if outside.sum() <= wanted.least[0]:
            fixed |= outside
        after = np.where(fixed, np.inf, np.abs(gap + np.where(inside, sizes, -sizes)))
        if not len(after) or after.min() >= abs(gap):
            return
        best = np.flatnonzero(after == after.min())
        signs = np.where(inside[best], -1, 1)[:, None]
        costs = _Standing.of(table, wanted, part_of, part).costs(signs * table[best], signs * (table[best] > 0))
        chosen = best[costs.argmin()]
        part_of[chosen] = 0 if inside[chosen] else part


def _exchange(groups: tuple[Numbers, Numbers, Numbers], wanted: Wanted, part_of: Numbers, part: int) -> bool:
    """Let groups of one size change places between a part and the first for as long as that spreads roles better.

    Tells whether any did.
    """
    sizes, table, order = groups
    changed = False
    nothing = np.zeros((1, table.shape[1]), dtype=np.int64)
    while table.shape[1]:
        inside = order[part_of[order] == part][:LOOKED_AT]
        outside = order[part_of[order] == 0][:LOOKED_AT]
        standing = _Standing.of(table, wanted, part_of, part)
        best, swap = float(standing.costs(nothing, nothing)[0]) - 1e-9, None
        for group in inside:
            same = outside[sizes[outside] == sizes[group]]
            if len(same):
                more = (table[same] > 0).astype(np.int64) - (table[group] > 0)
                costs = standing.costs(table[same] - table[group], more)
                if costs.min() < best:
                    best, swap = float(costs.min()), (group, same[costs.argmin()])
        if swap is None:
            break
        part_of[swap[0]], part_of[swap[1]] = 0, part
        changed = True
    return changed


class _Standing(NamedTuple):
    """How roles stand in a part and in the first: labels, groups that have them, and what they should be, (2, roles).

    `total` are the labels of each role in all parts, `spread` tells which roles can be in all of them.
    """

    labels: Numbers
    groups: Numbers
    wanted: Reals
    total: Reals
    spread: NDArray[np.bool_]

    @classmethod
    def of(cls, table: Numbers, wanted: Wanted, part_of: Numbers, part: int) -> "_Standing":
        """Count them."""
        own = [table[part_of == at] for at in (part, 0)]
        return cls(
            np.stack([rows.sum(axis=0) for rows in own]),
            np.stack([(rows > 0).sum(axis=0) for rows in own]),
            wanted.roles[[part, 0]],
            np.maximum(1, wanted.roles.sum(axis=0)),
            (table > 0).sum(axis=0) >= len(wanted.articles),
        )

    def costs(self, labels: Numbers, groups: Numbers) -> Reals:
        """Return how unevenly roles stand after each of some moves, (moves,).

        `labels` come into the part and `groups` with the role do, both (moves, roles). Each role counts by the square
        of its share that is too much or too little, so that rare ones weigh as much as frequent ones, and as 1 more
        where a part has none of it.
        """
        cost = np.zeros(len(labels))
        for at, sign in ((0, 1), (1, -1)):
            cost += (((self.labels[at] + sign * labels - self.wanted[at]) / self.total) ** 2).sum(axis=1)
            cost += (self.spread & (self.groups[at] + sign * groups == 0)).sum(axis=1)
        return np.round(cost, 12)  # the order in which processors add must not decide
