"""Score readings against gold: annotations in, scorecard out."""

from collections.abc import Collection, Mapping

from rolecall.core.records import Annotation
from rolecall.core.scheme import Scheme
from rolecall.evaluate.agreement import agree
from rolecall.evaluate.card import Scorecard, Side
from rolecall.evaluate.detail import Asked, detail
from rolecall.evaluate.match import keys, overlaps
from rolecall.evaluate.signature import Terms, labels_hash
from rolecall.evaluate.slices import unreadable
from rolecall.evaluate.tally import Readings, tally


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
    for annotation in (*gold.values(), *predictions.values()):
        if strange := {span.role for span in annotation.spans} - scheme.roles.keys():
            raise ValueError(f"article {annotation.article!r}: no such role: {', '.join(sorted(strange))}")
    groups = groups or {}
    scored = {article: predictions[article] for article in gold if article in predictions}
    counted = tally(gold, scored, groups)
    return Scorecard(
        terms=Terms(scheme=scheme.fingerprint, labels=labels_hash(gold.values()), resamples=resamples, seed=seed),
        layers=scheme.layer_roles,
        gold=count_side(gold.values(), scheme),
        predictions=count_side(scored.values(), scheme),
        missing=len(gold) - len(scored),
        extra=len(predictions) - len(scored),
        tally=counted if asked is None else detail(counted, gold, scored, scheme, asked),
        human=None if annotators is None else agree(people(annotators), gold, gold.keys(), groups),
        unreadable=0 if asked is None else sum(unreadable(reading, scheme) for reading in gold.values()),
    )


def people(annotators: Mapping[str, Readings]) -> dict[str, dict[str, Annotation]]:
    """Keep the readings that people made on their own: no models, no adjudicated gold."""
    return {
        article: {name: reading for name, reading in by.items() if reading.kind == "human"}
        for article, by in annotators.items()
    }


def count_side(annotations: Collection[Annotation], scheme: Scheme) -> Side:
    """Count what one side of a comparison brought."""
    distinct = [keys(annotation.spans) for annotation in annotations]
    spans = sum(map(len, distinct))
    return Side(
        annotations=len(annotations),
        spans=spans,
        duplicates=sum(len(annotation.spans) for annotation in annotations) - spans,
        overlaps=sum(overlaps(each, scheme.layer_of) for each in distinct),
        suggested=sum(annotation.from_prediction is not None for annotation in annotations),
    )
