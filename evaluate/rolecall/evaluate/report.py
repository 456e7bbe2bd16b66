"""The report of a score: one web page that needs no network, Markdown, a sheet of every number, and every error.

Texts, titles, ids and annotators' names come from outside and are escaped wherever they are written.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from rolecall.core import jsonl
from rolecall.core.errors import InputError
from rolecall.core.records import Article
from rolecall.core.scheme import Scheme
from rolecall.core.shipped import shipped
from rolecall.evaluate import card as cards
from rolecall.evaluate import errors, readings
from rolecall.evaluate.agreement import own_work
from rolecall.evaluate.card import Derived, Scorecard, Source
from rolecall.evaluate.counts import Counts
from rolecall.evaluate.digest import digest
from rolecall.evaluate.errors import Error
from rolecall.evaluate.files import open_files, read_as
from rolecall.evaluate.page import ArticleView, Entry, context, view
from rolecall.evaluate.plots import heats, reliable
from rolecall.evaluate.score import people
from rolecall.evaluate.sheet import write_sheet
from rolecall.evaluate.summary import Summary
from rolecall.evaluate.tally import Readings, Row, tally
from rolecall.evaluate.templating import environment, own, policy


class Report(NamedTuple):
    """A scorecard with the very labels and texts that it was made from, and the errors of each article."""

    card: Scorecard
    derived: Derived
    scheme: Scheme
    gold: Readings
    predictions: Readings
    people: Mapping[str, Readings]
    texts: Mapping[str, Article]
    errors: Mapping[str, list[Error]]

    @property
    def scores(self) -> Summary:
        """The numbers of the reader that was scored."""
        return self.derived.scores

    @property
    def counts(self) -> dict[str, Counts]:
        """The strict counts of each article."""
        return {row.article: row.whole for row in self.card.tally.rows}

    def entries(self) -> Iterator[Entry]:
        """List the articles in the order of gold."""
        counts = self.counts
        for name in self.gold:
            yield Entry(name, self.texts[name].title, counts[name])

    def articles(self) -> Iterator[ArticleView]:
        """View each article in the order of gold."""
        group_of = {row.article: row.group for row in self.card.tally.rows}
        for name, reading in self.gold.items():
            yield view(
                self.texts[name],
                reading,
                self.predictions.get(name),
                self.people.get(name, {}),
                errors=self.errors[name],
                scheme=self.scheme,
                group=group_of[name],
            )


def open_report(
    scorecard: Path,
    *,
    gold: Path,
    predictions: Path,
    articles: Path,
    annotators: Path | None = None,
    scheme: str | Path | None = None,
    projection: str | Path | None = None,
) -> Report:
    """Read a scorecard and the files that it was made from.

    `projection` is needed where labels were scored through one that is not shipped. Raises InputError where a file is
    not the one that was scored.
    """
    card = cards.read(scorecard)
    if not {"gold", "predictions"} <= card.sources.keys():
        raise InputError(
            "does not say which files it was made from", path=scorecard, remedy="make it with: rolecall evaluate score"
        )
    given = {"gold": gold, "predictions": predictions, "articles": articles, "annotators": annotators}
    for name, path in given.items():
        if path is not None and name in card.sources:
            _check_source(card.sources[name], name, path)
    opened = open_files(
        gold, predictions, annotators, scheme, (card.sources["gold"].by, card.sources["predictions"].by)
    )
    texts = jsonl.ArticleFile(articles)
    groups = readings.verify(texts, articles, opened.gold, opened.sides)
    read = read_as(opened, projection or _projection(card.terms.projection, scorecard))
    if read.projection != card.terms.projection:
        raise InputError(
            f"was scored through {card.terms.projection}, not {read.projection}",
            path=scorecard,
            remedy="give that very projection with --project, or score again",
        )
    counted = tally(read.gold, read.predictions, groups if "articles" in card.sources else {})
    if [_essence(row) for row in counted.rows] != [_essence(row) for row in card.tally.rows]:
        raise InputError(
            "does not hold the counts of the files it names",
            path=scorecard,
            remedy="make it anew with: rolecall evaluate score",
        )
    others = own_work(people(read.people)) if read.people is not None else {}
    found = _errors(read.gold, read.predictions, read.scheme)
    return Report(card, cards.derive(card), read.scheme, read.gold, read.predictions, others, texts, found)


def _projection(fingerprint: str | None, scorecard: Path) -> str | None:
    """Name the shipped projection that was scored through, if any; raise InputError where it is not a shipped one."""
    if fingerprint is None:
        return None
    name = fingerprint.partition(":")[0]
    if name not in shipped("projections"):
        raise InputError(
            f"was scored through {fingerprint}, which is not shipped",
            path=scorecard,
            remedy="give its file with --project",
        )
    return name


def _errors(gold: Readings, predictions: Readings, scheme: Scheme) -> dict[str, list[Error]]:
    """Find the errors of each article."""
    return {name: errors.find(gold[name], predictions.get(name), scheme) for name in sorted(gold)}


def _essence(row: Row) -> tuple[str, str, dict[str, Counts]]:
    return row.article, row.group, row.counts


def _check_source(source: Source, name: str, path: Path) -> None:
    """Raise InputError where a file is not the one that was scored."""
    if source.sha256 != readings.file_hash(path):
        raise InputError(
            f"is not the file that was scored as {name} ({source.file}, SHA-256 {source.sha256[:12]})",
            path=path,
            remedy="give the files that `rolecall evaluate score` read, or score again",
        )


def write_report(report: Report, folder: Path, articles: Iterable[ArticleView] | None = None) -> list[Path]:
    """Write report.html, report.md, scores.csv and errors.jsonl into a folder, and return their paths.

    `articles` are `report.articles()`.
    """
    html, markdown, sheet, wrong = (
        folder / name for name in ("report.html", "report.md", "scores.csv", "errors.jsonl")
    )
    named = _context(report)
    style = environment(markdown=False).get_template("report.css").render(named)
    script = environment(markdown=False).get_template("report.js").render()
    page = {
        "style": own(style),
        "script": own(script),
        "policy": policy(style, script),
        "articles": report.articles() if articles is None else articles,
    }
    with jsonl.open_atomic(html) as file:
        for part in environment(markdown=False).get_template("report.html").generate(named, **page):
            file.write(part.encode())
    jsonl.write_text(markdown, environment(markdown=True).get_template("report.md").render(named))
    jsonl.write_text(sheet, write_sheet(report.card, report.derived))
    jsonl.write(wrong, (error for found in report.errors.values() for error in found))
    return [html, markdown, sheet, wrong]


def _context(report: Report) -> dict[str, Any]:
    """Name what both templates write."""
    return {
        **context(report.card, report.derived, report.scheme),
        "entries": [*report.entries()],
        "place": {name: place for place, name in enumerate(report.gold, 1)},
        "annotators": bool(report.people),
        "digest": digest((error for found in report.errors.values() for error in found), report.counts),
        "heats": [*heats(report.card.tokens, report.derived.details.tokens)],
        "reliability": reliable(report.gold, report.predictions),
    }
