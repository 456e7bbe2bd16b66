"""Score and compare files: read them, check that they fit each other, and measure."""

from collections.abc import Collection, Mapping
from pathlib import Path

from msgspec.structs import replace

from rolecall.core import jsonl
from rolecall.core.errors import InputError
from rolecall.core.records import Annotation
from rolecall.evaluate import readings
from rolecall.evaluate.agreement import agree
from rolecall.evaluate.card import AgreementCard, Scorecard, Source
from rolecall.evaluate.score import count_side, score
from rolecall.evaluate.signature import Terms, labels_hash
from rolecall.evaluate.tally import Readings


def score_files(
    gold_path: Path,
    predictions_path: Path,
    *,
    articles: Path | None = None,
    annotators: Path | None = None,
    scheme: str | Path | None = None,
    gold_by: str | None = None,
    by: str | None = None,
    allow_missing: bool = False,
    allow_extra: bool = False,
    resamples: int = 1000,
    seed: int = 0,
) -> Scorecard:
    """Score one file against another; see `score`.

    Raises InputError for files that do not fit each other: another scheme or text, an ambiguous annotator, articles
    on one side only that are not allowed by name.
    """
    found = readings.find_scheme(gold_path, scheme)
    gold_file, predictions_file = readings.read(gold_path, found), readings.read(predictions_path, found)
    people_file = None if annotators is None else readings.read(annotators, found)
    gold = readings.choose(gold_file, gold_by, option="--gold-by")
    predictions = readings.choose(predictions_file, by, option="--predictions-by")
    if not gold:
        raise InputError("has no labelled article", path=gold_path, remedy="give gold with at least one")
    readings.check_coverage(gold, predictions, predictions_path, allow_missing=allow_missing, allow_extra=allow_extra)
    sides = [
        readings.Side(gold_path, {article: [reading] for article, reading in gold.items()}),
        readings.Side(predictions_path, {article: [reading] for article, reading in predictions.items()}),
    ]
    if people_file is not None:
        sides.append(readings.Side(people_file.path, _lists(people_file.readings)))
    sources = {"gold": gold_file.source(gold_by), "predictions": predictions_file.source(by)}
    if people_file is not None:
        sources["annotators"] = people_file.source()
    groups = _groups(articles, gold, sides, sources)
    card = score(
        gold,
        predictions,
        found,
        groups=groups,
        annotators=None if people_file is None else people_file.readings,
        resamples=resamples,
        seed=seed,
    )
    unlabelled = gold_file.unlabelled + predictions_file.unlabelled + (people_file.unlabelled if people_file else 0)
    return replace(card, sources=sources, unlabelled=unlabelled)


def agree_file(
    path: Path,
    *,
    articles: Path | None = None,
    scheme: str | Path | None = None,
    gold_by: str | None = None,
    resamples: int = 1000,
    seed: int = 0,
) -> AgreementCard:
    """Compare all annotators of a file, on all its articles.

    Gold is the annotator `gold_by`, else whoever adjudicated; without either there is none. Raises InputError as
    `score_files` does, and where the file has fewer than two annotators.
    """
    found = readings.find_scheme(path, scheme)
    file = readings.read(path, found)
    if gold_by is not None and gold_by not in file.annotators:
        raise InputError(
            f"has no annotation by {gold_by!r}", path=path, remedy=f"annotators: {', '.join(file.annotators)}"
        )
    if len(file.annotators) < 2:
        raise InputError(
            f"has labels by {', '.join(file.annotators) or 'nobody'} only",
            path=path,
            remedy="agreement takes two readers of the same articles",
        )
    first = {article: next(iter(by.values())) for article, by in file.readings.items()}
    sources = {"annotations": file.source(gold_by)}
    groups = _groups(articles, first, [readings.Side(path, _lists(file.readings))], sources)
    gold, others = _part(file.readings, gold_by, path)
    agreement = agree(others, gold, file.readings.keys(), groups)
    everything = [reading for by in file.readings.values() for reading in by.values()]
    side = count_side(everything, found)
    return AgreementCard(
        terms=Terms(scheme=found.fingerprint, labels=labels_hash(everything), resamples=resamples, seed=seed),
        layers=found.layer_roles,
        spans=side.spans,
        groups=len({groups.get(article, article) for article in file.readings}),
        duplicates=side.duplicates,
        agreement=agreement,
        unlabelled=file.unlabelled,
        sources=sources,
    )


def _part(
    annotations: Mapping[str, Readings], gold_by: str | None, path: Path
) -> tuple[dict[str, Annotation], dict[str, dict[str, Annotation]]]:
    """Part gold from the annotators who are compared."""
    gold: dict[str, Annotation] = {}
    others: dict[str, dict[str, Annotation]] = {}
    for article, by in annotations.items():
        for name, reading in by.items():
            if name != gold_by and (gold_by is not None or reading.kind != "adjudicated"):
                others.setdefault(article, {})[name] = reading
            elif article not in gold:
                gold[article] = reading
            else:
                raise InputError(
                    f"article {article!r} was adjudicated by {gold[article].by!r} and {name!r}: which one is gold?",
                    path=path,
                    remedy="name one with --gold-by",
                )
    return gold, others


def _groups(
    articles: Path | None, gold: Readings, sides: Collection[readings.Side], sources: dict[str, Source]
) -> dict[str, str]:
    """Verify the texts as far as they are known, and return the groups that they give."""
    if articles is None:
        readings.same_texts(gold, sides)
        return {}
    file = jsonl.ArticleFile(articles)
    sources["articles"] = Source(articles.name, readings.file_hash(articles))
    return readings.verify(file, articles, gold, sides)


def _lists(annotations: Mapping[str, Readings]) -> dict[str, list[Annotation]]:
    return {article: list(by.values()) for article, by in annotations.items()}
