"""Whether a span's score is the share of such spans that are correct, and below which score spans are best dropped.

Correct means strictly correct: bounds and role are those of gold. A span that stands twice in a prediction counts once,
with its highest score, which is the one that keeps it above a threshold.

Bins have equal mass unless equal width is asked for: scores crowd, and of ten bins of equal width some would hold a
handful of spans, whose share of correct ones is chance, and some none.
"""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Literal, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from rolecall.core import __version__, jsonl
from rolecall.core.errors import InputError
from rolecall.core.ledger import describe
from rolecall.core.records import Annotation, Span, select_spans
from rolecall.core.scheme import Scheme
from rolecall.evaluate.counts import Counts
from rolecall.evaluate.match import Key, keys
from rolecall.evaluate.signature import labels_hash
from rolecall.evaluate.tally import Readings, names

Binning = Literal["mass", "width"]


class Judged(NamedTuple):
    """The distinct predicted spans of the articles of gold: score, whether correct; and how many spans gold has."""

    scores: NDArray[np.float64]
    correct: NDArray[np.bool_]
    gold: int

    def above(self, threshold: float) -> Counts:
        """Count the spans that a threshold keeps."""
        kept = self.scores >= threshold
        return Counts(int(self.correct[kept].sum()), int(kept.sum()), self.gold)


