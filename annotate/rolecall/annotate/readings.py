"""All annotations of a corpus by article and annotator, and the choice of one for each article."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec

from rolecall.core import jsonl
from rolecall.core.errors import InputError
from rolecall.core.ledger import Ledger, Source
from rolecall.core.records import Annotation, Article, Kind, Status
from rolecall.core.scheme import Scheme

STAGE = "choose"


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

        An adjudicated annotation rests on itself and on every person's, another on itself alone.
        """
        people = self.of[article]
        below = {
            name: reading
            for name, reading in people.items()
            if people[by].kind == "adjudicated" and reading.kind == "human" and reading.finished
        }
        return [name for name, reading in (below | {by: people[by]}).items() if reading.suggested]


def choose(readings: Readings, by: str | None, ledger: Ledger) -> dict[str, str]:
    """Return whose annotation stands for each article: the adjudicated one, else the only human one, or that `by` name.

    Models' annotations, skipped ones and drafts never stand for an article; each is in the ledger, as is every
    annotation not chosen. Raises InputError listing the articles that leave a choice open.
    """
    chosen: dict[str, str] = {}
    torn: dict[str, list[str]] = {}
    for article, people in readings.of.items():
        able = {name: reading for name, reading in people.items() if reading.kind != "model" and reading.finished}
        decided = [name for name, reading in able.items() if reading.kind == "adjudicated"]
        candidates = [by] if by in able else [] if by else decided or list(able)
        if len(candidates) > 1:
            torn[article] = candidates
        elif candidates:
            chosen[article] = candidates[0]
    if torn:
        names = ", ".join(f"{article} ({', '.join(people)})" for article, people in list(torn.items())[:10])
        raise InputError(
            f"{len(torn):,} articles have several annotations and no adjudicated one: {names}"
            + (", ..." if len(torn) > 10 else ""),
            path=readings.path,
            remedy="adjudicate them, or say whose labels to take: --by NAME",
        )
    if not chosen:
        raise InputError(
            f"no finished annotation by {by!r}" if by else "no finished annotation by a person",
            path=readings.path,
            remedy=f"people who finished any: {', '.join(_people(readings)) or 'none'}",
        )
    _enter(readings, chosen, ledger)
    return chosen


def _people(readings: Readings) -> list[str]:
    every = ((name, reading) for people in readings.of.values() for name, reading in people.items())
    return sorted({name for name, reading in every if reading.finished and reading.kind != "model"})


def _enter(readings: Readings, chosen: Mapping[str, str], ledger: Ledger) -> None:
    """Account for every annotation."""
    for article, people in readings.of.items():
        ledger.enter(STAGE, "annotation", len(people))
        for name, reading in people.items():
            if chosen.get(article) == name:
                ledger.keep(STAGE, "annotation")
                continue
            if reading.kind == "model":
                reason = "made by a model"
            elif not reading.finished:
                reason = f"{reading.status}"
            elif article in chosen:
                reason = "kept for agreement only" if reading.kind == "human" else "another was chosen"
            else:
                reason = "not by the chosen annotator"
            ledger.dropped(STAGE, "annotation", Source(article, name), f"{reading.kind} annotation", reason=reason)
