"""Score readings against gold: annotations in, scorecard out."""

from collections.abc import Iterable, Mapping

from rolecall.core.records import Annotation
from rolecall.core.scheme import Scheme
from rolecall.evaluate.agreement import agree
from rolecall.evaluate.card import Scorecard, Side
from rolecall.evaluate.detail import Asked, detail
from rolecall.evaluate.match import keys, overlaps
from rolecall.evaluate.signature import LabelsDigest, Terms
from rolecall.evaluate.slices import unreadable
from rolecall.evaluate.tally import Readings, Tally, count_row


def score(
    gold: Readings,
    predictions: Readings,
    scheme: Scheme,
    *,
    groups: Mapping[str, str] | None = None,
    annotators: Mapping[str, Readings] | None = None,
    asked: Asked | None = None,
    resamples: int = 1000,
    seed: int = 0,
) -> Scorecard:
    """Count predictions against the gold of whole articles, and annotators against each other on the same articles.

    An article of gold without a prediction counts as no spans, a prediction without gold is left out; the card says
    how many. `groups` maps articles to stories. `annotators` is {article: {annotator: annotation}}; only readings by
    people take part. What is `asked` beyond strict counts goes into the rows (nothing of it where it is None). Raises
    ValueError for a role that the scheme lacks.
    """
    groups = groups or {}
    left, right, labels = _Side(scheme), _Side(scheme), LabelsDigest()
    rows, numberless = [], 0
    for name in sorted(gold):
        own, found = gold[name], predictions.get(name)
        left.add(own)
        labels.add(own)
        if found is not None:
            right.add(found)
        row = count_row(own, found, groups.get(name, name))
        if asked is not None:
            row = detail(row, own, found, scheme, asked)
            numberless += unreadable(own, scheme)
        rows.append(row)
    return Scorecard(
        terms=Terms(scheme=scheme.fingerprint, labels=labels.value(), resamples=resamples, seed=seed),
        layers=scheme.layer_roles,
        gold=left.side,
        predictions=right.side,
        missing=left.annotations - right.annotations,
        extra=len(predictions) - right.annotations,
        tally=Tally(left.reader, right.reader, tuple(rows)),
        human=None if annotators is None else agree(people(annotators), gold, gold.keys(), groups),
        detailed=asked is not None,
        unreadable=numberless,
    )


def people(annotators: Mapping[str, Readings]) -> dict[str, dict[str, Annotation]]:
    """Keep the readings that people made on their own: no models, no adjudicated gold."""
    return {
        article: {name: reading for name, reading in by.items() if reading.kind == "human"}
        for article, by in annotators.items()
    }


def count_side(annotations: Iterable[Annotation], scheme: Scheme) -> Side:
    """Count what one side of a comparison brought; raise ValueError for a role that the scheme lacks."""
    side = _Side(scheme)
    for annotation in annotations:
        side.add(annotation)
    return side.side


class _Side:
    """What one side brings, counted as it comes."""

    def __init__(self, scheme: Scheme) -> None:
        self._scheme, self._readers = scheme, set[str]()
        self.annotations = self._spans = self._duplicates = self._overlaps = self._suggested = 0

    def add(self, annotation: Annotation) -> None:
        if strange := {span.role for span in annotation.spans} - self._scheme.roles.keys():
            raise ValueError(f"article {annotation.article!r}: no such role: {', '.join(sorted(strange))}")
        distinct = keys(annotation.spans)
        self._readers.add(annotation.by)
        self.annotations += 1
        self._spans += len(distinct)
        self._duplicates += len(annotation.spans) - len(distinct)
        self._overlaps += overlaps(distinct, self._scheme.layer_of)
        self._suggested += annotation.from_prediction is not None

    @property
    def reader(self) -> str:
        return "+".join(sorted(self._readers))

    @property
    def side(self) -> Side:
        return Side(
            annotations=self.annotations,
            spans=self._spans,
            duplicates=self._duplicates,
            overlaps=self._overlaps,
            suggested=self._suggested,
        )
