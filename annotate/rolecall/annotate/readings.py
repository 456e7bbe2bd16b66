"""All annotations of a corpus by article and annotator, and the choice of one for each article."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from rolecall.annotate.adjudication.rules import Rule
from rolecall.core import jsonl
from rolecall.core.errors import InputError
from rolecall.core.ledger import Ledger, Source
from rolecall.core.records import Annotation, Article, Kind, Status
from rolecall.core.scheme import Scheme
from rolecall.core.wording import few, names_in

STAGE = "choose"
MERGED = "majority"
"""Stands in the place of a name where a reading is made of several people's."""


class Reading(NamedTuple):
    """Where one annotation stands in the file, what tells whether it counts, and if it started from a suggestion."""

    offset: int
    kind: Kind
    status: Status | None
    suggested: bool

    @property
    def finished(self) -> bool:
        """Whether its maker handed it in."""
        return self.status in (None, "submitted")


class Readings:
    """An annotations.jsonl by article and annotator, of which memory holds only byte offsets.

    Raises InputError for an annotation that is not of the scheme or not of the articles, or that stands twice.
    """

    def __init__(self, path: Path, scheme: Scheme, articles: Mapping[str, Article]) -> None:
        self.path = path
        self.of: dict[str, dict[str, Reading]] = {}
        self._decoder = msgspec.json.Decoder(Annotation)
        located = jsonl.locate_annotations(path, scheme=scheme.fingerprint, roles=scheme.roles, articles=articles)
        for offset, annotation in located:
            people = self.of.setdefault(annotation.article, {})
            if annotation.by in people:
                raise InputError(
                    f"{annotation.by!r} annotated article {annotation.article!r} twice",
                    path=path,
                    remedy="keep one record for each article and annotator",
                )
            people[annotation.by] = Reading(
                offset, annotation.kind, annotation.status, annotation.from_prediction is not None
            )

    def get(self, article: str, by: str) -> Annotation:
        """Read one annotation."""
        return jsonl.read_at(self.path, self.of[article][by].offset, self._decoder)

    def humans(self, article: str) -> Iterator[Annotation]:
        """Read the finished annotations that people made of an article, in the file's order."""
        for by, reading in self.of[article].items():
            if reading.kind == "human" and reading.finished:
                yield self.get(article, by)

    def anchored(self, article: str, by: str) -> list[str]:
        """Name those who started from a suggestion, of all on whose readings the labels by `by` rest.

        An adjudicated or merged annotation rests on itself and on every person's, another on itself alone.
        """
        people = self.of[article]
        made = by == MERGED or people[by].kind == "adjudicated"
        below = {name: reading for name, reading in people.items() if reading.kind == "human" and reading.finished}
        own = {by: people[by]} if by in people else {}
        return [name for name, reading in ((below if made else {}) | own).items() if reading.suggested]


def choose(readings: Readings, by: str | None, ledger: Ledger, rule: Rule | None = None) -> dict[str, str]:
    """Return whose annotation stands for each article: that of the first of `by`, or else the adjudicated or only one.

    Where several people read an article and nobody adjudicated, a `rule` decides: by precedence the reading of the
    first in its order, by majority MERGED, for which the caller has to make the reading. Models' annotations, skipped
    ones and drafts never stand for an article; each is in the ledger, as is every annotation not chosen. Raises
    InputError for a name that nobody has, and listing the articles that leave a choice open.
    """
    first = names_in(by)
    _check_known(readings, first or (() if rule is None else rule.order))
    chosen: dict[str, str] = {}
    torn: dict[str, list[str]] = {}
    for article, people in readings.of.items():
        able = {name: reading for name, reading in people.items() if reading.kind != "model" and reading.finished}
        decided = [name for name, reading in able.items() if reading.kind == "adjudicated"]
        candidates = [name for name in first if name in able][:1] if first else decided or list(able)
        if len(candidates) > 1 and rule is not None and not decided:
            candidates = [MERGED] if rule.majority else [name for name in rule.order if name in able][:1] or candidates
        if len(candidates) > 1:
            torn[article] = candidates
        elif candidates:
            chosen[article] = candidates[0]
    if torn:
        names = ", ".join(few(f"{article} ({', '.join(people)})" for article, people in torn.items()))
        raise InputError(
            f"{len(torn):,} articles have several annotations and no adjudicated one: {names}",
            path=readings.path,
            remedy="adjudicate them, say whose labels to take: --by NAME, or let a rule decide: --rule majority",
        )
    if not chosen:
        raise InputError(
            "no finished annotation by a person",
            path=readings.path,
            remedy="label some articles, or hand in what stands as a draft",
        )
    _enter(readings, chosen, ledger)
    return chosen


def _check_known(readings: Readings, names: Sequence[str]) -> None:
    """Raise InputError for a name that nobody has: mistyped, it would give the next one the say."""
    people = _people(readings) if names else []
    if unknown := [name for name in names if name not in people]:
        raise InputError(
            f"no finished annotation by {' or '.join(map(repr, unknown))}",
            path=readings.path,
            remedy=f"people who finished any: {', '.join(people) or 'none'}",
        )


def rules(readings: Readings, chosen: Mapping[str, str], by: str | None) -> dict[str, int]:
    """Count the articles by what made their annotation stand."""
    counts: Counter[str] = Counter()
    for article, name in chosen.items():
        people = readings.of[article].values()
        able = sum(reading.kind == "human" and reading.finished for reading in people)
        if name == MERGED:
            counts[MERGED] += 1
        elif by:
            counts[f"taken from {name}"] += 1
        elif readings.of[article][name].kind == "adjudicated":
            counts["adjudicated"] += 1
        else:
            counts["only reading" if able == 1 else f"precedence of {name}"] += 1
    return dict(sorted(counts.items()))


def _people(readings: Readings) -> list[str]:
    every = ((name, reading) for people in readings.of.values() for name, reading in people.items())
    return sorted({name for name, reading in every if reading.finished and reading.kind != "model"})


def _enter(readings: Readings, chosen: Mapping[str, str], ledger: Ledger) -> None:
    """Account for every annotation."""
    for article, people in readings.of.items():
        ledger.enter(STAGE, "annotation", len(people))
        for name, reading in people.items():
            source, what = Source(article, name), f"{reading.kind} annotation"
            if chosen.get(article) == name:
                ledger.keep(STAGE, "annotation")
            elif chosen.get(article) == MERGED and reading.kind == "human" and reading.finished:
                ledger.changed(STAGE, "annotation", source, what, became=MERGED, reason="merged by majority")
            else:
                ledger.dropped(STAGE, "annotation", source, what, reason=_reason(reading, article in chosen))


def _reason(reading: Reading, settled: bool) -> str:
    """Say why an annotation does not stand for its article."""
    if reading.kind == "model":
        return "made by a model"
    if not reading.finished:
        return f"{reading.status}"
    if settled:
        return "kept for agreement only" if reading.kind == "human" else "another was chosen"
    return "not by the chosen annotator"
