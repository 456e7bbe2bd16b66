"""The versions of each article: what people handed in, of which memory holds only where it stands."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec

from rolecall.core import jsonl
from rolecall.core.errors import InputError
from rolecall.core.records import Annotation, Article, normalise
from rolecall.core.scheme import Scheme


class Other(NamedTuple):
    """An annotation that is no version of its article, and why."""

    article: str
    by: str
    reason: str


class Versions:
    """An annotations.jsonl by article and annotator: finished readings by people, those of `annotators` where named.

    `others` are the annotations that do not count, `linkers` those who drew a link or joined triggers anywhere: of who
    never did, a missing link says nothing. `aided` names the suggestion that a reading started from, by article and
    annotator. Raises InputError (SchemeMismatchError) for an annotation that is not of the scheme or the articles,
    that stands twice, for annotators who are not in the file, and for a file in which nobody finished anything.
    """

    def __init__(
        self, path: Path, scheme: Scheme, articles: Mapping[str, Article], annotators: Collection[str] = ()
    ) -> None:
        self.path = path
        self.others: list[Other] = []
        self.linkers: set[str] = set()
        self.aided: dict[str, dict[str, str]] = {}
        self._offsets: dict[str, dict[str, int]] = {}
        self._decoder = msgspec.json.Decoder(Annotation)
        seen: set[tuple[str, str]] = set()
        finished: set[str] = set()
        located = jsonl.locate_annotations(path, scheme=scheme.fingerprint, roles=scheme.roles, articles=articles)
        for offset, annotation in located:
            article, by = annotation.article, annotation.by
            if (article, by) in seen:
                raise InputError(
                    f"{by!r} annotated article {article!r} twice",
                    path=path,
                    remedy="keep one record for each article and annotator",
                )
            seen.add((article, by))
            reason = _reason(annotation, annotators)
            if reason in {"", _NOT_ASKED}:
                finished.add(by)
            if reason:
                self.others.append(Other(article, by, reason))
                continue
            self._offsets.setdefault(article, {})[by] = offset
            if annotation.links or any(len(event) > 1 for event in annotation.events):
                self.linkers.add(by)
            if annotation.from_prediction is not None:
                self.aided.setdefault(article, {})[by] = annotation.from_prediction
        if unknown := [name for name in annotators if name not in self.people]:
            raise InputError(
                f"has no finished reading by {', '.join(unknown)}",
                path=path,
                remedy=f"people who finished any: {', '.join(sorted(finished)) or 'none'}",
            )
        if not self._offsets:
            raise InputError(
                "holds no finished reading by a person", path=path, remedy="bring some home: rolecall annotate pull"
            )

    @property
    def people(self) -> list[str]:
        """Those who handed in at least one version."""
        return sorted({name for people in self._offsets.values() for name in people})

    def names(self, article: str) -> list[str]:
        """Those who handed in a version of this article."""
        return sorted(self._offsets.get(article, ()))

    def of(self, article: str) -> dict[str, Annotation]:
        """Read the versions of an article, normalised, by annotator."""
        there = self._offsets.get(article, {})
        return {name: normalise(jsonl.read_at(self.path, there[name], self._decoder)) for name in sorted(there)}


_NOT_ASKED = "by somebody who was not asked for"


def _reason(annotation: Annotation, annotators: Collection[str]) -> str:
    """Say in a few fixed words why an annotation is no version, or nothing where it is one."""
    if annotation.kind == "model":
        return "made by a model"
    if annotation.kind == "adjudicated":
        return "adjudicated before"
    if annotation.status in ("draft", "skipped"):
        return annotation.status
    return _NOT_ASKED if annotators and annotation.by not in annotators else ""
