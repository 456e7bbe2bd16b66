"""Where readers differ: the pairwise disagreements about one place are one matter, however many pairs differ there."""

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from rolecall.core.records import Span
from rolecall.evaluate.disagreements import Disagreement
from rolecall.evaluate.match import Key

NOBODY = "nobody"
"""Whose version gold has where it has none of several."""


class Place(NamedTuple):
    """The disagreements of one kind about the same roles at one place of an article, in text order."""

    found: tuple[Disagreement, ...]

    @property
    def upheld(self) -> set[str]:
        """Whose version gold has there; empty where that is not known."""
        if len(self.found) == 1:
            return {each.upheld for each in self.found if each.upheld}
        named: set[str] = set()
        for each in self.found:
            both = each.upheld == "both"
            named |= {each.first, each.second} if both else {each.upheld} if each.upheld else set()
        return named - {"neither"} or ({NOBODY} if named else set())

    @property
    def sides(self) -> tuple[AbstractSet[str], AbstractSet[str]]:
        """Of spans that some lack: who of the readers has one there, and who has none."""
        marked = {each.first if each.left else each.second for each in self.found}
        lacking = {each.second if each.left else each.first for each in self.found}
        return marked, lacking


def gather(found: Iterable[Disagreement]) -> list[Place]:
    """Gather disagreements of one kind about the same roles, ordered by article and place, by where they are.

    Those whose spans overlap are at one place; those that share a span are where two readers differ there more than
    once, where somebody both has and lacks one, and of links and events. With two readers, each disagreement is a
    place of its own.
    """
    by_article: dict[str, list[Disagreement]] = {}
    for each in found:
        by_article.setdefault(each.article, []).append(each)
    return [place for each in by_article.values() for run in _overlapping(each) for place in _parted(run)]


def _spans(found: Disagreement) -> tuple[Span, ...]:
    """Return the spans that say where it is: of a link the argument."""
    return found.left[:1] if found.kind == "link" else (*found.left, *found.right)


def _overlapping(found: Sequence[Disagreement]) -> Iterator[list[Disagreement]]:
    """Cut them into runs whose stretches of text overlap one after the other."""
    bounds = [(min(s.start for s in _spans(each)), max(s.end for s in _spans(each))) for each in found]
    run: list[int] = []
    end = 0
    for at in sorted(range(len(found)), key=lambda at: (bounds[at], at)):
        if run and bounds[at][0] >= end:
            yield [found[each] for each in run]
            run = []
        end = max(end, bounds[at][1]) if run else bounds[at][1]
        run.append(at)
    if run:
        yield [found[each] for each in run]


def _parted(run: list[Disagreement]) -> list[Place]:
    """Take a run as one place, or part it by the spans that its disagreements share."""
    whole = Place(tuple(run))
    again = len({(each.first, each.second) for each in run}) < len(run)
    torn = run[0].kind == "missed" and not whole.sides[0].isdisjoint(whole.sides[1])
    if not again and not torn and run[0].kind not in {"link", "event"}:
        return [whole]
    places: list[list[Disagreement]] = []
    for each in run:
        keys, pair = _keys(each), (each.first, each.second)
        fits = (
            own
            for own in places
            if all((one.first, one.second) != pair for one in own) and any(keys & _keys(one) for one in own)
        )
        if (place := next(fits, None)) is not None:
            place.append(each)
        else:
            places.append([each])
    return [Place(tuple(own)) for own in places]


def _keys(found: Disagreement) -> set[Key]:
    return {span.key for span in _spans(found)}
