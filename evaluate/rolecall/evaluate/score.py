"""Score readings against gold: annotations in, scorecard out."""

from collections.abc import Collection, Mapping

from rolecall.core.records import Annotation
from rolecall.core.scheme import Scheme
from rolecall.evaluate.agreement import agree
from rolecall.evaluate.card import Scorecard, Side
from rolecall.evaluate.match import keys, overlaps
from rolecall.evaluate.signature import Terms, labels_hash
from rolecall.evaluate.tally import Readings, tally


def score(
    gold: Readings,
    predictions: Readings,
    scheme: Scheme,
    *,
    groups: Mapping[str, str] | None = None,
    annotators: Mapping[str, Readings] | None = None,
    resamples: int = 1000,
    seed: int = 0,
) -> Scorecard:
    """Count predictions against the gold of whole articles, and annotators against each other on the same articles.

    An article of gold without a prediction counts as no spans, a prediction without gold is left out; the card says
    how many. `groups` maps articles to stories. `annotators` is {article: {annotator: annotation}}; only readings by
    people take part. Raises ValueError for a role that the scheme lacks.
    """
    for annotation in (*gold.values(), *predictions.values()):
        if strange := {span.role for span in annotation.spans} - scheme.roles.keys():
            raise ValueError(f"article {annotation.article!r}: no such role: {', '.join(sorted(strange))}")
    groups = groups or {}
    scored = {article: predictions[article] for article in gold if article in predictions}
    return Scorecard(
        terms=Terms(scheme=scheme.fingerprint, labels=labels_hash(gold.values()), resamples=resamples, seed=seed),
        layers=layer_roles(scheme),
        gold=count_side(gold.values(), scheme),
        predictions=count_side(scored.values(), scheme),
        missing=len(gold) - len(scored),
        extra=len(predictions) - len(scored),
        tally=tally(gold, scored, groups),
        human=None if annotators is None else agree(people(annotators), gold, gold.keys(), groups),
    )


def people(annotators: Mapping[str, Readings]) -> dict[str, dict[str, Annotation]]:
    """Keep the readings that people made on their own: no models, no adjudicated gold."""
    return {
        article: {name: reading for name, reading in by.items() if reading.kind == "human"}
        for article, by in annotators.items()
    }


def layer_roles(scheme: Scheme) -> dict[str, tuple[str, ...]]:
    """Return the role names of each layer, in the scheme's order."""
    return {layer.name: tuple(role.name for role in layer.roles) for layer in scheme.layers}


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
