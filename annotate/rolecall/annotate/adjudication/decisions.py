"""What became of every item of every version, and what stands that no version had.

Items are spans, links, events of several triggers, and choices (answers, and marks "unsure" on a span). One that does
not stand as it was `changed` where another stands in its place: a span of the same place, a link between the same
places, an event with at least two of its triggers. So each item of a version is kept, changed or rejected, and each
item that stands was kept, is what another became, or is new.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple, TypeVar

import msgspec

from rolecall.annotate.adjudication.case import Case
from rolecall.annotate.adjudication.composition import doubts, offered
from rolecall.annotate.adjudication.items import Answer, Contents, Event, Link, Mark, spans_of, words_of
from rolecall.core.ledger import Ledger, Source, Unit
from rolecall.core.records import Annotation, Span
from rolecall.core.scheme import Scheme
from rolecall.evaluate.align import align
from rolecall.evaluate.match import Key

STAGE = "adjudicate"
Outcome = Literal["kept", "changed", "rejected", "new"]
T = TypeVar("T")
CONVENTION = "convention: unsure where all who have the label are"
"""Who decides about marks of doubt that nobody was asked about."""
OFFERED = "offered"
"""Who makes a link that stands between variants of two labels, since others drew one between their places."""


class Decision(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What became of one item of an article.

    `versions` are the annotators who had it, none where it is the decider's own; `readers` all who had a say about it:
    about a link or event who labelled its ends and links at all, about a mark who has the span. `became` is what stands
    instead of one that was changed, and `became_from` are those who had that. `by` is who decided: a person, a rule,
    "agreement" where all with a say said the same, CONVENTION or OFFERED; `at` is when, ISO 8601. `aided` are those of
    `versions` whose reading started from a model's suggestion. `spans` are those the item is made of.
    """

    article: str
    unit: Unit
    item: str
    outcome: Outcome
    versions: tuple[str, ...]
    readers: tuple[str, ...]
    by: str
    at: str | None = None
    became: str | None = None
    became_from: tuple[str, ...] = ()
    aided: tuple[str, ...] = ()
    spans: tuple[Span, ...] = ()


class Trace(NamedTuple):
    """The decisions on one article, and how often each version has each item by its words."""

    decisions: list[Decision]
    items: dict[str, Counter[tuple[Unit, str]]]


class _Fate(NamedTuple):
    outcome: Outcome
    became: object = None


def trace(
    case: Case,
    gold: Annotation,
    scheme: Scheme,
    *,
    by: Callable[[bool], str],
    at: str | None = None,
    aided: Mapping[str, str] | None = None,
    convention: bool = True,
) -> Trace:
    """Say what became of every item; `by` names who decided, told whether all with a say agree on the item.

    With `convention`, marks of doubt that stand as it has them are not the decider's.
    """
    versions = {name: Contents.of(version) for name, version in case.versions.items()}
    standing = _standing(case, frozenset(span.key for span in gold.spans), scheme)
    own = Contents.of(gold)
    decider = _Decider(case, own, scheme, by, convention=convention)
    decisions = []
    for each in _judge(versions, own, standing):
        say = decider.say(each.item)
        decisions.append(
            Decision(
                article=case.article.id,
                unit=each.unit,
                item=words_of(each.item, case),
                outcome=each.fate.outcome,
                versions=each.holders,
                readers=say or tuple(case.versions),
                by=decider.by(each, say),
                at=at,
                became=None if each.fate.became is None else words_of(each.fate.became, case),
                became_from=each.heirs,
                aided=tuple(name for name in each.holders if name in (aided or {})),
                spans=tuple(spans_of(each.item, case)),
            )
        )
    return Trace(decisions, {name: own.tally(case) for name, own in versions.items()})


class _Decider:
    """Knows who has a say about an item, and who decided on it."""

    def __init__(
        self, case: Case, gold: Contents, scheme: Scheme, by: Callable[[bool], str], *, convention: bool
    ) -> None:
        self._case, self._by = case, by
        self._place = {key: index for index, place in enumerate(case.places) for key in place.keys}
        self._offered = offered(case, scheme)
        doubted, marked = doubts(case.versions), {mark.key for mark in gold.marks}
        self._usual = {key for key in gold.spans if (key in doubted) == (key in marked)} if convention else set[Key]()

    def say(self, item: object) -> tuple[str, ...]:
        """Who has a say about an item."""
        case = self._case
        match item:
            case Mark(key):
                return tuple(name for name in case.versions if self._has(name, key))
            case frozenset():
                places = {self._place[key] for key in item if key in self._place}
                return tuple(name for name in case.versions if name in case.linkers and self._number(name, places) > 1)
            case ((_, _, _), (_, _, _)):
                ends = [self._place[key] for key in item if key in self._place]
                return tuple(case.says_of_pair((ends[0], ends[1]), ())) if len(ends) > 1 else ()
            case _:
                return tuple(case.versions)

    def by(self, judged: "_Judged", say: tuple[str, ...]) -> str:
        """Who decided on an item."""
        agreed = bool(say) and set(say) == set(judged.holders)
        if isinstance(judged.item, Mark) and not agreed and judged.item.key in self._usual:
            return CONVENTION
        if judged.unit == "link" and judged.fate.outcome == "new" and judged.item in self._offered:
            return OFFERED
        return self._by(agreed)

    def _has(self, name: str, key: Key) -> bool:
        return key in self._place and self._case.places[self._place[key]].spans.get(name) == key

    def _number(self, name: str, places: set[int]) -> int:
        return sum(name in self._case.places[place].spans for place in places)