class Bin(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Spans of like scores, between `low` and `high`: how many they are, how many are correct, their mean score."""

    low: float
    high: float
    spans: int
    correct: int
    score: float

    @property
    def gap(self) -> float:
        """How far the mean score is above the share of correct spans; negative where it is below."""
        return self.score - self.correct / self.spans


class Calibration(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The threshold to predict with (a span stays when `score >= threshold`), and how it was found.

    `gold` is the hash of the labels that it was found on, `by` the model. `before` counts all predicted spans, `after`
    those that stay; the threshold is the best one for these very articles, so on others expect less than `f1_after`.
    `error` is the expected calibration error over `bins`, None where nothing was predicted.
    """

    threshold: float
    scheme: str
    gold: str
    by: str
    articles: int
    before: Counts
    after: Counts
    f1_before: float | None
    f1_after: float | None
    binning: Binning
    bins: tuple[Bin, ...]
    error: float | None
    version: str = __version__

    def __post_init__(self) -> None:
        if not 0 <= self.threshold <= 1:
            raise ValueError(f"a threshold lies between 0 and 1, not at {self.threshold}")


def calibrate(
    gold: Readings, predicted: Readings, scheme: Scheme, *, bins: int = 10, binning: Binning = "mass"
) -> Calibration:
    """Choose a threshold on the articles of `gold`, and hold scores against correctness there.

    An article that `predicted` lacks has no spans, a prediction without gold is left out. Raises InputError for a span
    without a score in [0, 1].
    """
    judged = judge(gold, predicted)
    before, threshold = judged.above(0.0), best_threshold(judged)
    after, groups = judged.above(threshold), reliability(judged, bins=bins, binning=binning)
    return Calibration(
        threshold=threshold,
        scheme=scheme.fingerprint,
        gold=labels_hash(gold[article] for article in sorted(gold)),
        by=names(predicted[article] for article in gold if article in predicted),
        articles=len(gold),
        before=before,
        after=after,
        f1_before=before.f1,
        f1_after=after.f1,
        binning=binning,
        bins=groups,
        error=expected_error(groups),
    )


def cut(annotation: Annotation, threshold: float) -> Annotation:
    """Drop the spans whose score is below the threshold, with their links; raise InputError for a span without one."""
    keep = [index for index, span in enumerate(annotation.spans) if _score(annotation, span) >= threshold]
    return select_spans(annotation, keep)


def judge(gold: Readings, predicted: Readings) -> Judged:
    """Judge each predicted span of the articles of `gold`; raise InputError for one without a score in [0, 1]."""
    scores: list[float] = []
    correct: list[bool] = []
    total = 0
    for article in sorted(gold):
        wanted = keys(gold[article].spans)
        total += len(wanted)
        found: dict[Key, float] = {}
        if reading := predicted.get(article):
            for span in reading.spans:
                found[span.key] = max(_score(reading, span), found.get(span.key, 0.0))
        scores += found.values()
        correct += [key in wanted for key in found]
    return Judged(np.array(scores, dtype=np.float64), np.array(correct, dtype=np.bool_), total)


def _score(annotation: Annotation, span: Span) -> float:
    if span.score is None or not 0 <= span.score <= 1:
        what = "no score" if span.score is None else f"the score {span.score}, which is no probability"
        raise InputError(
            f"annotation of article {annotation.article!r} by {annotation.by!r}: {describe(span)} has {what}",
            remedy="calibrate predictions whose spans carry scores from 0 to 1, as rolecall train predict writes them",
        )
    return span.score


def best_threshold(judged: Judged) -> float:
    """Return the lowest threshold of the highest micro F1 among the scores themselves, 0 where dropping none is best.

    Every set of spans that a threshold can keep is tried, in one pass down the sorted scores.
    """
    order = np.argsort(judged.scores)[::-1]
    scores = judged.scores[order]
    last = np.flatnonzero(np.diff(scores, append=-1.0))  # of each run of equal scores: they stay or go together
    if len(last) == 0:
        return 0.0
    # Division rounds correctly, so that equal ratios are equal floats and ties are seen.
    f1 = 2 * np.cumsum(judged.correct[order])[last] / (last + 1 + judged.gold)
    best = len(f1) - 1 - int(np.argmax(f1[::-1]))
    return 0.0 if best == len(f1) - 1 else float(scores[last[best]])


def reliability(judged: Judged, *, bins: int = 10, binning: Binning = "mass") -> tuple[Bin, ...]:
    """Bin the spans by score, lowest first; empty bins are left out, and equal scores share a bin.

    A bin holds the scores above its lower edge, up to and with its upper one. Edges are at every `1 / bins` of the
    spans (mass) or of the way from 0 to 1 (width). Raises ValueError for fewer than one bin.
    """
    if bins < 1:
        raise ValueError(f"{bins} bins hold nothing")
    order = np.lexsort((judged.correct, judged.scores))
    scores, correct = judged.scores[order], judged.correct[order]
    if len(scores) == 0:
        return ()
    steps = np.arange(1, bins)
    edges = steps / bins if binning == "width" else scores[-(-steps * len(scores) // bins) - 1]
    starts = [0, *np.searchsorted(scores, edges, side="right").tolist(), len(scores)]
    return tuple(
        Bin(
            low=float(scores[first]),
            high=float(scores[end - 1]),
            spans=end - first,
            correct=int(correct[first:end].sum()),
            score=float(scores[first:end].mean()),
        )
        for first, end in pairwise(starts)
        if first < end
    )


def expected_error(bins: Sequence[Bin]) -> float | None:
    """Return the mean gap between score and share of correct spans, each bin weighed by its spans; None without spans.

    Naeini et al. 2015, AAAI; Guo et al. 2017, ICML, equation 3, there over bins of equal width.
    """
    spans = sum(each.spans for each in bins)
    return sum(each.spans * abs(each.gap) for each in bins) / spans if spans else None


def encode(found: Calibration) -> str:
    """Write a calibration as indented JSON."""
    return jsonl.to_json(found)


def write(path: Path, found: Calibration) -> None:
    """Write a calibration file, atomically."""
    jsonl.write_json(path, found)


def read_calibration(path: Path) -> Calibration:
    """Read a calibration file; raise InputError where it is none."""
    with jsonl.open_input(path) as file:
        text = file.read()
    try:
        return msgspec.json.decode(text, type=Calibration)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InputError(
            f"holds no calibration: {error}", path=path, remedy="write one with: rolecall evaluate calibrate"
        ) from error
