"""What a drawn relation means: an argument's link to its trigger, two triggers of one event, or nothing to keep.

People draw in either direction, so only the roles at the two ends decide. A region may carry several labels under one
id; then the relation means the one pair of them that the scheme lets belong together, and is ambiguous where there is
more than one such pair.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from rolecall.core.records import Span
from rolecall.core.scheme import Scheme

Pair = tuple[int, int]


class Meaning(NamedTuple):
    """A relation understood: `joins` two triggers of one event, else links (trigger, argument).

    `fits` is False for a link of a role to a trigger that the scheme does not attach it to.
    """

    pair: Pair
    joins: bool = False
    fits: bool = True


class Nothing(NamedTuple):
    """A relation that cannot be kept, with the reason in a few fixed words."""

    reason: str


def meaning(ends: tuple[Sequence[int], Sequence[int]], spans: Sequence[Span], scheme: Scheme) -> Meaning | Nothing:
    """Say what a relation between two regions means; `ends` are the spans that stand under each region's id."""
    links: list[Pair] = []
    joins: list[Pair] = []
    for one in ends[0]:
        for other in ends[1]:
            match spans[one].role in scheme.triggers, spans[other].role in scheme.triggers:
                case True, True:
                    joins.append((min(one, other), max(one, other)))
                case True, False:
                    links.append((one, other))
                case False, True:
                    links.append((other, one))
    fitting = [pair for pair in links if fits(pair, spans, scheme)]
    likely = [*(Meaning(pair) for pair in fitting), *(Meaning(pair, joins=True) for pair in joins)]
    candidates = likely or [Meaning(pair, fits=False) for pair in links]
    if len(candidates) == 1:
        return candidates[0]
    return Nothing("ambiguous: several labels under one region id" if candidates else "joins two arguments")


def fits(link: Pair, spans: Sequence[Span], scheme: Scheme) -> bool:
    """Tell whether the scheme lets this argument attach to this trigger."""
    trigger, argument = link
    return spans[trigger].role in scheme.roles[spans[argument].role].attaches_to


def groups(joins: Iterable[Pair]) -> tuple[tuple[int, ...], ...]:
    """Gather what is joined, directly or by way of others, into groups, each sorted."""
    group_of: dict[int, set[int]] = {}
    for one, other in joins:
        union = group_of.get(one, {one}) | group_of.get(other, {other})
        for member in union:
            group_of[member] = union
    return tuple(sorted({tuple(sorted(group)) for group in group_of.values()}))
