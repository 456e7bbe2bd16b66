"""Score and compare files: read them, check that they fit each other, and measure."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from msgspec.structs import replace

from rolecall.core import jsonl, shipped
from rolecall.core.errors import InputError
from rolecall.core.ledger import Balance, Ledger, read_ledger
from rolecall.core.projection import load_projection, project
from rolecall.core.records import Annotation, Article
from rolecall.core.scheme import Scheme
from rolecall.evaluate import readings
from rolecall.evaluate.agreement import own_work
from rolecall.evaluate.card import Scorecard, Source
from rolecall.evaluate.detail import Asked
from rolecall.evaluate.match import Key
from rolecall.evaluate.score import people as human
from rolecall.evaluate.score import score
from rolecall.evaluate.slices import Form, forms, of_article, unreachable
from rolecall.evaluate.tally import Readings
from rolecall.evaluate.tokenwise import agree as kappas
from rolecall.evaluate.tokenwise import confuse


def score_files(
    gold_path: Path,
    predictions_path: Path,
    *,
    articles: Path | None = None,
    annotators: Path | None = None,
    scheme: str | Path | None = None,
    gold_by: str | None = None,
    predictions_by: str | None = None,
    allow_missing: bool = False,
    allow_extra: bool = False,
    projection: str | Path | None = None,
    fields: Sequence[str] = (),
    train: Path | None = None,
    ledgers: Sequence[Path] = (),
    tokens: bool = False,
    resamples: int = 1000,
    seed: int = 0,
) -> Scorecard:
    """Score one file against another; see `score`.

    `gold_by` and `predictions_by` choose an annotator where a file has several; `projection` names a map that all
    labels are read through. Beyond strict counts: `fields` of the articles part the counts, the surface forms of the
    annotations in `train` count as seen, `ledgers` say which gold a model could not reach, and with `tokens` the counts
    by token come too. Raises InputError for files that do not fit each other: another scheme or text, an ambiguous
    annotator, articles on one side only that are not allowed by name; and for a question about the articles, without
    them.
    """
    _check_question(articles, fields, ledgers, tokens=tokens, projected=projection is not None)
    opened = open_files(gold_path, predictions_path, annotators, scheme, (gold_by, predictions_by))
    readings.check_coverage(
        opened.gold, opened.predictions, predictions_path, allow_missing=allow_missing, allow_extra=allow_extra
    )
    groups = find_groups(articles, opened.gold, opened.sides, opened.sources)
    read = read_as(opened, projection)
    card = score(
        read.gold,
        read.predictions,
        read.scheme,
        groups=groups,
        annotators=read.people,
        asked=Asked(
            fields=_fields(articles, read.gold, fields),
            known=None if train is None else _known(train, opened.scheme, projection),
            lost=_lost(ledgers),
        ),
        resamples=resamples,
        seed=seed,
    )
    opened.sources.update(_beside(train, ledgers, projection))
    if tokens and articles is not None:
        card = _by_token(card, read, jsonl.ArticleFile(articles))
    return replace(
        card,
        sources=opened.sources,
        unlabelled=opened.unlabelled,
        terms=replace(card.terms, projection=read.projection),
        projected=tuple(read.books),
    )


def _check_question(
    articles: Path | None, fields: Sequence[str], ledgers: Sequence[Path], *, tokens: bool, projected: bool
) -> None:
    """Raise InputError for a question that these files cannot answer."""
    if articles is None and (fields or tokens):
        asked = f"--by {fields[0]}" if fields else "--tokens"
        raise InputError(f"{asked} asks about the articles", remedy="add --articles articles.jsonl")
    if projected and ledgers:
        raise InputError(
            "a ledger speaks of the roles that labels were made with, not of those of a projection",
            remedy="leave out --ledger or --project",
        )


class Opened(NamedTuple):
    """The labels of all files, as they were made, with what says which files they are."""

    scheme: Scheme
    gold: Readings
    predictions: Readings
    people: Mapping[str, Readings] | None
    sides: list[readings.Side]
    sources: dict[str, Source]
    unlabelled: int


def open_files(
    gold: Path, predictions: Path, annotators: Path | None, scheme: str | Path | None, by: tuple[str | None, str | None]
) -> Opened:
    """Read the files and choose one reading of each article; `by` names gold's annotator and the predictions'.

    Raises InputError as `score_files` does.
    """
    found = readings.find_scheme(gold, scheme)
    left, right = readings.read(gold, found), readings.read(predictions, found)
    golden = readings.choose(left, by[0], option="--gold-by")
    predicted = readings.choose(right, by[1], option="--predictions-by")
    if not golden:
        raise InputError("has no labelled article", path=gold, remedy="give gold with at least one")
    sides = [readings.Side(gold, golden), readings.Side(predictions, predicted)]
    sources = {"gold": left.source(by[0]), "predictions": right.source(by[1])}
    unlabelled, people = left.unlabelled + right.unlabelled, None
    if annotators is not None:
        file = readings.read(annotators, found)
        people = file.readings
        sides += sides_of(file)
        sources["annotators"] = file.source()
        unlabelled += file.unlabelled
    return Opened(found, golden, predicted, people, sides, sources, unlabelled)


def _beside(train: Path | None, ledgers: Sequence[Path], projection: str | Path | None) -> dict[str, Source]:
    """Say which files were read beside the labels and their texts."""
    paths = {} if train is None else {"train": train}
    paths |= {"ledger" if number == 1 else f"ledger {number}": path for number, path in enumerate(ledgers, 1)}
    if projection is not None:
        paths["projection"] = shipped.find("projections", projection)
    return {name: Source(path.name, readings.file_hash(path)) for name, path in paths.items()}


def _by_token(card: Scorecard, read: "ReadAs", articles: Mapping[str, Article]) -> Scorecard:
    """Add the token confusions, and with annotators their agreement on tokens."""
    card = replace(card, tokens=confuse(read.gold, read.predictions, articles, read.scheme))
    if read.people is None:
        return card
    own = {name: by for name, by in human(read.people).items() if name in read.gold}
    return replace(card, kappa=kappas(own_work(own), articles, read.scheme))


class ReadAs(NamedTuple):
    """All labels in the scheme that is scored, the projection that brought them there, if any, and its books."""

    scheme: Scheme
    gold: Readings
    predictions: Readings
    people: Mapping[str, Readings] | None
    projection: str | None
    books: list[Balance]


def read_as(opened: Opened, name: str | Path | None) -> ReadAs:
    """Read all labels through a projection; without one they are as they are."""
    if name is None:
        return ReadAs(opened.scheme, opened.gold, opened.predictions, opened.people, None, [])
    projection, ledger = load_projection(name), Ledger()

    def through(side: Readings) -> dict[str, Annotation]:
        return {key: project(reading, projection, ledger) for key, reading in side.items()}

    people = None if opened.people is None else {article: through(by) for article, by in opened.people.items()}
    gold, predictions = through(opened.gold), through(opened.predictions)
    return ReadAs(projection.target, gold, predictions, people, projection.fingerprint, ledger.balances())


def _fields(articles: Path | None, gold: Readings, fields: Sequence[str]) -> dict[str, dict[str, str]]:
    """Return each article's values of the fields."""
    if articles is None or not fields:
        return {}
    texts = jsonl.ArticleFile(articles)
    return {name: {field: of_article(texts[name], field) for field in fields} for name in gold}


