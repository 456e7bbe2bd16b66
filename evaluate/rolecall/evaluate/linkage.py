"""Agreement on links and events: of all links, of those between spans that both have, and on which triggers are one.

A link is its trigger and its argument, with their bounds and roles. A strict count has every difference of spans in it
again; the other two count only what both readers could have joined, since both have the spans.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Literal

import msgspec

from rolecall.core.records import Annotation
from rolecall.evaluate.counts import Counts
from rolecall.evaluate.disagreements import joins
from rolecall.evaluate.match import Key, keys
from rolecall.evaluate.summary import Line, summarise
from rolecall.evaluate.tally import Readings, Row, Tally, names

LINKS, SHARED, JOINED = "links", "links of common spans", "triggers joined"
MEASURES = (LINKS, SHARED, JOINED)
"""All links; those whose two spans both readers have; pairs of triggers that both have, named as one event."""
ROLES = "argument"
"""The part of a row that has the links of common spans by the role of the argument."""


class LinkedPair(msgspec.Struct, frozen=True, kw_only=True):
    """The lines of two readers, by measure."""

    gold: str
    predicted: str
    measures: dict[str, Line]


class Linked(msgspec.Struct, frozen=True, kw_only=True):
    """All pairs together by measure, the links of common spans by the argument's role, and each pair apart."""

    measures: dict[str, Line]
    roles: dict[str, Line]
    pairs: tuple[LinkedPair, ...]

    def lines(self) -> Iterator[tuple[Literal["layer", "role"], str, Line]]:
        """Yield the lines of a table: each measure, and under the links of common spans their roles."""
        for name, line in self.measures.items():
            yield "layer", name, line
            if name == SHARED:
                for role, own in self.roles.items():
                    yield "role", role, own


def summarise_links(tallies: Sequence[Tally], *, resamples: int, seed: int) -> Linked | None:
    """Derive the numbers of link tallies, with intervals that resample groups; None where there are none."""
    if not tallies:
        return None

    def lines(rows: Sequence[Row], names: Sequence[str]) -> dict[str, Line]:
        return summarise(rows, {"": names}, resamples=resamples, seed=seed).roles

    rows = [row for each in tallies for row in each.rows]
    by_role = [Row(row.article, row.group, row.parts.get(ROLES, {})) for row in rows]
    return Linked(
        measures=lines(rows, MEASURES),
        roles=lines(by_role, sorted({role for row in by_role for role in row.counts})),
        pairs=tuple(
            LinkedPair(gold=each.gold, predicted=each.predicted, measures=lines(each.rows, MEASURES))
            for each in tallies
        ),
    )


def linkers(readings: Iterable[Annotation]) -> set[str]:
    """Name the readers who made a link or an event anywhere: the others were not asked to."""
    return {reading.by for reading in readings if joins(reading)}


def tally_links(
    pairs: Iterable[tuple[Readings, Readings]], groups: Mapping[str, str], among: set[str]
) -> tuple[Tally, ...]:
    """Count the links of each pair of readers, on the articles where both are `among` those who link.

    Rows are as in `tally`, with the measures in place of roles. A pair without such an article is left out.
    """
    found = []
    for first, second in pairs:
        both = [a for a in sorted(first) if first[a].by in among and second[a].by in among]
        if both:
            rows = tuple(count_links(first[a], second[a], groups.get(a, a)) for a in both)
            found.append(Tally(names(first[a] for a in both), names(second[a] for a in both), rows))
    return tuple(found)


def count_links(first: Annotation, second: Annotation, group: str) -> Row:
    """Count what two readers link in one article."""
    common = keys(first.spans) & keys(second.spans)
    left, right = _links(first), _links(second)
    shared = [{link for link in side if common.issuperset(link)} for side in (left, right)]
    by_role = [_by_role(side) for side in shared]
    return Row(
        first.article,
        group,
        {
            LINKS: _counts(left, right),
            SHARED: _counts(*shared),
            JOINED: _counts(_joined(first, common), _joined(second, common)),
        },
        parts={
            ROLES: {role: _counts(*(side[role] for side in by_role)) for role in sorted({*by_role[0], *by_role[1]})}
        },
    )


Link = tuple[Key, Key]


def _links(annotation: Annotation) -> set[Link]:
    spans = annotation.spans
    return {(spans[trigger].key, spans[argument].key) for trigger, argument in annotation.links}


def _joined(annotation: Annotation, common: frozenset[Key]) -> set[Link]:
    """Return the pairs of common triggers that the annotation has in one event."""
    events = (sorted({annotation.spans[index].key for index in event} & common) for event in annotation.events)
    return {pair for event in events for pair in combinations(event, 2)}


def _by_role(links: Iterable[Link]) -> defaultdict[str, set[Link]]:
    found: defaultdict[str, set[Link]] = defaultdict(set)
    for link in links:
        found[link[1][2]].add(link)
    return found


def _counts(left: set[Link], right: set[Link]) -> Counts:
    return Counts(len(left & right), len(right), len(left))
