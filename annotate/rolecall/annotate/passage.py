"""The passage of annotations from one scheme to another: what stays, changes or is lost, all of it on the books."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from rolecall.annotate.labelling import answers_of
from rolecall.annotate.migration import Migration
from rolecall.annotate.relations import Pair
from rolecall.core import jsonl
from rolecall.core.errors import InputError, SchemeMismatchError
from rolecall.core.ledger import Balance, Ledger, Source, describe
from rolecall.core.records import Annotation, Span

STAGE = "migrate"
TWICE = "same role twice on one stretch"
"""Why two spans are one: their roles came to the same."""


class Carried(NamedTuple):
    """An annotation under the new scheme, and for each old span that goes on the number of the one it goes on as."""

    annotation: Annotation
    place: dict[int, int]


def carry(annotation: Annotation, migration: Migration, ledger: Ledger) -> Carried:
    """Carry an annotation of the migration's source over to its target.

    Spans of different roles that come to the same are one. A link or event goes with its spans, and is dropped where
    its roles allow it no longer.
    """
    ledger.enter(STAGE, "annotation", 1)
    ledger.keep(STAGE, "annotation")
    passage = _Passage(annotation, migration, ledger)
    moved = msgspec.structs.replace(
        annotation,
        scheme=migration.target.fingerprint,
        spans=passage.spans,
        links=passage.links(),
        events=passage.events(),
        choices=passage.choices(),
    )
    return Carried(moved, passage.place)


class _Passage:
    """One annotation on its way: its new spans, and for each old one the number of that which stands for it."""

    def __init__(self, annotation: Annotation, migration: Migration, ledger: Ledger) -> None:
        self._old, self._migration, self._ledger = annotation, migration, ledger
        self._source = Source(annotation.article, annotation.by)
        moved = [_moved(span, migration) for span in annotation.spans]
        stands = self._unite(moved)
        kept = sorted(set(stands.values()))
        number = {index: position for position, index in enumerate(kept)}
        self.spans = tuple(span for index in kept if (span := moved[index]))
        self.place = {old: number[index] for old, index in sorted(stands.items())}
        self._triggers = {at for at, span in enumerate(self.spans) if span.role in migration.target.triggers}
        ledger.enter(STAGE, "span", len(annotation.spans))
        for index, span in enumerate(annotation.spans):
            self._book(span, None if index not in stands else self.spans[self.place[index]], stands.get(index) == index)

    def _unite(self, moved: list[Span | None]) -> dict[int, int]:
        """Make one of spans whose roles have come to the same, in place; return which stands for which."""
        stands: dict[int, int] = {}
        for members in _alike(moved):
            if len({self._old.spans[index].role for index in members}) == 1:
                stands |= {index: index for index in members}  # twice as it was before
                continue
            winner = min(members, key=lambda index: (moved[index] != self._old.spans[index], index))
            stands |= dict.fromkeys(members, winner)
            moved[winner] = _one([span for index in (winner, *members) if (span := moved[index])])
        return stands

    def _book(self, old: Span, new: Span | None, itself: bool) -> None:
        """Enter what became of a span: whether another stands for it now, or it goes on `itself`."""
        fate = self._migration.fates[old.role]
        if new is None:
            reason = "role is split: to be labelled anew" if fate.split else "role is dropped"
            self._ledger.dropped(STAGE, "span", self._source, old, reason=reason)
        elif itself and new == old:
            self._ledger.keep(STAGE, "span")
        else:
            became = describe(new) + (", unsure" if new.unsure else "")
            reason = "role is split: to be looked at" if fate.split else "role is renamed"
            reason = reason if itself and (fate.split or new.role != old.role) else TWICE
            self._ledger.changed(STAGE, "span", self._source, old, became=became, reason=reason)

    def links(self) -> tuple[Pair, ...]:
        """Return the links in the new numbers."""
        self._ledger.enter(STAGE, "link", len(self._old.links))
        links: dict[Pair, None] = {}
        for link in self._old.links:
            words = _words(self._old.spans, link, " -> ")
            if link[0] not in self.place or link[1] not in self.place:
                self._ledger.dropped(STAGE, "link", self._source, words, reason="one of its spans is dropped")
                continue
            new = self.place[link[0]], self.place[link[1]]
            if new[0] not in self._triggers or new[1] in self._triggers:
                reason = "does not run from a trigger to an argument any more"
                self._ledger.dropped(STAGE, "link", self._source, words, reason=reason)
            elif new in links:
                became = _words(self.spans, new, " -> ")
                self._ledger.changed(STAGE, "link", self._source, words, became=became, reason="same link twice")
            else:
                links[new] = None
                self._ledger.keep(STAGE, "link")
        return tuple(links)

    def events(self) -> tuple[tuple[int, ...], ...]:
        """Return the events in the new numbers; where triggers that are one now stood in several, so are those."""
        self._ledger.enter(STAGE, "event", len(self._old.events))
        whole = [tuple(self.place.get(index, -1) for index in event) for event in self._old.events]
        left = [tuple(dict.fromkeys(index for index in event if index in self._triggers)) for event in whole]
        gone = [not self._triggers.issuperset(event) for event in whole]
        left = [() if lost and len(event) < 2 else event for event, lost in zip(left, gone, strict=True)]
        groups = _united(left)
        for old, new, event, lost in zip(self._old.events, whole, left, gone, strict=True):
            words = _words(self._old.spans, old, " = ")
            group = next((group for group in groups if event and event[0] in group), None)
            if group is None:
                reason = "fewer than two of its triggers are left"
                self._ledger.dropped(STAGE, "event", self._source, words, reason=reason)
            elif group == new:
                self._ledger.keep(STAGE, "event")
            else:
                reason = "some of its triggers are gone" if lost else "some of its triggers are one now"
                became = _words(self.spans, group, " = ")
                self._ledger.changed(STAGE, "event", self._source, words, became=became, reason=reason)
        return tuple(groups)

    def choices(self) -> dict[str, tuple[str, ...]]:
        """Return the answers to the questions that the target asks as well, and those that every page has."""
        known = answers_of(self._migration.target)
        single = {each.name for each in self._migration.target.questions if not each.several}
        choices: dict[str, tuple[str, ...]] = {}
        for name, chosen in self._old.choices.items():
            self._ledger.enter(STAGE, "choice", len(chosen))
            kept, reason = _answers(chosen, known.get(name), several=name not in single)
            self._ledger.keep(STAGE, "choice", len(kept))
            for value in chosen:
                if value not in kept:
                    self._ledger.dropped(STAGE, "choice", self._source, f"{name}: {value}", reason=reason)
            if kept:
                choices[name] = kept
        return choices


def _moved(span: Span, migration: Migration) -> Span | None:
    fate = migration.fates[span.role]
    if fate.role is None:
        return None
    return msgspec.structs.replace(span, role=fate.role, unsure=span.unsure or bool(fate.split))


def _alike(spans: list[Span | None]) -> Iterable[list[int]]:
    """Group the numbers of spans that stand on one stretch with one role; most often there is one alone."""
    groups: dict[tuple[int, int, str], list[int]] = {}
    for index, span in enumerate(spans):
        if span is not None:
            groups.setdefault(span.key, []).append(index)
    return groups.values()


def _one(spans: Sequence[Span]) -> Span:
    """Make one span of several: the first, as sure as the surest of them, with their highest score."""
    scores = [span.score for span in spans if span.score is not None]
    unsure = all(span.unsure for span in spans)
    return msgspec.structs.replace(spans[0], unsure=unsure, score=max(scores, default=None))


def _words(spans: Sequence[Span], indices: Iterable[int], between: str) -> str:
    return between.join(describe(spans[index]) for index in indices)


def _united(events: Iterable[tuple[int, ...]]) -> list[tuple[int, ...]]:
    """Make one of those events that share a trigger, and leave empty ones out."""
    groups: list[tuple[int, ...]] = []
    for event in filter(None, events):
        shared = [group for group in groups if set(group) & set(event)]
        union = tuple(dict.fromkeys(index for group in (*shared, event) for index in group))
        place = groups.index(shared[0]) if shared else len(groups)
        groups = [group for group in groups if group not in shared]
        groups.insert(place, union)
    return groups


def _answers(chosen: tuple[str, ...], known: set[str] | None, *, several: bool) -> tuple[tuple[str, ...], str]:
    """Return the answers that are known to a question, and why it does not take the others."""
    if known is None:
        return (), "no such question in the new scheme"
    kept = tuple(value for value in chosen if value in known)
    if len(kept) > 1 and not several:
        return (), "the question takes one answer now"
    return kept, "no such answer in the new scheme"


class Migrated(NamedTuple):
    """What a migration of a file did: how many annotations went over, and the books."""

    annotations: int
    books: list[Balance]

    @property
    def lost(self) -> int:
        """How many spans, links, events and answers were dropped."""
        return sum(sum(balance.dropped.values()) for balance in self.books)


def ledger_path(out: Path) -> Path:
    """The ledger's place, beside the annotations."""
    return out.with_name(f"{out.stem}.ledger.jsonl")