def _known(train: Path, scheme: Scheme, projection: str | Path | None) -> set[Form]:
    """Return the surface forms of a training set, in the roles that are scored."""
    learned = [reading for by in readings.read(train, scheme).readings.values() for reading in by.values()]
    if projection is not None:
        through = load_projection(projection)
        learned = [project(reading, through, Ledger()) for reading in learned]
    return forms(learned)


def _lost(ledgers: Sequence[Path]) -> dict[str, set[Key]] | None:
    """Return the spans that any of the ledgers changed or dropped; None where there is no ledger."""
    if not ledgers:
        return None
    lost: dict[str, set[Key]] = {}
    for path in ledgers:
        for article, spans in unreachable(read_ledger(path)).items():
            lost.setdefault(article, set()).update(spans)
    return lost


def find_groups(
    articles: Path | None, gold: Readings, sides: Collection[readings.Side], sources: dict[str, Source]
) -> dict[str, str]:
    """Verify the texts as far as they are known, and return the groups that they give."""
    if articles is None:
        readings.same_texts(gold, sides)
        return {}
    file = jsonl.ArticleFile(articles)
    sources["articles"] = Source(articles.name, readings.file_hash(articles))
    return readings.verify(file, articles, gold, sides)


def sides_of(file: readings.AnnotationFile) -> list[readings.Side]:
    """Return a side for each annotator of a file."""
    return [
        readings.Side(file.path, {article: by[name] for article, by in file.readings.items() if name in by})
        for name in file.annotators
    ]