class _Judged(NamedTuple):
    """An item, what became of it, who had it, and who had what it became."""

    unit: Unit
    item: object
    fate: _Fate
    holders: tuple[str, ...]
    heirs: tuple[str, ...]


def _judge(versions: Mapping[str, Contents], gold: Contents, standing: Mapping[Key, Key]) -> Iterator[_Judged]:
    """Yield what became of each item of the versions, and what is new, unit by unit."""
    links, events, marks, answers = set(gold.links), set(gold.events), set(gold.marks), set(gold.answers)
    had = versions.items()
    yield from _each("span", {n: v.spans for n, v in had}, gold.spans, lambda it: _of_span(it, standing))
    yield from _each("link", {n: v.links for n, v in had}, gold.links, lambda it: _of_link(it, standing, links))
    yield from _each("event", {n: v.events for n, v in had}, gold.events, lambda it: _of_event(it, standing, events))
    yield from _each("choice", {n: v.marks for n, v in had}, gold.marks, lambda it: _of_mark(it, standing, marks))
    yield from _each("choice", {n: v.answers for n, v in had}, gold.answers, lambda it: _of_answer(it, answers))


def _each(
    unit: Unit, has: Mapping[str, Sequence[T]], there: Sequence[T], fate: Callable[[T], _Fate]
) -> Iterator[_Judged]:
    """Yield what became of each item that a version has, then the items that are new; `there` are those that stand."""
    own = {name: frozenset(items) for name, items in has.items()}
    fates = {item: fate(item) for item in dict.fromkeys(item for items in has.values() for item in items)}
    accounted = {each.became for each in fates.values()} | set(fates)
    fates |= {item: _Fate("new") for item in there if item not in accounted}
    for item, found in fates.items():
        holders = tuple(name for name in own if item in own[name])
        yield _Judged(unit, item, found, holders, tuple(name for name in own if found.became in own[name]))


def _standing(case: Case, gold: frozenset[Key], scheme: Scheme) -> dict[Key, Key]:
    """Return what stands for each span of a version: itself, another of its place, or one that nobody had."""
    standing = {key: key for place in case.places for key in place.keys if key in gold}
    own = set(gold - {key for place in case.places for key in place.keys})
    unsettled = []
    for place in case.places:
        if kept := sorted(place.keys & gold):
            standing |= dict.fromkeys(place.keys - gold, kept[0])
        else:
            unsettled.append(place)
    for name in case.versions:
        there = {place.spans[name]: place for place in unsettled if name in place.spans}
        for pair in align(there.keys(), own, scheme.layer_of).pairs:
            if not any(key in standing for key in there[pair.gold].keys):
                standing |= dict.fromkeys(there[pair.gold].keys, pair.predicted)
                own.discard(pair.predicted)
    return standing


def _of_span(key: Key, standing: Mapping[Key, Key]) -> _Fate:
    found = standing.get(key)
    return _Fate("rejected") if found is None else _Fate("kept") if found == key else _Fate("changed", found)


def _of_link(link: Link, standing: Mapping[Key, Key], there: set[Link]) -> _Fate:
    if link in there:
        return _Fate("kept")
    ends = tuple(standing.get(key) for key in link)
    return _Fate("changed", ends) if ends in there else _Fate("rejected")


def _of_event(event: Event, standing: Mapping[Key, Key], there: set[Event]) -> _Fate:
    if event in there:
        return _Fate("kept")
    moved = {standing[key] for key in event if key in standing}
    best = max(there, key=lambda group: (len(group & moved), sorted(group)), default=frozenset())
    return _Fate("changed", best) if len(best & moved) > 1 else _Fate("rejected")


def _of_mark(mark: Mark, standing: Mapping[Key, Key], there: set[Mark]) -> _Fate:
    if mark in there:
        return _Fate("kept")
    found = Mark(standing[mark.key]) if mark.key in standing else None
    return _Fate("changed", found) if found in there else _Fate("rejected")


def _of_answer(answer: Answer, there: set[Answer]) -> _Fate:
    return _Fate("kept" if answer in there else "rejected")


_REASON = {"changed": "another stands in its place", "rejected": "rejected"}


def book(found: Trace, ledger: Ledger) -> None:
    """Enter into the books what became of each item of each version."""
    fates = {(each.unit, each.item): each for each in found.decisions}
    for name, items in found.items.items():
        for (unit, words), count in items.items():
            ledger.enter(STAGE, unit, count)
            fate = fates[unit, words]
            source, item = Source(fate.article, name), fate.spans[0] if unit == "span" else words
            for again in range(count):
                if again:
                    became = "one span"
                    ledger.changed(STAGE, unit, source, item, became=became, reason="twice in one reading")
                elif fate.outcome == "kept":
                    ledger.keep(STAGE, unit)
                elif fate.outcome == "changed":
                    became = fate.became or ""
                    ledger.changed(STAGE, unit, source, item, became=became, reason=_REASON["changed"])
                else:
                    ledger.dropped(STAGE, unit, source, item, reason=_REASON["rejected"])


def book_undecided(case: Case, ledger: Ledger, reason: str) -> None:
    """Enter into the books that no item of an article's versions goes on."""
    for name, version in case.versions.items():
        for (unit, words), count in Contents.of(version).tally(case).items():
            ledger.enter(STAGE, unit, count)
            for _ in range(count):
                ledger.dropped(STAGE, unit, Source(case.article.id, name), words, reason=reason)
