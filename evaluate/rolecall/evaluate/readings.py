"""Annotation files as one reading for each article, checked against the scheme and the texts."""

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import msgspec

from rolecall.core import jsonl
from rolecall.core.errors import InputError
from rolecall.core.groups import read_groups
from rolecall.core.records import Annotation, Article, disagreement
from rolecall.core.scheme import Scheme, scheme_for
from rolecall.core.wording import few
from rolecall.evaluate.card import Source


class AnnotationFile:
    """The labels of a file by article and annotator, of which memory holds only where they stand.

    `unlabelled` ones (skipped, draft) are left out.
    """

    def __init__(self, path: Path, places: dict[str, dict[str, int]], unlabelled: int) -> None:
        self.path, self.places, self.unlabelled = path, places, unlabelled
        self._decoder = msgspec.json.Decoder(Annotation)

    @property
    def annotators(self) -> list[str]:
        """Everyone who labelled an article here."""
        return sorted({name for by in self.places.values() for name in by})

    @cached_property
    def readings(self) -> dict[str, dict[str, Annotation]]:
        """All labels at once, as {article: {annotator: annotation}}."""
        return {article: {name: self.get(article, name) for name in by} for article, by in self.places.items()}

    def get(self, article: str, by: str) -> Annotation:
        """Read one annotation."""
        return jsonl.read_at(self.path, self.places[article][by], self._decoder)

    def source(self, by: str | None = None) -> Source:
        """Say which file this is."""
        return Source(self.path.name, file_hash(self.path), by)


class Chosen(Mapping[str, Annotation]):
    """One reading of each article, read from the file whenever it is asked for."""

    def __init__(self, file: AnnotationFile, by: dict[str, str]) -> None:
        self._file, self._by = file, by

    def __getitem__(self, article: str) -> Annotation:
        return self._file.get(article, self._by[article])

    def __contains__(self, article: object) -> bool:
        return article in self._by

    def __iter__(self) -> Iterator[str]:
        return iter(self._by)

    def __len__(self) -> int:
        return len(self._by)


def read(path: Path, scheme: Scheme) -> AnnotationFile:
    """Read annotations made with this scheme.

    Raises InputError for a bad line, a role or fingerprint that is not the scheme's, or an annotator who labels an
    article twice.
    """
    places: dict[str, dict[str, int]] = {}
    unlabelled = 0
    for offset, annotation in jsonl.locate_annotations(path, scheme=scheme.fingerprint, roles=scheme.roles):
        if annotation.status in {"skipped", "draft"}:
            unlabelled += 1
            continue
        by = places.setdefault(annotation.article, {})
        if annotation.by in by:
            raise InputError(
                f"{annotation.by!r} annotated article {annotation.article!r} twice",
                path=path,
                remedy="keep one record for each article and annotator",
            )
        by[annotation.by] = offset
    return AnnotationFile(path, places, unlabelled)


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


def choose(file: AnnotationFile, by: str | None, *, option: str) -> Chosen:
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
        return Chosen(file, {article: by for article, names in file.places.items() if by in names})
    for article, names in file.places.items():
        if len(names) > 1:
            raise InputError(
                f"article {article!r} has annotations by {', '.join(sorted(names))}: which one is meant?",
                path=file.path,
                remedy=f"name one with {option}",
            )
    return Chosen(file, {article: name for article, names in file.places.items() for name in names})


def part(file: AnnotationFile, gold_by: str | None) -> tuple[dict[str, Annotation], dict[str, dict[str, Annotation]]]:
    """Part gold, which is whoever adjudicated or the annotator `gold_by`, from the annotators who are compared.

    Raises InputError where `gold_by` is not in the file, where it has fewer than two annotators, or two golds.
    """
    if gold_by is not None and gold_by not in file.annotators:
        raise InputError(
            f"has no annotation by {gold_by!r}", path=file.path, remedy=f"annotators: {', '.join(file.annotators)}"
        )
    if len(file.annotators) < 2:
        raise InputError(
            _too_few(file), path=file.path, remedy="agreement takes two readers who labelled the same articles"
        )
    gold: dict[str, Annotation] = {}
    others: dict[str, dict[str, Annotation]] = {}
    for article, by in file.readings.items():
        for name, reading in by.items():
            if name != gold_by and (gold_by is not None or reading.kind != "adjudicated"):
                others.setdefault(article, {})[name] = reading
            elif article not in gold:
                gold[article] = reading
            else:
                raise InputError(
                    f"article {article!r} was adjudicated by {gold[article].by!r} and {name!r}: which one is gold?",
                    path=file.path,
                    remedy="name one with --gold-by",
                )
    return gold, others


def _too_few(file: AnnotationFile) -> str:
    """Say whose labels there are, and what does not count as labels."""
    if not file.annotators:
        return f"has no labels, only {file.unlabelled:,} that are skipped or left as draft"
    passed = f", and {file.unlabelled:,} that are skipped or left as draft" if file.unlabelled else ""
    return f"has labels by {', '.join(file.annotators)} only{passed}"


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
    return f"{len(ids):,} of the {among:,} ({', '.join(few(map(repr, ids), 5))})"


class Side(NamedTuple):
    """The readings of a file, or of one annotator in it, that are to be verified."""

    path: Path
    readings: Mapping[str, Annotation]


def verify(articles: Mapping[str, Article], path: Path, ids: Iterable[str], sides: Collection[Side]) -> dict[str, str]:
    """Check every reading of the articles `ids` against their texts, and return the group of each article.

    Groups are those of the whole file, so that labelled articles may be joined by others. Raises InputError for an
    article that `articles` (read from `path`) lacks, for another text hash, and for a quote that the text does not
    have.
    """
    joined = read_groups(path)
    groups = {}
    for name in ids:
        article = articles.get(name)
        if article is None:
            raise InputError(
                f"lacks article {name!r}, which is labelled", path=path, remedy="use the file that was labelled"
            )
        for side in sides:
            annotation = side.readings.get(name)
            if annotation is not None and (problem := disagreement(annotation, article)):
                raise InputError(
                    f"{annotation.by!r}: {problem}", path=side.path, remedy="use the articles file that was labelled"
                )
        groups[name] = joined[name]
    return groups


def same_texts(gold: Mapping[str, Annotation], sides: Collection[Side]) -> None:
    """Raise InputError where a reading is of another text than gold's, as far as hashes tell."""
    for article, first in gold.items():
        for side in sides:
            annotation = side.readings.get(article)
            if annotation is not None and annotation.hash != first.hash:
                raise InputError(
                    f"{annotation.by!r} read another text of article {article!r} than gold: hash "
                    f"{annotation.hash[:12]}, there it is {first.hash[:12]}",
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
