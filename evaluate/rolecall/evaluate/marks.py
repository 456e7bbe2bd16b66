"""Lay marked spans over a text: cut it where a span begins or ends, and give overlapping spans a track each."""

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

Verdict = Literal["correct", "missed", "spurious", "agreed", "disputed"]


class Mark(NamedTuple):
    """A span to be shown; `note` is a word or two for the reader, `kind` that of its error, if any."""

    start: int
    end: int
    role: str
    verdict: Verdict
    note: str = ""
    kind: str = ""


class Bar(NamedTuple):
    """A mark under a piece of text; tracks count from 0, nearest to the text."""

    mark: Mark
    track: int


class Piece(NamedTuple):
    """A stretch of text under the same marks all along; `opens` are those that begin here."""

    text: str
    opens: tuple[Mark, ...]
    bars: tuple[Bar, ...]


def paragraphs(text: str) -> Iterator[tuple[int, int]]:
    """Cut a text into lines, and what is empty between them; joined again, the parts are the text."""
    for match in re.finditer(r"[^\r\n]+(?:\r\n|\r|\n)?|[\r\n]+", text):
        yield match.span()


def tracks(marks: Sequence[Mark]) -> list[Bar]:
    """Give each mark the nearest track that no overlapping mark has; short ones come first, so they lie inside."""
    placed: list[Bar] = []
    for mark in sorted(marks, key=lambda mark: (mark.end - mark.start, mark)):
        taken = {bar.track for bar in placed if bar.mark.start < mark.end and mark.start < bar.mark.end}
        placed.append(Bar(mark, next(track for track in range(len(placed) + 1) if track not in taken)))
    return sorted(placed)


def aligned(sides: Sequence[Sequence[Mark]], layer_of: Mapping[str, str]) -> list[list[Bar]]:
    """Give the marks of each side tracks that a layer has to itself, the same ones on every side.

    Layers follow each other in the order of `layer_of`; one that no side has takes no room.
    """
    placed: list[list[Bar]] = [[] for _ in sides]
    first = 0
    for layer in dict.fromkeys(layer_of.values()):
        found = [tracks([mark for mark in side if layer_of[mark.role] == layer]) for side in sides]
        for bars, own in zip(placed, found, strict=True):
            bars += [Bar(bar.mark, first + bar.track) for bar in own]
        first += max((bar.track + 1 for own in found for bar in own), default=0)
    return [sorted(bars) for bars in placed]


def pieces(text: str, start: int, end: int, bars: Sequence[Bar]) -> list[Piece]:
    """Cut `text[start:end]` into pieces; joined again, their texts are it."""
    inside = [bar for bar in bars if bar.mark.start < end and start < bar.mark.end]
    bounds = {start, end, *(bound for bar in inside for bound in (bar.mark.start, bar.mark.end) if start < bound < end)}
    cuts = sorted(bounds)
    found = []
    for first, last in itertools.pairwise(cuts):
        here = [bar for bar in inside if bar.mark.start < last and first < bar.mark.end]
        opens = sorted((bar for bar in here if bar.mark.start == first), key=lambda bar: -bar.track)
        found.append(
            Piece(text[first:last], tuple(bar.mark for bar in opens), tuple(sorted(here, key=lambda bar: -bar.track)))
        )
    return found