def migrate_file(path: Path, migration: Migration, out: Path, *, overwrite: bool = False) -> Migrated:
    """Write the annotations of `path` to `out` under the target, and beside it the ledger.

    Raises InputError for annotations of another scheme, for a file without annotations, for an `out` or a ledger that
    exists already unless `overwrite` is given, and for one that is `path` itself.
    """
    for written in (out, ledger_path(out)):
        if written.exists() and path.exists() and written.samefile(path):
            raise InputError("would be replaced, and what is dropped lost", path=path, remedy="choose another --out")
        if written.exists() and not overwrite:
            raise InputError("exists already", path=written, remedy="choose another --out, or add --overwrite")
    ledger = Ledger()
    count = jsonl.write(out, (carry(annotation, migration, ledger).annotation for annotation in _read(path, migration)))
    return Migrated(count, ledger.write(ledger_path(out)))


def _read(path: Path, migration: Migration) -> Iterator[Annotation]:
    count = 0
    try:
        for annotation in jsonl.read_annotations(
            path, scheme=migration.source.fingerprint, roles=migration.source.roles
        ):
            count += 1
            yield annotation
    except SchemeMismatchError as error:
        raise InputError(
            error.what.replace("the scheme in hand", "the migration's source"),
            path=error.path,
            line=error.line,
            remedy="choose a migration from the scheme of these labels; its source is that file as it was then",
        ) from error
    if not count:
        raise InputError("holds no annotations", path=path, remedy="check the path")
