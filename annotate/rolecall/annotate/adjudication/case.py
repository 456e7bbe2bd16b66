"""A case: the versions of one article held against each other, and the points on which they differ.

Links and events are compared between places, so a link counts as the same though its ends are written otherwise. Who
left one of its ends unlabelled has no say about it, nor has who draws no links at all.
"""

from collections.abc import Collection, Iterable, Mapping
from itertools import combinations
from typing import Generic, NamedTuple, TypeVar

from rolecall.annotate.adjudication.places import Place, gather
from rolecall.core.ledger import Unit
from rolecall.core.records import Annotation, Article
from rolecall.core.scheme import Scheme
from rolecall.evaluate.match import Key, keys

T = TypeVar("T")
Pair = tuple[int, int]
Groups = tuple[tuple[int, ...], ...]


class Case(NamedTuple):
    """What the versions of an article say.

    `links` are (trigger, argument) by their places, `joins` two triggers of one event, the lower place first; each with
    those who drew it. `answers` are by question. `linkers` have a say about links and joins.
    """

    article: Article
    versions: Mapping[str, Annotation]
    places: list[Place]
    links: dict[Pair, frozenset[str]]
    joins: dict[Pair, frozenset[str]]
    answers: dict[str, dict[str, tuple[str, ...]]]
    linkers: frozenset[str]
    layer_of: Mapping[str, str]

    def says_of_place(self, place: int) -> dict[str, Key | None]:
        """What each version has at a place."""
        return {name: self.places[place].spans.get(name) for name in self.versions}

    def says_of_pair(self, pair: Pair, drawn: Collection[str]) -> dict[str, bool]:
        """Whether each version that has both ends joins them."""
        one, other = (self.places[index].spans for index in pair)
        return {name: name in drawn for name in self.versions if name in self.linkers and name in one and name in other}


class Option(NamedTuple, Generic[T]):
    """What some of the versions say; of a place that they left unlabelled, None."""

    what: T
    who: tuple[str, ...]


class Dispute(NamedTuple, Generic[T]):
    """A point on which versions differ: at which places or question, and what they say."""

    unit: Unit
    at: tuple[int, ...]
    options: tuple[Option[T], ...]
    question: str = ""


class Disputes(NamedTuple):
    """All points on which the versions of an article differ."""

    spans: list[Dispute[Key | None]]
    links: list[Dispute[bool]]
    events: list[Dispute[Groups]]
    choices: list[Dispute[tuple[str, ...]]]

    def __bool__(self) -> bool:
        return self.number > 0

    @property
    def number(self) -> int:
        """How many there are."""
        return len(self.spans) + len(self.links) + len(self.events) + len(self.choices)


def open_case(
    article: Article, versions: Mapping[str, Annotation], scheme: Scheme, linkers: Collection[str] | None = None
) -> Case:
    """Hold the versions of an article against each other; without `linkers`, those here who drew anything are."""
    spans = {name: keys(version.spans) for name, version in versions.items()}
    places = gather(spans, scheme.layer_of)
    at = {(name, key): index for index, place in enumerate(places) for name, key in place.spans.items()}
    links: dict[Pair, set[str]] = {}
    joins: dict[Pair, set[str]] = {}
    for name, version in versions.items():
        where = [at[name, span.key] for span in version.spans]
        for trigger, argument in version.links:
            links.setdefault((where[trigger], where[argument]), set()).add(name)
        for event in version.events:
            for pair in combinations(sorted({where[index] for index in event}), 2):
                joins.setdefault(pair, set()).add(name)
    questions = dict.fromkeys(question for version in versions.values() for question in version.choices)
    drew = {name for drawn in (*links.values(), *joins.values()) for name in drawn}
    return Case(
        article,
        versions,
        places,
        {pair: frozenset(drawn) for pair, drawn in sorted(links.items())},
        {pair: frozenset(drawn) for pair, drawn in sorted(joins.items())},
        {question: {name: version.choices.get(question, ()) for name, version in versions.items()}
         for question in questions},
        frozenset(drew if linkers is None else drew | set(linkers)),
        scheme.layer_of,
    )  # fmt: skip


def disputes(case: Case) -> Disputes:
    """Return the points on which versions differ, in text order."""
    spans = [Dispute("span", (at,), _options(case.says_of_place(at))) for at in range(len(case.places))]
    links = [Dispute("link", pair, _options(case.says_of_pair(pair, drawn))) for pair, drawn in case.links.items()]
    choices = [Dispute("choice", (), _options(says), name) for name, says in case.answers.items()]
    return Disputes(
        [each for each in spans if len(each.options) > 1],
        [each for each in links if len(each.options) > 1],
        [Dispute("event", at, _options(partitions(case, at))) for at in _torn(case)],
        [each for each in choices if len(each.options) > 1],
    )


def _options(says: Mapping[str, T]) -> tuple[Option[T], ...]:
    """Gather those who say the same; first what the first of the names says."""
    said = dict.fromkeys(says.values())
    return tuple(Option(what, tuple(name for name in says if says[name] == what)) for what in said)


def _torn(case: Case) -> list[tuple[int, ...]]:
    """Return the triggers, as places, that hang together by joins of which one at least is disputed."""
    torn = [pair for pair, drawn in case.joins.items() if len(set(case.says_of_pair(pair, drawn).values())) > 1]
    return [group for group in components(case.joins) if any(set(pair) <= set(group) for pair in torn)]


def partitions(case: Case, at: Collection[int]) -> dict[str, Groups]:
    """Return how each version that has a say groups these triggers, those that stand alone included."""
    found = {}
    for name in case.versions:
        there = [place for place in at if name in case.places[place].spans]
        if name in case.linkers and len(there) > 1:
            drawn = [pair for pair, who in case.joins.items() if name in who and set(pair) <= set(there)]
            found[name] = tuple(components([*drawn, *((place, place) for place in there)]))
    return found


def components(pairs: Iterable[Pair]) -> list[tuple[int, ...]]:
    """Gather what is joined, directly or by way of others, into groups, each sorted; a pair of one is a group too."""
    group_of: dict[int, set[int]] = {}
    for one, other in pairs:
        union = group_of.get(one, {one}) | group_of.get(other, {other})
        group_of.update(dict.fromkeys(union, union))
    return sorted({tuple(sorted(group)) for group in group_of.values()})


def overlaps(case: Case, chosen: Iterable[Key]) -> list[tuple[Key, Key]]:
    """Return which of these spans overlap another of their layer, unless some version has just these two."""
    own = [{span.key for span in version.spans} for version in case.versions.values()]
    ordered = sorted(set(chosen))
    found = []
    for at, one in enumerate(ordered):
        for other in ordered[at + 1 :]:
            if other[0] >= one[1]:
                break
            if case.layer_of[one[2]] == case.layer_of[other[2]] and not any({one, other} <= keys for keys in own):
                found.append((one, other))
    return found
