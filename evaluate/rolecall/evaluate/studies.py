"""Study files: the errors of predictions, and the calibration of their scores."""

from pathlib import Path
from typing import NamedTuple

from rolecall.core import jsonl
from rolecall.evaluate import calibrate as calibration
from rolecall.evaluate import errors, readings
from rolecall.evaluate.calibrate import Calibration
from rolecall.evaluate.counts import Counts
from rolecall.evaluate.errors import Error
from rolecall.evaluate.files import Opened, open_files
from rolecall.evaluate.match import keys
from rolecall.evaluate.signature import LabelsDigest, Size, Terms, signature
from rolecall.evaluate.tally import count_row


class Explained(NamedTuple):
    """Every error, by article in the order of ids, the strict counts of each article, and what they mean."""

    errors: list[Error]
    counts: dict[str, Counts]
    signature: str


class Calibrated(NamedTuple):
    """A calibration, and what its numbers mean."""

    calibration: Calibration
    signature: str


class Study(NamedTuple):
    """The labels of two files that fit each other, and the signature of what follows from them."""

    opened: Opened
    signature: str


def explain(
    gold: Path,
    predictions: Path,
    *,
    articles: Path | None = None,
    scheme: str | Path | None = None,
    gold_by: str | None = None,
    predictions_by: str | None = None,
    allow_missing: bool = False,
    allow_extra: bool = False,
) -> Explained:
    """Find the errors of predictions; an article of gold without one has missed everything.

    Raises InputError as `score_files` does.
    """
    opened, line = _study(
        gold,
        predictions,
        articles,
        scheme,
        (gold_by, predictions_by),
        allow_missing=allow_missing,
        allow_extra=allow_extra,
    )
    found: list[Error] = []
    counts: dict[str, Counts] = {}
    for name in sorted(opened.gold):
        left, right = opened.gold[name], opened.predictions.get(name)
        found += errors.find(left, right, opened.scheme)
        counts[name] = count_row(left, right, name).whole
    return Explained(found, counts, line)


def calibrate(
    gold: Path,
    predictions: Path,
    *,
    articles: Path | None = None,
    scheme: str | Path | None = None,
    gold_by: str | None = None,
    predictions_by: str | None = None,
    allow_missing: bool = False,
    allow_extra: bool = False,
) -> Calibrated:
    """Hold the scores of predicted spans against gold; raises InputError as `score_files` does."""
    opened, line = _study(
        gold,
        predictions,
        articles,
        scheme,
        (gold_by, predictions_by),
        allow_missing=allow_missing,
        allow_extra=allow_extra,
    )
    return Calibrated(calibration.calibrate(opened.gold, opened.predictions, opened.scheme), line)


def _study(
    gold: Path,
    predictions: Path,
    articles: Path | None,
    scheme: str | Path | None,
    by: tuple[str | None, str | None],
    *,
    allow_missing: bool,
    allow_extra: bool,
) -> Study:
    opened = open_files(gold, predictions, None, scheme, by)
    readings.check_coverage(
        opened.gold, opened.predictions, predictions, allow_missing=allow_missing, allow_extra=allow_extra
    )
    groups: dict[str, str] = {}
    if articles is None:
        readings.same_texts(opened.gold, opened.sides)
    else:
        groups = readings.verify(jsonl.ArticleFile(articles), articles, opened.gold, opened.sides)
    labels, spans = LabelsDigest(), 0
    for name in sorted(opened.gold):
        labels.add(opened.gold[name])
        spans += len(keys(opened.gold[name].spans))
    terms = Terms(scheme=opened.scheme.fingerprint, labels=labels.value(), resamples=0, seed=0)
    size = Size(len(opened.gold), spans, len({groups.get(name, name) for name in opened.gold}))
    return Study(opened, signature(terms, size))
