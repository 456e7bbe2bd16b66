"""Annotation files as one reading for each article, checked against the scheme and the texts."""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from rolecall.core import jsonl
from rolecall.core.errors import InputError
from rolecall.core.records import Annotation, Article, disagreement
from rolecall.core.scheme import Scheme, scheme_for
from rolecall.evaluate.card import Source


class AnnotationFile(NamedTuple):
    """The labels of a file, as {article: {annotator: annotation}}; `unlabelled` ones (skipped, draft) are left out."""

    path: Path
    readings: dict[str, dict[str, Annotation]]
    unlabelled: int

    @property
    def annotators(self) -> list[str]:
        """Everyone who labelled an article here."""
        return sorted({name for by in self.readings.values() for name in by})

    def source(self, by: str | None = None) -> Source:
        """Say which file this is."""
        return Source(self.path.name, file_hash(self.path), by)


def read(path: Path, scheme: Scheme) -> AnnotationFile:
    """Read annotations made with this scheme.

    Raises InputError for a bad line, a role or fingerprint that is not the scheme's, an annotator who labels an
    article twice, or a file without annotations.
    """
    unlabelled = 0

    def labelled() -> Iterable[Annotation]:
        nonlocal unlabelled
        for annotation in jsonl.read_annotations(path, scheme=scheme.fingerprint, roles=scheme.roles):
            if annotation.status in {"skipped", "draft"}:
                unlabelled += 1
            else:
                yield annotation

    try:
        readings = jsonl.by_article(labelled())
    except InputError as error:
        if error.path is not None:
            raise
        raise InputError(error.what, path=path, remedy=error.remedy) from error
    return AnnotationFile(path, readings, unlabelled)


def check_out(out: Path | None, *inputs: Path | None) -> None:
    """Refuse to write numbers over a file that they are made from."""
    for path in inputs:
        if out is not None and path is not None and path.resolve() == out.resolve():
            raise InputError("would be replaced by the numbers made from it", path=path, remedy="choose another --out")


def find_scheme(path: Path, given: str | Path | None) -> Scheme:
    """Find the scheme of an annotation file: the one given, beside it, or the shipped one of that name."""
    first = next(jsonl.read(path, Annotation), None)
    if first is None:
        raise InputError("holds no annotations", path=path, remedy="give a file with at least one")
    return scheme_for(first.scheme, given=given, beside=path)


def choose(file: AnnotationFile, by: str | None, *, option: str) -> dict[str, Annotation]:
    """Take the one reading of each article: that of annotator `by`, else the only one there is.

    Raises InputError where `by` is not in the file, or where an article has several readings and `by` is not given;
    `option` is the flag that the message names.
    """
    if by is not None:
        if by not in file.annotators:
            raise InputError(
                f"has no annotation by {by!r}",
                path=file.path,
                remedy=f"annotators in this file: {', '.join(file.annotators) or 'none'}",
            )
        return {article: readings[by] for article, readings in file.readings.items() if by in readings}
    for article, readings in file.readings.items():
        if len(readings) > 1:
            raise InputError(
                f"article {article!r} has annotations by {', '.join(sorted(readings))}: which one is meant?",
                path=file.path,
                remedy=f"name one with {option}",
            )
    return {article: reading for article, readings in file.readings.items() for reading in readings.values()}


def check_coverage(
    gold: Collection[str], predictions: Collection[str], path: Path, *, allow_missing: bool, allow_extra: bool
) -> None:
    """Raise InputError where predictions and gold are not of the same articles and that is not allowed by name."""
    missing = [article for article in gold if article not in predictions]
    if missing and not allow_missing:
        raise InputError(
            f"has no prediction for {_some(missing, len(gold))} articles of gold",
            path=path,
            remedy="predict them, or count each as no spans with --allow-missing",
        )
    extra = [article for article in predictions if article not in gold]
    if extra and not allow_extra:
        raise InputError(
            f"{_some(extra, len(predictions))} predictions are of articles that gold does not have",
            path=path,
            remedy="score against the gold of these articles, or leave them out with --allow-extra",
        )


def _some(ids: list[str], among: int) -> str:
    """Say how many of how many, and name the first few."""
    return f"{len(ids):,} of the {among:,} ({', '.join(map(repr, ids[:5]))}{', ...' if len(ids) > 5 else ''})"


class Side(NamedTuple):
    """The readings of a file that are to be verified."""

    path: Path
    readings: Mapping[str, Collection[Annotation]]


def verify(articles: Mapping[str, Article], path: Path, ids: Iterable[str], sides: Collection[Side]) -> dict[str, str]:
    """Check every reading of the articles `ids` against their texts, and return the group of each article.

    Each article is read once. Raises InputError for an article that `articles` (read from `path`) lacks, for another
    text hash, and for a quote that the text does not have.
    """
    groups = {}
    for name in ids:
        article = articles.get(name)
        if article is None:
            raise InputError(
                f"lacks article {name!r}, which is labelled", path=path, remedy="use the file that was labelled"
            )
        for side in sides:
            for annotation in side.readings.get(name, ()):
                if problem := disagreement(annotation, article):
                    raise InputError(
                        f"{annotation.by!r}: {problem}",
                        path=side.path,
                        remedy="use the articles file that was labelled",
                    )
        groups[name] = article.group
    return groups


def same_texts(gold: Mapping[str, Annotation], sides: Collection[Side]) -> None:
    """Raise InputError where a reading is of another text than gold's, as far as hashes tell."""
    for side in sides:
        for article, annotations in side.readings.items():
            for annotation in annotations:
                if article in gold and annotation.hash != gold[article].hash:
                    raise InputError(
                        f"{annotation.by!r} read another text of article {article!r} than gold: hash "
                        f"{annotation.hash[:12]}, there it is {gold[article].hash[:12]}",
                        path=side.path,
                        remedy="label or predict the very articles that gold was made on",
                    )


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file's bytes."""
    digest = hashlib.sha256()
    with jsonl.open_input(path) as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
