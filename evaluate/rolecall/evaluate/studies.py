"""Study files: the errors of predictions, and the calibration of their scores."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from rolecall.core import jsonl
from rolecall.core.records import Annotation
from rolecall.evaluate import calibrate as calibration
from rolecall.evaluate import errors, readings
from rolecall.evaluate.calibrate import Calibration
from rolecall.evaluate.counts import Counts
from rolecall.evaluate.errors import Error
from rolecall.evaluate.files import Opened, open_files
from rolecall.evaluate.match import keys


class Explained(NamedTuple):
    """Every error, by article in the order of ids, and the strict counts of each article."""

    errors: list[Error]
    counts: dict[str, Counts]


def explain(
    gold: Path,
    predictions: Path,
    *,
    articles: Path | None = None,
    scheme: str | Path | None = None,
    gold_by: str | None = None,
    predictions_by: str | None = None,
) -> Explained:
    """Find the errors of predictions; an article of gold without one has missed everything.

    Raises InputError as `score_files` does.
    """
    opened = _opened(gold, predictions, articles, scheme, (gold_by, predictions_by))
    found: list[Error] = []
    counts: dict[str, Counts] = {}
    for left, right in _pairs(opened):
        found += errors.find(left, right, opened.scheme)
        sides = keys(left.spans), keys(right.spans)
        counts[left.article] = Counts(len(sides[0] & sides[1]), len(sides[1]), len(sides[0]))
    return Explained(found, counts)


def calibrate(
    gold: Path,
    predictions: Path,
    *,
    articles: Path | None = None,
    scheme: str | Path | None = None,
    gold_by: str | None = None,
    predictions_by: str | None = None,
) -> Calibration:
    """Hold the scores of predicted spans against gold; raises InputError as `score_files` does."""
    opened = _opened(gold, predictions, articles, scheme, (gold_by, predictions_by))
    return calibration.calibrate(opened.gold, opened.predictions, opened.scheme)


def _opened(
    gold: Path, predictions: Path, articles: Path | None, scheme: str | Path | None, by: tuple[str | None, str | None]
) -> Opened:
    opened = open_files(gold, predictions, None, scheme, by)
    readings.check_coverage(opened.gold, opened.predictions, predictions, allow_missing=False, allow_extra=False)
    if articles is None:
        readings.same_texts(opened.gold, opened.sides)
    else:
        readings.verify(jsonl.ArticleFile(articles), articles, opened.gold, opened.sides)
    return opened


def _pairs(opened: Opened) -> Iterator[tuple[Annotation, Annotation]]:
    for name in sorted(opened.gold):
        yield opened.gold[name], opened.predictions[name]
