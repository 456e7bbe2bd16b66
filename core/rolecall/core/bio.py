"""Spans to BIO tags and back, over any sequence of units with offsets, and the rule for overlaps within a layer.

BIO: "B-X" opens a span of role X, "I-X" goes on with it, "O" is outside (Ramshaw and Marcus 1995, IOB2 form).
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from rolecall.core.records import Span

Unit = tuple[int, int]


class Placement(NamedTuple):
    """Where a span stands among units: half-open unit indices, and whether its bounds are theirs."""

    first: int
    last: int
    exact: bool


def tag_names(roles: Iterable[str]) -> list[str]:
    """Return the tags of one layer in their fixed order: O, then B- and I- of each role."""
    return ["O", *(f"{prefix}-{role}" for role in roles for prefix in "BI")]


def place(span: Span, units: Sequence[Unit]) -> Placement | None:
    """Find the units that a span touches, or None when it touches none; units are sorted and do not overlap."""
    first = bisect_right(units, span.start, key=lambda unit: unit[1])
    last = bisect_left(units, span.end, key=lambda unit: unit[0])
    if first >= last:
        return None
    return Placement(first, last, units[first][0] == span.start and units[last - 1][1] == span.end)


def encode(placed: Iterable[tuple[Placement, str]], length: int) -> list[str]:
    """Return `length` BIO tags for placed roles; raise ValueError where two of them claim one unit."""
    tags = ["O"] * length
    for placement, role in placed:
        for index in range(placement.first, placement.last):
            if tags[index] != "O":
                raise ValueError(f"unit {index} is claimed by {tags[index]} and {role}")
            tags[index] = ("B-" if index == placement.first else "I-") + role
    return tags


def decode(tags: Sequence[str]) -> list[tuple[Placement, str]]:
    """Return the spans of strict BIO tags; raise ValueError at an I- that goes on with nothing of its role."""
    found: list[tuple[Placement, str]] = []
    start, role = 0, ""
    for index, tag in enumerate([*tags, "O"]):
        prefix, _, name = tag.partition("-")
        if prefix == "I":
            if name != role:
                raise ValueError(f"tag {index} is {tag} after {tags[index - 1] if index else 'the start'}")
            continue
        if role:
            found.append((Placement(start, index, exact=True), role))
        start, role = index, name if prefix == "B" else ""
    return found


class Overlap(NamedTuple):
    """A span that gives way and the one it gives way to, both by index."""

    loser: int
    winner: int


def keep_longest(spans: Sequence[Span]) -> tuple[list[int], list[Overlap]]:
    """Choose, among the spans of ONE layer, those that do not overlap: the longest first, then the leftmost.

    Returns the indices kept, in text order, and those that gave way. The input order does not matter, except
    between spans that are equal.
    """
    kept: list[int] = []
    dropped: list[Overlap] = []
    for index in sorted(
        range(len(spans)), key=lambda i: (spans[i].start - spans[i].end, spans[i].start, spans[i].role)
    ):
        at = bisect_left(kept, spans[index].start, key=lambda i: spans[i].start)
        rival = next(
            (
                kept[k]
                for k in (at - 1, at)
                if 0 <= k < len(kept)
                and spans[kept[k]].start < spans[index].end
                and spans[index].start < spans[kept[k]].end
            ),
            None,
        )
        if rival is None:
            kept.insert(at, index)
        else:
            dropped.append(Overlap(index, rival))
    return kept, dropped
